#!/bin/bash
set -u; mkdir -p "$1"; WORK=$(cd "$1" && pwd -P); A=${AUDIT:-}
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=$WORK/home TMPDIR=$WORK/tmp LC_ALL=C.UTF-8
mkdir -p "$WORK"/{in,out,tmp,home}; cd "$WORK"
# pytest-xdist: each worker has a directory in pytest-of-USER, kept by design; what the tests leave beside that is theirs
for p in python3; do command -v $p >/dev/null || { echo "no $p" >&2; exit 77; }; done
python3 -c "import xdist" || exit 77
printf 'import tempfile\ndef test_a(tmp_path): (tmp_path / "x").touch(); tempfile.mkdtemp(prefix="mine-")\ndef test_b(tmp_path_factory): tmp_path_factory.mktemp("y")\n' > in/test_x.py
$A python3 -m pytest -q -n 2 -p no:cacheprovider in/test_x.py > out/said 2>&1
