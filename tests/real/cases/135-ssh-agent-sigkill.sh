#!/bin/bash
set -u; mkdir -p "$1"; WORK=$(cd "$1" && pwd -P); A=${AUDIT:-}
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=$WORK/home TMPDIR=$WORK/tmp LC_ALL=C.UTF-8
mkdir -p "$WORK"/{in,out,tmp,home}; cd "$WORK"
# ssh-agent is setgid: not audited, and TMPDIR is lost, so its directory is in /tmp; found as unattributed. ssh-keygen beside it
for p in ssh-agent ssh-keygen; do command -v $p >/dev/null || { echo "no $p" >&2; exit 77; }; done
$A ssh-keygen -q -t ed25519 -N '' -f out/key
$A ssh-agent -D > out/agent & P=$!
for i in $(seq 200); do S=$(sed -n 's/SSH_AUTH_SOCK=\([^;]*\);.*/\1/p' out/agent 2>/dev/null); [ -S "$S" ] && break; sleep .01; done
kill -KILL $P; wait $P 2>/dev/null; true
