#!/bin/bash
# -
set -u; mkdir -p "$1"; WORK=$(cd "$1" && pwd -P); A=${AUDIT:-}
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=$WORK/home TMPDIR=$WORK/tmp LC_ALL=C.UTF-8
mkdir -p "$WORK"/{in,out,tmp,home}; cd "$WORK"
# R: tempdir() and what is in it go with the session (removed by a child, rm -Rf); a session that is killed leaves them
cat > in/t.R <<'R'
writeLines("x", tempfile()); saveRDS(1:10, tempfile(fileext = ".rds")); pdf(file.path("out", "plot.pdf")); plot(1:3); invisible(dev.off())
R
$A Rscript in/t.R
cat > in/k.R <<'R'
writeLines("x", tempfile("killed")); tools::pskill(Sys.getpid(), 9); Sys.sleep(5)
R
$A Rscript in/k.R || :
