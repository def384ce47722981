#!/bin/bash
set -u; mkdir -p "$1"; WORK=$(cd "$1" && pwd -P); A=${AUDIT:-}
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=$WORK/home TMPDIR=$WORK/tmp LC_ALL=C.UTF-8
mkdir -p "$WORK"/{in,out,tmp,home}; cd "$WORK"
waitfor() { local i; for i in $(seq 1500); do compgen -G "$1" >/dev/null && return 0; sleep .01; done; echo "waitfor: $1 never appeared" >&2; return 1; }
# valgrind makes three FIFOs in TMPDIR by raw system calls from a static tool, removes them at its end, leaves them when it is killed
for p in valgrind; do command -v $p >/dev/null || { echo "no $p" >&2; exit 77; }; done
$A valgrind -q --vgdb=full --vgdb-prefix="$TMPDIR/vgdb-pipe" true
$A valgrind -q --vgdb=full --vgdb-prefix="$TMPDIR/vgdb-pipe" sh -c ': > out/ready; sleep 15' & P=$!
waitfor out/ready; sleep .3; C=$(cat /proc/$P/task/*/children); kill -KILL $P $C; wait $P 2>/dev/null; true
