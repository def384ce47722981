#!/bin/bash
set -u; mkdir -p "$1"; WORK=$(cd "$1" && pwd -P); A=${AUDIT:-}
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=$WORK/home TMPDIR=$WORK/tmp LC_ALL=C.UTF-8
mkdir -p "$WORK"/{in,out,tmp,home}; cd "$WORK"
waitfor() { local i; for i in $(seq 1500); do compgen -G "$1" >/dev/null && return 0; sleep .01; done; echo "waitfor: $1 never appeared" >&2; return 1; }
# Mercurial: a commit is a transaction with a journal and a lock (a symlink host:pid) in .hg, left when it is killed within its hook; a temp file for the editor
for p in hg; do command -v $p >/dev/null || { echo "no $p" >&2; exit 77; }; done
printf '[ui]\nusername=a\n' > home/.hgrc
$A hg init out/r; cd out/r; echo 1 > a; $A hg -q commit -Am one
cat >> .hg/hgrc <<'P'
[hooks]
pretxncommit = touch ../../tmp/in-hook && sleep 15
P
echo 2 > a; $A hg -q commit -m two & P=$!
waitfor ../../tmp/in-hook; C=$(cat /proc/$P/task/$P/children); kill -KILL $P; pkill -KILL -P ${C:-0}; kill -KILL ${C:-} 2>/dev/null; wait $P 2>/dev/null; true
