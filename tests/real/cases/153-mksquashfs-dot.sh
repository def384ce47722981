#!/bin/bash
set -u; mkdir -p "$1"; WORK=$(cd "$1" && pwd -P); A=${AUDIT:-}
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=$WORK/home TMPDIR=$WORK/tmp LC_ALL=C.UTF-8
mkdir -p "$WORK"/{in,out,tmp,home}; cd "$WORK"
# mksquashfs, genisoimage, dot, xz, lz4 and zip: clean runs with outputs of their own; zip writes ziXXXXXX beside its target and moves it
for p in mksquashfs genisoimage dot zip lz4 zstd; do command -v $p >/dev/null || { echo "no $p" >&2; exit 77; }; done
seq 1000 > in/a; $A mksquashfs in/a out/a.sqfs -quiet -no-progress >/dev/null; $A genisoimage -quiet -o out/a.iso in/a
echo 'digraph { a -> b }' | $A dot -Tsvg -o out/a.svg; $A zip -q out/a.zip in/a; $A zip -q out/a.zip in/a; $A lz4 -q in/a out/a.lz4; $A zstd -q in/a -o out/a.zst
