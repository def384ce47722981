#!/bin/sh
# fuzz - the fuzzers, 25 seconds each.
exec "$(dirname "$0")/../../scripts/fuzz" 25
