#!/bin/bash
set -u; mkdir -p "$1"; WORK=$(cd "$1" && pwd -P); A=${AUDIT:-}
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=$WORK/home TMPDIR=$WORK/tmp LC_ALL=C.UTF-8
mkdir -p "$WORK"/{in,out,tmp,home}; cd "$WORK"
waitfor() { local i; for i in $(seq 1500); do compgen -G "$1" >/dev/null && return 0; sleep .01; done; echo "waitfor: $1 never appeared" >&2; return 1; }
# latexmk runs pdflatex until its auxiliary files stand still; interrupted in the middle (an input that waits) the half-written ones stay: outputs, not temporary
for p in latexmk pdflatex; do command -v $p >/dev/null || { echo "no $p" >&2; exit 77; }; done
printf '%s\n' '\documentclass{article}\begin{document}\tableofcontents\section{a}\label{a} see \ref{a}\end{document}' > in/a.tex
$A latexmk -silent -pdf -outdir=out in/a.tex >/dev/null 2>&1
printf '%s\n' '\documentclass{article}\begin{document}\section{a}\input{in/p.tex}\end{document}' > in/b.tex; mkfifo in/p.tex; sleep 15 > in/p.tex & F=$!
$A pdflatex -interaction=batchmode -output-directory=out in/b.tex >/dev/null & P=$!
waitfor out/b.aux; sleep .3; kill -KILL $P; wait $P 2>/dev/null; kill $F; wait $F 2>/dev/null; true
