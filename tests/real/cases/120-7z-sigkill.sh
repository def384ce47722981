#!/bin/bash
set -u; mkdir -p "$1"; WORK=$(cd "$1" && pwd -P); A=${AUDIT:-}
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=$WORK/home TMPDIR=$WORK/tmp LC_ALL=C.UTF-8
mkdir -p "$WORK"/{in,out,tmp,home}; cd "$WORK"
waitfor() { local i; for i in $(seq 1500); do compgen -G "$1" >/dev/null && return 0; sleep .01; done; echo "waitfor: $1 never appeared" >&2; return 1; }
# 7z updates an archive by writing NAME.tmp beside it and renaming; killed in the middle the .tmp stays beside the archive, outside the temp roots
for p in 7z; do command -v $p >/dev/null || { echo "no $p" >&2; exit 77; }; done
head -c 3000000 /dev/urandom > in/a; mkfifo in/p; { head -c 1000000 /dev/urandom; exec sleep 15; } > in/p & F=$!
$A 7z a -bd out/x.7z in/a >/dev/null
$A 7z a -bd -siname out/x.7z < in/p >/dev/null & P=$!
waitfor "out/x.7z.tmp*"; sleep .3; pkill -KILL -P $P; kill -KILL $P; wait $P 2>/dev/null; kill $F; wait $F 2>/dev/null; true
