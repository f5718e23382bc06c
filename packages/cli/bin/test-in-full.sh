#!/bin/sh
# Every test of the files whose path has one of these words in it, the slow ones too; without a word, the whole
# conformance suite.
[ $# -gt 0 ] || set -- conformance
pnpm -s build && CONFORMANCE=full exec vitest run "$@"
