#!/bin/sh
# Builds what has changed. Turbo says a dozen lines also where all is well: here they are for when it is not.
# --keep-going: a server that does not compile is left out, by a note in its .turbo, also if it did before.
[ -d packages/cli/dist ] || echo "building: the first time takes a while" >&2
unset FORCE_COLOR
export NO_COLOR=1 TURBO_TELEMETRY_DISABLED=1
rm -f packages/server-*/.turbo/failed
said=$(turbo run build --no-color --continue=dependencies-successful --output-logs=errors-only 2>&1) && exit
failed=$(printf "%s\n" "$said" | sed -n 's/^Failed: *//p' | tr ',' '\n')
others=$(echo "$failed" | grep -v '^ *@echolab/server-.*#build$')
if [ "$1" != --keep-going ] || [ -z "$failed" ] || [ -n "$others" ]; then
  printf "%s\n" "$said" >&2
  exit 1
fi
for task in $failed; do
  server=${task#@echolab/} server=${server%#build}
  touch "packages/$server/.turbo/failed"
  echo "$server does not compile: the others go on without it (pnpm build says why)" >&2
done
