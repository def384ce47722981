#!/bin/bash
set -u; mkdir -p "$1"; WORK=$(cd "$1" && pwd -P); A=${AUDIT:-}
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=$WORK/home TMPDIR=$WORK/tmp LC_ALL=C.UTF-8
mkdir -p "$WORK"/{in,out,tmp,home}; cd "$WORK"
# sphinx-build: pages, doctrees and an environment that is kept for the next build
for p in sphinx-build; do command -v $p >/dev/null || { echo "no $p" >&2; exit 77; }; done
printf 'a\n=\n\ntext\n' > in/index.rst; echo 'project = "p"' > in/conf.py
$A sphinx-build -q -b html -d out/doctrees in out/html
