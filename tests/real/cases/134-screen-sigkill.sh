#!/bin/bash
set -u; mkdir -p "$1"; WORK=$(cd "$1" && pwd -P); A=${AUDIT:-}
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=$WORK/home TMPDIR=$WORK/tmp LC_ALL=C.UTF-8
mkdir -p "$WORK"/{in,out,tmp,home}; cd "$WORK"
waitfor() { local i; for i in $(seq 1500); do compgen -G "$1" >/dev/null && return 0; sleep .01; done; echo "waitfor: $1 never appeared" >&2; return 1; }
# screen: a FIFO or socket for each session in SCREENDIR; the server, a daemon, removes it at its end and leaves it when it is killed
for p in screen; do command -v $p >/dev/null || { echo "no $p" >&2; exit 77; }; done
export SCREENDIR=$WORK/tmp/s; install -d -m 700 "$SCREENDIR"
$A screen -dmS ends sh -c true; sleep .5
$A screen -D -mS stays sh -c ': > out/ready; sleep 15' & P=$!
waitfor out/ready; sleep .2; K=$P; for i in 1 2 3; do K="$K $(for k in $K; do cat /proc/$k/task/$k/children 2>/dev/null; done)"; K=$(printf '%s\n' $K | sort -un | tr '\n' ' '); done
kill -KILL $K; wait $P 2>/dev/null; true
