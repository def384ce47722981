#!/bin/bash
set -u; mkdir -p "$1"; WORK=$(cd "$1" && pwd -P); A=${AUDIT:-}
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=$WORK/home TMPDIR=$WORK/tmp LC_ALL=C.UTF-8
mkdir -p "$WORK"/{in,out,tmp,home}; cd "$WORK"
# Subversion: every change goes through svn-XXXXXX beside its target and a rename, transactions are directories that go; nothing is left
for p in svn svnadmin; do command -v $p >/dev/null || { echo "no $p" >&2; exit 77; }; done
$A svnadmin create out/repo; $A svn -q checkout "file://$WORK/out/repo" out/wc; for i in 1 2 3; do echo $i > out/wc/f$i; done
$A svn -q add out/wc/f1 out/wc/f2 out/wc/f3; $A svn -q commit -m one out/wc; echo 4 > out/wc/f1; $A svn diff out/wc >/dev/null; $A svn -q revert out/wc/f1
