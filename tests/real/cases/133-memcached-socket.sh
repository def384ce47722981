#!/bin/bash
set -u; mkdir -p "$1"; WORK=$(cd "$1" && pwd -P); A=${AUDIT:-}
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=$WORK/home TMPDIR=$WORK/tmp LC_ALL=C.UTF-8
mkdir -p "$WORK"/{in,out,tmp,home}; cd "$WORK"
waitfor() { local i; for i in $(seq 1500); do compgen -G "$1" >/dev/null && return 0; sleep .01; done; echo "waitfor: $1 never appeared" >&2; return 1; }
# memcached leaves its unix socket and its pid file, whether it is told to end or killed
for p in memcached; do command -v $p >/dev/null || { echo "no $p" >&2; exit 77; }; done
for s in TERM KILL; do $A memcached -u root -s "$WORK/tmp/m-$s.sock" -P "$WORK/tmp/m-$s.pid" & P=$!
waitfor tmp/m-$s.pid; sleep .3; kill -$s $P; wait $P 2>/dev/null; done; true
