#!/bin/bash
set -u; mkdir -p "$1"; WORK=$(cd "$1" && pwd -P); A=${AUDIT:-}
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=$WORK/home TMPDIR=$WORK/tmp LC_ALL=C.UTF-8
mkdir -p "$WORK"/{in,out,tmp,home}; cd "$WORK"
# nano on a terminal that hangs up: it saves what was typed as f.txt.save, an output; script(1) around it is audited, too
for p in nano script; do command -v $p >/dev/null || { echo "no $p" >&2; exit 77; }; done
echo one > out/f.txt; mkfifo in/p; { sleep .7; printf hello; exec sleep 15; } > in/p & F=$!
TERM=xterm $A script -qec 'nano out/f.txt' /dev/null < in/p >/dev/null 2>&1 & P=$!
sleep 1.3; K=$P; for i in 1 2 3; do K="$K $(for k in $K; do cat /proc/$k/task/$k/children 2>/dev/null; done)"; done
kill -HUP ${K##* }; sleep .4; kill $F $P 2>/dev/null; wait 2>/dev/null; true
