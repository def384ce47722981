#!/bin/sh
# sandboxes - programs that lock themselves in (man by seccomp; Chromium by user namespaces, a root directory of its own and seccomp)
# or others (bubblewrap by namespaces and pivot_root) say under an audit what they say without one. Chromium only where it is
# installed. The last line counts.
cd "$(dirname "$0")/../.." || exit 1
pageleak=$PWD/build/pageleak
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
chmod 777 "$work"
cp man/pageleak.1 "$work/page.1"
echo '<p>a page</p><script>document.write(1 + 1)</script>' > "$work/page.html"
chmod 644 "$work"/page.*
passed=0 failed=0 skipped=0

# NAME COMMAND...: its output and status with and without.
check() {
	name=$1
	shift
	command -v "$name" > /dev/null || { echo "skipped $name is not installed"; skipped=$((skipped + 1)); return; }
	timeout 60 "$@" > "$work/plain" 2> /dev/null < /dev/null; plain=$?
	timeout 120 "$pageleak" run --text="$work/report" -- "$@" > "$work/audited" 2> /dev/null < /dev/null; audited=$?
	if [ "$plain" = "$audited" ] && [ -s "$work/plain" ] && cmp -s "$work/plain" "$work/audited" && [ -s "$work/report" ]; then
		echo "ok      $name"
		passed=$((passed + 1))
	else
		echo "FAILED  $name: status $plain and $audited"
		head -n 20 "$work/plain" "$work/audited" "$work/report"
		failed=$((failed + 1))
	fi
}

check man man -P cat "$work/page.1"
# shellcheck disable=SC2016 # for the shell inside
inside='page=$(mktemp) && echo hello > "$page" && cat "$page" && rm "$page"; (cd / && echo [a-z]*); mktemp > /dev/null'
if command -v bwrap > /dev/null && ! bwrap --ro-bind / / true 2> /dev/null; then
	echo "skipped bwrap: no namespaces here"
	skipped=$((skipped + 2))
else
	check bwrap bwrap --ro-bind / / --tmpfs /tmp --unshare-pid sh -c "$inside"
	check bwrap bwrap --ro-bind / / --tmpfs /tmp --dev /dev --proc /proc --clearenv sh -c "$inside"
fi
as=
[ "$(id -u)" != 0 ] || as="setpriv --reuid=65534 --regid=65534 --clear-groups env HOME=$work"
# shellcheck disable=SC2086 # words
check chromium $as chromium --headless --disable-gpu --user-data-dir="$work/profile" --dump-dom "file://$work/page.html"
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
