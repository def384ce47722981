#!/bin/bash
set -u; mkdir -p "$1"; WORK=$(cd "$1" && pwd -P); A=${AUDIT:-}
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=$WORK/home TMPDIR=$WORK/tmp LC_ALL=C.UTF-8
mkdir -p "$WORK"/{in,out,tmp,home}; cd "$WORK"
# two runtimes' own temporary files: Guile's mkstemp, and its cache of compiled code; Tcl's file tempfile
for p in guile tclsh; do command -v $p >/dev/null || { echo "no $p" >&2; exit 77; }; done
echo '(let ((p (mkstemp! (string-append (getenv "TMPDIR") "/guile-XXXXXX")))) (display "x" p) (close-port p))' > in/t.scm; $A guile in/t.scm 2>/dev/null
echo 'close [file tempfile kept]; close [file tempfile gone]; file delete $gone' > in/t.tcl; $A tclsh in/t.tcl
