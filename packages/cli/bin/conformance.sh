#!/bin/sh
# The slow tests: all of them, or every test of the files whose path has one of these words in it.
[ $# -gt 0 ] || set -- conformance
pnpm -s build && CONFORMANCE=full exec vitest run "$@"
