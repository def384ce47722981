#!/bin/bash
set -u; mkdir -p "$1"; WORK=$(cd "$1" && pwd -P); A=${AUDIT:-}
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=$WORK/home TMPDIR=$WORK/tmp LC_ALL=C.UTF-8
mkdir -p "$WORK"/{in,out,tmp,home}; cd "$WORK"
waitfor() { local i; for i in $(seq 1500); do compgen -G "$1" >/dev/null && return 0; sleep .01; done; echo "waitfor: $1 never appeared" >&2; return 1; }
# pip builds in pip-* directories of TMPDIR and removes them; killed while a setup.py runs, they stay
for p in python3; do command -v $p >/dev/null || { echo "no $p" >&2; exit 77; }; done
python3 -c "import setuptools, wheel, pip" || exit 77
mkdir in/d; printf 'from setuptools import setup\nsetup(name="d", version="1", py_modules=["d"])\n' > in/d/setup.py; echo > in/d/d.py
printf 'import pathlib, time\npathlib.Path("%s/out/ready").touch()\ntime.sleep(15)\n' "$WORK" > in/slow.py; mkdir in/e; cp in/slow.py in/e/setup.py
O="--no-index --no-cache-dir --disable-pip-version-check --no-build-isolation --root-user-action=ignore --no-compile"
$A python3 -m pip -q install $O --no-deps --target out/t ./in/d 2>/dev/null
$A python3 -m pip -q install $O --no-deps --target out/u ./in/e 2>/dev/null & P=$!
waitfor out/ready; C=$(cat /proc/$P/task/$P/children); kill -KILL $P $C; wait $P 2>/dev/null; true
