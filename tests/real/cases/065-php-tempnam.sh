#!/bin/bash
# -
set -u; mkdir -p "$1"; WORK=$(cd "$1" && pwd -P); A=${AUDIT:-}
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=$WORK/home TMPDIR=$WORK/tmp LC_ALL=C.UTF-8
mkdir -p "$WORK"/{in,out,tmp,home}; cd "$WORK"
# PHP tempnam (stays), tmpfile (removed when it is closed), tempnam and unlink
cat > in/t.php <<'P'
<?php
file_put_contents(tempnam(sys_get_temp_dir(), 'kept'), 'x');
$f = tmpfile(); fwrite($f, 'x'); fclose($f);
$g = tmpfile(); fwrite($g, 'x');
$n = tempnam(sys_get_temp_dir(), 'gone'); unlink($n);
P
$A php in/t.php
