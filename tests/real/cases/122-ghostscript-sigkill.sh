#!/bin/bash
set -u; mkdir -p "$1"; WORK=$(cd "$1" && pwd -P); A=${AUDIT:-}
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=$WORK/home TMPDIR=$WORK/tmp LC_ALL=C.UTF-8
mkdir -p "$WORK"/{in,out,tmp,home}; cd "$WORK"
waitfor() { local i; for i in $(seq 1500); do compgen -G "$1" >/dev/null && return 0; sleep .01; done; echo "waitfor: $1 never appeared" >&2; return 1; }
# ghostscript keeps its scratch files (gs_XXXXXX) in TMPDIR: removed at its end, left when it is killed while it waits for input
for p in gs pdftotext; do command -v $p >/dev/null || { echo "no $p" >&2; exit 77; }; done
printf '%%!PS\n/Helvetica findfont 20 scalefont setfont 1 1 40 { 100 exch 18 mul moveto (page) show } for showpage\n' > in/a.ps
$A gs -q -dBATCH -dNOPAUSE -sDEVICE=pdfwrite -sOutputFile=out/a.pdf in/a.ps
mkfifo in/p; { cat in/a.ps; exec sleep 15; } > in/p & F=$!
$A gs -q -dNOPAUSE -sDEVICE=pdfwrite -sOutputFile=out/b.pdf - < in/p & P=$!
waitfor "tmp/gs_*"; sleep .5; kill -KILL $P; wait $P 2>/dev/null; kill $F; wait $F 2>/dev/null; $A pdftotext out/a.pdf out/a.txt
