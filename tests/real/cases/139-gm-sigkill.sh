#!/bin/bash
set -u; mkdir -p "$1"; WORK=$(cd "$1" && pwd -P); A=${AUDIT:-}
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=$WORK/home TMPDIR=$WORK/tmp LC_ALL=C.UTF-8
mkdir -p "$WORK"/{in,out,tmp,home}; cd "$WORK"
waitfor() { local i; for i in $(seq 1500); do compgen -G "$1" >/dev/null && return 0; sleep .01; done; echo "waitfor: $1 never appeared" >&2; return 1; }
# GraphicsMagick copies a pipe of unknown format to a gmXXXXXX, and leaves it when it is killed while the pipe stays open
for p in gm; do command -v $p >/dev/null || { echo "no $p" >&2; exit 77; }; done
$A gm convert -size 60x60 gradient:red-blue out/a.png
mkfifo in/p; { head -c 200000 /dev/urandom; exec sleep 15; } > in/p & F=$!
$A gm convert - out/b.png < in/p & P=$!
waitfor 'tmp/gm*'; sleep .2; kill -KILL $P; wait $P 2>/dev/null; kill $F; wait $F 2>/dev/null; true
