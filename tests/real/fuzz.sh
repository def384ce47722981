#!/bin/sh
# fuzz - the fuzzers, a minute each.
exec "$(dirname "$0")/../../scripts/fuzz" 60
