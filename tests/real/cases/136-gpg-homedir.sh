#!/bin/bash
set -u; mkdir -p "$1"; WORK=$(cd "$1" && pwd -P); A=${AUDIT:-}
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=$WORK/home TMPDIR=$WORK/tmp LC_ALL=C.UTF-8
mkdir -p "$WORK"/{in,out,tmp,home}; cd "$WORK"
# gpg and the agent that it starts: sockets, lock files (.#lk names that are linked and removed), backups name~; the agent is killed
for p in gpg gpg-agent; do command -v $p >/dev/null || { echo "no $p" >&2; exit 77; }; done
export GNUPGHOME=$WORK/home/g; install -d -m 700 "$GNUPGHOME"
$A gpg -q --batch --passphrase '' --quick-gen-key a@example.org ed25519 sign never 2>/dev/null
echo hi > in/m; $A gpg -q --batch --yes -o out/m.sig --detach-sign in/m
gpgconf --kill gpg-agent; sleep .3; true
