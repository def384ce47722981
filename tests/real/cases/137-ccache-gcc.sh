#!/bin/bash
set -u; mkdir -p "$1"; WORK=$(cd "$1" && pwd -P); A=${AUDIT:-}
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=$WORK/home TMPDIR=$WORK/tmp LC_ALL=C.UTF-8
mkdir -p "$WORK"/{in,out,tmp,home}; cd "$WORK"
# ccache: a cache that stays, temporary names in it that do not; two compilations, of which the second is a hit
for p in ccache gcc; do command -v $p >/dev/null || { echo "no $p" >&2; exit 77; }; done
export CCACHE_DIR=$WORK/home/.ccache; echo "int f(void){return 1;}" > in/f.c
for i in 1 2; do $A ccache gcc -c in/f.c -o out/f$i.o; done
