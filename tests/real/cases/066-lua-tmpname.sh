#!/bin/bash
# -
set -u; mkdir -p "$1"; WORK=$(cd "$1" && pwd -P); A=${AUDIT:-}
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=$WORK/home TMPDIR=$WORK/tmp LC_ALL=C.UTF-8
mkdir -p "$WORK"/{in,out,tmp,home}; cd "$WORK"
# Lua os.tmpname (makes the file, in /tmp whatever TMPDIR says; here removed, moved away, or copied), io.tmpfile
cat > in/t.lua <<'L'
local gone = os.tmpname(); os.remove(gone)
local f = io.tmpfile(); f:write('x'); f:close()
local moved = os.tmpname()
io.open(moved, 'w'):write('x'):close()
os.execute('mv ' .. moved .. ' out/result')
for i = 1, 3 do local p = io.open('tmp/spill' .. i, 'w'); p:write('x'); p:close() end
os.remove('tmp/spill1')
L
$A lua in/t.lua
