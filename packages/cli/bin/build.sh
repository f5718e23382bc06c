#!/bin/sh
# Builds what has changed. Turbo says a dozen lines also where all is well: here they are for when it is not.
# --keep-going: a server that does not compile is left out, by a note in its .turbo, also if it did before.

# What would fail later, in another program's words.
stop() {
  echo "echolab: $1" >&2
  exit 1
}
command="npx --yes pnpm@12 ${npm_lifecycle_event:-build}"
case $PWD in
  *:*) stop "no program of this checkout can be found on PATH, as its path has a colon: move it out of $PWD" ;;
esac
version=${npm_config_user_agent:-} version=${version#pnpm/}
case ${npm_config_user_agent:-} in
  pnpm/[1-9].* | pnpm/1[01].*) stop "this is pnpm ${version%% *}: it takes pnpm 12: $command" ;;
esac
command -v pnpm >/dev/null || stop "there is no pnpm on PATH: $command"
[ -e node_modules/.bin/turbo ] || stop "its dependencies are not installed: npx --yes pnpm@12 install"
[ -x node_modules/.bin/turbo ] || stop "no program may run here, as the file system is mounted noexec: move the checkout out of $PWD"

[ -d packages/cli/dist ] || echo "building: the first time takes a while" >&2
unset FORCE_COLOR
export NO_COLOR=1 TURBO_TELEMETRY_DISABLED=1
rm -f packages/server-*/.turbo/failed
said=$(turbo run build --no-color --continue=dependencies-successful --output-logs=errors-only 2>&1) && exit
failed=$(printf "%s\n" "$said" | sed -n 's/^Failed: *//p' | tr ',' '\n')
others=$(echo "$failed" | grep -v '^ *@echolab/server-.*#build$')
if [ "$1" != --keep-going ] || [ -z "$failed" ] || [ -n "$others" ]; then
  printf "%s\n" "$said" >&2
  [ -w packages/cli ] || stop "$PWD cannot be written, by this user at least: work in a checkout of your own"
  exit 1
fi
for task in $failed; do
  server=${task#@echolab/} server=${server%#build}
  touch "packages/$server/.turbo/failed"
  echo "$server does not compile: the others go on without it (pnpm build says why)" >&2
done
