#!/bin/bash
set -u; mkdir -p "$1"; WORK=$(cd "$1" && pwd -P); A=${AUDIT:-}
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=$WORK/home TMPDIR=$WORK/tmp LC_ALL=C.UTF-8
mkdir -p "$WORK"/{in,out,tmp,home}; cd "$WORK"
# meson tries compilers in temporary directories within its build directory, then ninja builds; what stays are outputs
for p in meson ninja gcc; do command -v $p >/dev/null || { echo "no $p" >&2; exit 77; }; done
mkdir in/s; printf 'project(%sp%s, %sc%s)\nexecutable(%sp%s, %sp.c%s)\n' \' \' \' \' \' \' \' \' > in/s/meson.build; echo 'int main(void){return 0;}' > in/s/p.c
export CCACHE_DISABLE=1; $A meson setup out/b in/s >/dev/null; $A ninja -C out/b >/dev/null
