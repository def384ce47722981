#!/bin/bash
set -u; mkdir -p "$1"; WORK=$(cd "$1" && pwd -P); A=${AUDIT:-}
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=$WORK/home TMPDIR=$WORK/tmp LC_ALL=C.UTF-8
mkdir -p "$WORK"/{in,out,tmp,home}; cd "$WORK"
# npm: a cache and logs in ~/.npm that stay, temporary names within them that do not
for p in npm; do command -v $p >/dev/null || { echo "no $p" >&2; exit 77; }; done
mkdir -p in/a out/b; echo '{"name":"a","version":"1.0.0"}' > in/a/package.json; echo '{"name":"b","version":"1.0.0"}' > out/b/package.json
$A npm pack --silent --pack-destination out ./in/a >/dev/null; $A npm install --silent --offline --no-audit --prefix out/b ./out/a-1.0.0.tgz >/dev/null
