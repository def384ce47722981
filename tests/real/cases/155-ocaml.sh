#!/bin/bash
set -u; mkdir -p "$1"; WORK=$(cd "$1" && pwd -P); A=${AUDIT:-}
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=$WORK/home TMPDIR=$WORK/tmp LC_ALL=C.UTF-8
mkdir -p "$WORK"/{in,out,tmp,home}; cd "$WORK"
# OCaml: the compiler's camlasm*.s in TMPDIR are removed, Filename.temp_file leaves what the program does not remove
for p in ocamlopt; do command -v $p >/dev/null || { echo "no $p" >&2; exit 77; }; done
echo 'let () = ignore (Filename.temp_file "kept" ".ml"); Sys.remove (Filename.temp_file "gone" ".ml")' > in/t.ml
$A ocamlopt -o out/t in/t.ml; $A out/t
