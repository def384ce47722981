#!/bin/bash
set -u; mkdir -p "$1"; WORK=$(cd "$1" && pwd -P); A=${AUDIT:-}
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=$WORK/home TMPDIR=$WORK/tmp LC_ALL=C.UTF-8
mkdir -p "$WORK"/{in,out,tmp,home}; cd "$WORK"
# ffmpeg: segments and a playlist that is written under name.tmp and moved; two passes leave their log in the current directory
for p in ffmpeg; do command -v $p >/dev/null || { echo "no $p" >&2; exit 77; }; done
cd out; $A ffmpeg -v error -f lavfi -i testsrc=d=4:s=64x64 -c:v mpeg2video -f hls -hls_time 1 a.m3u8 </dev/null
$A ffmpeg -v error -f lavfi -i testsrc=d=1:s=64x64 -c:v mpeg4 -pass 1 -f null - </dev/null
