#!/bin/bash
set -u; mkdir -p "$1"; WORK=$(cd "$1" && pwd -P); A=${AUDIT:-}
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=$WORK/home TMPDIR=$WORK/tmp LC_ALL=C.UTF-8
mkdir -p "$WORK"/{in,out,tmp,home}; cd "$WORK"
# black writes its cache as NamedTemporaryFile(delete=False) and moves it to its name in ~/.cache: adopted, not leaked; mypy's cache is kept beside
for p in black mypy; do command -v $p >/dev/null || { echo "no $p" >&2; exit 77; }; done
export XDG_CACHE_HOME=$WORK/home/.cache; printf 'def f( a:int )->int :\n  return a\n' > out/m.py
$A black -q out/m.py; $A mypy --cache-dir "$WORK/out/mypy" out/m.py >/dev/null; true
