#!/bin/bash
set -u; mkdir -p "$1"; WORK=$(cd "$1" && pwd -P); A=${AUDIT:-}
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=$WORK/home TMPDIR=$WORK/tmp LC_ALL=C.UTF-8
mkdir -p "$WORK"/{in,out,tmp,home}; cd "$WORK"
# SCons: .sconsign.dblite is written under a temporary name and moved; objects are outputs, -c removes them
for p in scons gcc; do command -v $p >/dev/null || { echo "no $p" >&2; exit 77; }; done
mkdir out/s; cd out/s; echo 'Program("p.c")' > SConstruct; echo 'int main(void){return 0;}' > p.c
$A scons -Q >/dev/null; $A scons -Q -c >/dev/null; $A scons -Q >/dev/null
