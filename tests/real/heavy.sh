#!/bin/sh
# heavy - the tests that scripts/check runs in short, at full length: 200 audits killed at random moments, 8 threads that make
# and remove 100,000 pages each with forks in between. The last line counts.
cd "$(dirname "$0")/../.." || exit 1
python=$(for each in python3 /usr/bin/python3; do "$each" -c 'import pytest' 2> /dev/null && echo "$each" && break; done)
[ -n "$python" ] || { echo "no Python with pytest"; exit 77; }
log=$(mktemp) || exit 1
trap 'rm -f "$log"' EXIT
PAGELEAK_HEAVY=1 "$python" -m pytest -q -p no:cacheprovider tests/e2e/test_kill.py tests/e2e/test_exact.py > "$log" 2>&1
status=$?
cat "$log"
count() { sed -n "\$s/.*\(^\|[^0-9]\)\([0-9][0-9]*\) $1.*/\2/p" "$log"; }
passed=$(count passed) failed=$(count failed)
echo "${passed:-0} passed, ${failed:-0} failed"
exit $status
