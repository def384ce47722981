#!/bin/bash
set -u; mkdir -p "$1"; WORK=$(cd "$1" && pwd -P); A=${AUDIT:-}
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=$WORK/home TMPDIR=$WORK/tmp LC_ALL=C.UTF-8
mkdir -p "$WORK"/{in,out,tmp,home}; cd "$WORK"
waitfor() { local i; for i in $(seq 1500); do compgen -G "$1" >/dev/null && return 0; sleep .01; done; echo "waitfor: $1 never appeared" >&2; return 1; }
# emacs: its backup name~ is kept on purpose, an #autosave# stays beside the file when it is killed; make-temp-file leaves what Lisp does not delete
for p in emacs; do command -v $p >/dev/null || { echo "no $p" >&2; exit 77; }; done
echo one > out/f.txt
$A emacs -Q --batch out/f.txt --eval '(progn (insert "two") (setq make-backup-files t) (save-buffer))' 2>/dev/null
cat > in/k.el <<P
(make-temp-file "kept-") (delete-file (make-temp-file "gone-"))
(find-file "$WORK/out/f.txt") (auto-save-mode 1) (insert "x") (do-auto-save)
(write-region "" nil "$WORK/out/ready") (sleep-for 15)
P
$A emacs -Q --batch -l in/k.el 2>/dev/null & P=$!
waitfor out/ready; sleep .2; kill -KILL $P; wait $P 2>/dev/null; true
