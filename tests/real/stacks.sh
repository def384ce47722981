#!/bin/sh
# stacks.sh - thousands of random Python stacks on every interpreter, compared with what it says itself: tests/e2e/test_pystack.py
# with more plans and another seed.
set -u
cd "$(dirname "$0")/../.." || exit 1
PAGELEAK_PLANS=100 PAGELEAK_SEED=7
export PAGELEAK_PLANS PAGELEAK_SEED
exec /usr/bin/python3 -m pytest -n "$(getconf _NPROCESSORS_ONLN)" -q -p no:cacheprovider tests/e2e/test_pystack.py
