#!/bin/sh
# package.sh - the archive of `make dist` builds where there is no git, and is the same when made again; the Debian package is made without a
# complaint of lintian's, and what is in it runs: the command, the library alone, manuals, completions.
set -eu
cd "$(dirname "$0")/../.."
command -v dpkg-buildpackage > /dev/null && command -v lintian > /dev/null || { echo "no dpkg-buildpackage or no lintian"; exit 77; }
work=$(mktemp -d "${TMPDIR:-/tmp}/pageleak-package.XXXXXX")
trap 'rm -rf "$work"' EXIT
version=$(make -s version)

make -s dist
cp "build/pageleak-$version.tar.gz" "$work/first.tar.gz"
make -s dist
cmp "$work/first.tar.gz" "build/pageleak-$version.tar.gz"
tar -xzf "$work/first.tar.gz" -C "$work"
make -s -C "$work/pageleak-$version" -j 2
make -s -C "$work/pageleak-$version" dist
"$work/pageleak-$version/build/pageleak" run true

make -s deb
dpkg -x "build/pageleak_${version}_$(dpkg --print-architecture).deb" "$work/root"
usr=$work/root/usr
cat > "$work/leak.py" <<'END'
import tempfile
tempfile.mkstemp()
END
mkdir "$work/temp"
export TMPDIR="$work/temp"
status=0
"$usr/bin/pageleak" check /usr/bin/python3 "$work/leak.py" 2> "$work/said" || status=$?
[ "$status" = 23 ] && grep -q 'leak.py:2' "$work/said"
LD_PRELOAD=$usr/lib/pageleak/libpageleak.so /usr/bin/python3 "$work/leak.py" 2> "$work/said"
grep -q 'LEAKED' "$work/said" && grep -q 'leak.py:2' "$work/said"
for page in man1/pageleak.1 man5/pageleak-journal.5 man7/libpageleak.7; do
	[ -z "$(man -l --warnings "$usr/share/man/$page.gz" 2>&1 > "$work/shown")" ] && [ -s "$work/shown" ]
done
for file in bash-completion/completions/pageleak zsh/site-functions/_pageleak fish/vendor_completions.d/pageleak.fish doc/pageleak/copyright \
	doc/pageleak/README.md doc/pageleak/docs/report.md doc/pageleak/docs/top.svg; do
	[ -s "$usr/share/$file" ]
done
echo "pageleak $version, $(wc -c < "build/pageleak_${version}_$(dpkg --print-architecture).deb") bytes"
