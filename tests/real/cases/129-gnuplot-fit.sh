#!/bin/bash
set -u; mkdir -p "$1"; WORK=$(cd "$1" && pwd -P); A=${AUDIT:-}
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=$WORK/home TMPDIR=$WORK/tmp LC_ALL=C.UTF-8
mkdir -p "$WORK"/{in,out,tmp,home}; cd "$WORK"
# gnuplot: fit.log in the current directory, its output, and a print file
for p in gnuplot; do command -v $p >/dev/null || { echo "no $p" >&2; exit 77; }; done
printf '1 1\n2 2.1\n3 2.9\n' > in/d
cat > in/p.gp <<'P'
set print "out/said"; f(x)=a*x; fit f(x) "in/d" via a
set terminal svg; set output "out/p.svg"; plot "in/d", f(x)
print system("mktemp")
P
$A gnuplot in/p.gp 2>/dev/null
