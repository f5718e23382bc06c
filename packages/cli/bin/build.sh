#!/bin/sh
# Builds what has changed. Turbo says a dozen lines also where all is well: here they are for when it is not.
[ -d packages/cli/dist ] || echo "building: the first time takes a while" >&2
said=$(TURBO_TELEMETRY_DISABLED=1 turbo run build --output-logs=errors-only 2>&1) || {
  echo "$said" >&2
  exit 1
}
