#!/bin/bash
set -u; mkdir -p "$1"; WORK=$(cd "$1" && pwd -P); A=${AUDIT:-}
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=$WORK/home TMPDIR=$WORK/tmp LC_ALL=C.UTF-8
mkdir -p "$WORK"/{in,out,tmp,home}; cd "$WORK"
# GNU parallel --files keeps each job's output in TMPDIR and prints the names: nobody removes them. Without, its files are removed at once
for p in parallel; do command -v $p >/dev/null || { echo "no $p" >&2; exit 77; }; done
$A parallel -j2 --files echo ::: 1 2 3 > out/names 2>/dev/null
$A parallel -j2 echo ::: 1 2 3 > out/said 2>/dev/null
