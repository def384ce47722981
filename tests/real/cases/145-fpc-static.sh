#!/bin/bash
set -u; mkdir -p "$1"; WORK=$(cd "$1" && pwd -P); A=${AUDIT:-}
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=$WORK/home TMPDIR=$WORK/tmp LC_ALL=C.UTF-8
mkdir -p "$WORK"/{in,out,tmp,home}; cd "$WORK"
# Free Pascal's compiler is a static program, whose files nobody sees; the program that it makes is one, too, and leaves a file
for p in fpc; do command -v $p >/dev/null || { echo "no $p" >&2; exit 77; }; done
printf 'program p; uses sysutils; var f: text; begin assign(f, GetEnvironmentVariable(%sTMPDIR%s) + %s/kept%s); rewrite(f); close(f) end.\n' \' \' \' \' > in/p.pas
$A fpc -v0 -oout/p in/p.pas >/dev/null; $A out/p
