#!/bin/bash
# -
set -u; mkdir -p "$1"; WORK=$(cd "$1" && pwd -P); A=${AUDIT:-}
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=$WORK/home TMPDIR=$WORK/tmp LC_ALL=C.UTF-8
mkdir -p "$WORK"/{in,out,tmp,home}; cd "$WORK"
# Ruby Tempfile.new (removed by its finalizer), Tempfile.create with a block (removed) and without (stays), Dir.mktmpdir likewise
cat > in/t.rb <<'R'
require 'tempfile'
require 'tmpdir'
Tempfile.new('final').write('x')
Tempfile.create('block') { |f| f.write('x') }
Tempfile.create('kept') .write('x')
Dir.mktmpdir('gone') { |d| File.write(d + '/page', 'x') }
File.write(Dir.mktmpdir('stay') + '/page', 'x')
R
$A ruby in/t.rb
