#!/bin/bash
set -u; mkdir -p "$1"; WORK=$(cd "$1" && pwd -P); A=${AUDIT:-}
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=$WORK/home TMPDIR=$WORK/tmp LC_ALL=C.UTF-8
mkdir -p "$WORK"/{in,out,tmp,home}; cd "$WORK"
# jupyter nbconvert runs a kernel, whose connection file is removed; what a cell leaves is a leak
for p in python3; do command -v $p >/dev/null || { echo "no $p" >&2; exit 77; }; done
python3 -c "import nbconvert, ipykernel" || exit 77
export IPYTHONDIR=$WORK/home/ipython
echo '{"cells":[{"cell_type":"code","execution_count":null,"metadata":{},"outputs":[],"source":["import tempfile\n","tempfile.mkdtemp(prefix=\"cell-\")"]}],"metadata":{"kernelspec":{"display_name":"p","language":"python","name":"python3"}},"nbformat":4,"nbformat_minor":4}' > in/n.ipynb
$A python3 -m nbconvert --log-level=ERROR --to notebook --execute --output-dir out --output n in/n.ipynb 2>/dev/null
