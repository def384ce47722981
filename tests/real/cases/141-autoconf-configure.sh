#!/bin/bash
set -u; mkdir -p "$1"; WORK=$(cd "$1" && pwd -P); A=${AUDIT:-}
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=$WORK/home TMPDIR=$WORK/tmp LC_ALL=C.UTF-8
mkdir -p "$WORK"/{in,out,tmp,home}; cd "$WORK"
# autoconf (perl, m4, a directory of its own in TMPDIR) writes configure and autom4te.cache; configure makes and removes its conftest files
for p in autoconf gcc; do command -v $p >/dev/null || { echo "no $p" >&2; exit 77; }; done
mkdir out/p; cd out/p; printf 'AC_INIT([p],[1])\nAC_PROG_CC\nAC_CHECK_HEADERS([stdio.h])\nAC_CHECK_SIZEOF([long])\nAC_OUTPUT\n' > configure.ac
$A autoconf; $A ./configure -q
