#!/bin/bash
set -u; mkdir -p "$1"; WORK=$(cd "$1" && pwd -P); A=${AUDIT:-}
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=$WORK/home TMPDIR=$WORK/tmp LC_ALL=C.UTF-8
mkdir -p "$WORK"/{in,out,tmp,home}; cd "$WORK"
# sox buffers what it cannot seek in libSoX.tmpXXXXXX, which it unlinks at once on a clean way out; a killed one leaves out/ half written
for p in sox; do command -v $p >/dev/null || { echo "no $p" >&2; exit 77; }; done
$A sox -n -r 8000 out/a.wav synth 1 sine 440; $A sox out/a.wav out/b.aiff reverse
$A sox -n -r 8000 out/c.wav synth 600 sine 440 reverse & P=$!
sleep .5; kill -KILL $P; wait $P 2>/dev/null; true
