#!/usr/bin/env bash
# From a fresh clone to a running node: installs what the build needs, builds the program, starts it.
#
#   deploy/quickstart.sh [--port N] [--no-start]
#
# Run it again at will: what is installed and built already is not done again.
set -euo pipefail
cd "$(dirname "$0")/.."
. deploy/packages.sh

port=3000
start=yes
while [ $# -gt 0 ]; do
  case "$1" in
    --port) [ $# -ge 2 ] || die "--port needs a number"; port=$2; shift 2 ;;
    --no-start) start=no; shift ;;
    -h | --help) sed -n '2,6s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) die "unknown option $1 (known: --port N, --no-start)" ;;
  esac
done
[[ "$port" =~ ^[1-9][0-9]{0,4}$ && "$port" -le 65535 ]] \
  || die "--port must be a number from 1 to 65535, not '$port'"

refuse_taken_port() {
  if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
    die "port $port of 127.0.0.1 is taken by another program; choose another one: deploy/quickstart.sh --port N"
  fi
}

[ "$start" = no ] || refuse_taken_port # before the minutes of building, not after

say "== packages"
ensure_packages "${build_packages[@]}"

say "== build (a few minutes the first time)"
quiet_unless_failing cmake --preset release
cmake --build --preset release --target pushmesh
program=build/release/bin/pushmesh
say "built $program"

if [ "$start" = no ]; then
  say "start it with: $program serve --demo --listen 127.0.0.1:$port"
  exit 0
fi

refuse_taken_port
cat <<END

== node
Open http://127.0.0.1:$port/ for the demo page, or talk to the node from Node.js:

    mkdir /tmp/hello && cd /tmp/hello && npm install socket.io-client@4
    cat > hello.mjs <<'JS'
$(awk '/^```js$/ {on = 1; next} /^```$/ {on = 0} on' README.md | sed "s/127\.0\.0\.1:3000/127.0.0.1:$port/; s/^/    /")
    JS
    node hello.mjs

Ctrl-C stops the node.

END
exec "$program" serve --demo --listen "127.0.0.1:$port"
