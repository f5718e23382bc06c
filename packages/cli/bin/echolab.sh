#!/bin/sh
# A command of Echolab, built before it runs.
sh packages/cli/bin/build.sh --keep-going && exec node packages/cli/bin/echolab.js "$@"
