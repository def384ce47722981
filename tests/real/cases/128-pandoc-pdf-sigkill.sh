#!/bin/bash
set -u; mkdir -p "$1"; WORK=$(cd "$1" && pwd -P); A=${AUDIT:-}
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=$WORK/home TMPDIR=$WORK/tmp LC_ALL=C.UTF-8
mkdir -p "$WORK"/{in,out,tmp,home}; cd "$WORK"
waitfor() { local i; for i in $(seq 1500); do compgen -G "$1" >/dev/null && return 0; sleep .01; done; echo "waitfor: $1 never appeared" >&2; return 1; }
# pandoc (Haskell) makes a directory for LaTeX and removes it; killed while its engine waits, the directory stays with all that is in it
for p in pandoc; do command -v $p >/dev/null || { echo "no $p" >&2; exit 77; }; done
printf '# One\n\ntext *em*\n' > in/a.md
$A pandoc in/a.md -o out/a.docx; $A pandoc -s in/a.md -o out/a.html --metadata title=t
printf '#!/bin/sh\n: > "%s/out/ready"; sleep 15\n' "$WORK" > in/engine; cp in/engine in/pdflatex; chmod +x in/pdflatex
$A pandoc in/a.md -o out/a.pdf --pdf-engine="$WORK/in/pdflatex" & P=$!
waitfor out/ready; sleep .2; C=$(cat /proc/$P/task/*/children); kill -KILL $P; for c in $C; do pkill -KILL -P $c; kill -KILL $c; done; wait $P 2>/dev/null; true
