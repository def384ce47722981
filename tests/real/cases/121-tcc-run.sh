#!/bin/bash
set -u; mkdir -p "$1"; WORK=$(cd "$1" && pwd -P); A=${AUDIT:-}
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=$WORK/home TMPDIR=$WORK/tmp LC_ALL=C.UTF-8
mkdir -p "$WORK"/{in,out,tmp,home}; cd "$WORK"
# tcc compiles and runs in memory: nothing but what the program does; that one leaks a mkstemp from code that no file holds
for p in tcc; do command -v $p >/dev/null || { echo "no $p" >&2; exit 77; }; done
cat > in/t.c <<'P'
#include <stdlib.h>
#include <unistd.h>
static int spill(char *name) { int fd = mkstemp(name); if (write(fd, "x", 1) != 1) return 1; return close(fd); }
int main(void) { char kept[] = "tmp/kept-XXXXXX", gone[] = "tmp/gone-XXXXXX"; if (spill(kept) || spill(gone)) return 1; return unlink(gone); }
P
$A tcc -run in/t.c; $A tcc -o out/prog in/t.c
