#!/usr/bin/env bash
# From a fresh clone to a running cluster: installs what the build needs, builds the program, starts
# three nodes of it on this machine.
#
#   deploy/quickstart.sh [--nodes N] [--port N] [--no-start] [--program FILE]
#
# Clients connect to port 3000, 3001 and 3002; --port is the first one. The nodes talk to each other on
# ports 4400 above. --nodes 1 starts one node that runs alone, --no-start only builds, --program starts a
# program that is built already. Run it again at will: what is installed and built is not done again.
set -euo pipefail
cd "$(dirname "$0")/.."
. deploy/packages.sh

port=3000
nodes=3
start=yes
program=
while [ $# -gt 0 ]; do
  case "$1" in
    --port) [ $# -ge 2 ] || die "--port needs a number"; port=$2; shift 2 ;;
    --nodes) [ $# -ge 2 ] || die "--nodes needs a number"; nodes=$2; shift 2 ;;
    --program) [ $# -ge 2 ] || die "--program needs a file"; program=$2; shift 2 ;;
    --no-start) start=no; shift ;;
    -h | --help) sed -n '2,9s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) die "unknown option $1 (known: --nodes N, --port N, --no-start, --program FILE)" ;;
  esac
done
[[ "$nodes" =~ ^[1-9][0-9]?$ ]] || die "--nodes must be a number from 1 to 99, not '$nodes'"
[[ "$port" =~ ^[1-9][0-9]{0,4}$ && "$port" -le $((65536 - nodes)) ]] \
  || die "--port must be a number from 1 to $((65536 - nodes)), not '$port'"
links=$((port + 4400)) # first port of the nodes among themselves
[ "$links" -le $((65536 - nodes)) ] || links=$((port - 4400))

is_open() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

refuse_taken_ports() {
  local i taken
  for ((i = 0; i < nodes; ++i)); do
    for taken in $((port + i)) $((links + i)); do
      ! is_open "$taken" \
        || die "port $taken of 127.0.0.1 is taken by another program; choose another first port: deploy/quickstart.sh --port N"
    done
  done
}

[ "$start" = no ] || refuse_taken_ports # before the minutes of building, not after

if [ -z "$program" ]; then
  say "== packages"
  ensure_packages "${build_packages[@]}"

  say "== build (a few minutes the first time)"
  quiet_unless_failing cmake --preset release
  cmake --build --preset release --target pushmesh
  program=build/release/bin/pushmesh
  say "built $program"
fi

if [ "$start" = no ]; then
  say "start it with: $program serve --demo --listen 127.0.0.1:$port"
  exit 0
fi

pids=()

# start_node I: all nodes know all others; one of them would do.
start_node() {
  local name=n$1 i cluster=()
  if [ "$nodes" -gt 1 ]; then
    cluster=(--cluster-listen "127.0.0.1:$((links + $1 - 1))")
    for ((i = 1; i <= nodes; ++i)); do
      [ "$i" -eq "$1" ] || cluster+=(--peer "127.0.0.1:$((links + i - 1))")
    done
  fi
  "$program" serve --demo --name "$name" --listen "127.0.0.1:$((port + $1 - 1))" "${cluster[@]}" \
    --log-format text --log-level warn \
    > >(exec sed -u -n -e "s/^/$name: /" -e p -e "/^$name: listening on /w $shown/$name") 2>&1 &
  pids+=($!)
}

stop_all() {
  trap '' INT TERM
  [ "${#pids[@]}" -eq 0 ] || kill "${pids[@]}" 2>/dev/null || true
  wait
}

# wait_for_line I: until the last line of its start is shown, so that what we print comes behind it.
wait_for_line() {
  local tries
  for ((tries = 0; tries < 300; ++tries)); do
    [ ! -s "$shown/n$1" ] || return 0
    kill -0 "${pids[$1 - 1]}" 2>/dev/null || return 1
    sleep 0.1
  done
  return 1
}

refuse_taken_ports
shown=$(mktemp -d) # what sed has shown of each node
trap 'rm -rf "$shown"' EXIT
trap 'stop_all; exit 0' INT TERM
say
say "== nodes"
for ((n = 1; n <= nodes; ++n)); do start_node "$n"; done
for ((n = 1; n <= nodes; ++n)); do
  wait_for_line "$n" || { stop_all; die "node n$n did not start"; }
done

if [ "$nodes" -gt 1 ]; then
  last=$((port + nodes - 1))
  cat <<END

$nodes nodes, one server. What to try across them:

  - Open http://127.0.0.1:$port/ and http://127.0.0.1:$last/, join a room of one name in both, say something.
  - Stop the last node and look at its page, which waits until the node is there again: kill ${pids[nodes - 1]}
  - Talk to a node from Node.js:
END
else
  printf '\nOpen http://127.0.0.1:%s/ for the demo page, or talk to the node from Node.js:\n' "$port"
fi
cat <<END

    mkdir /tmp/hello && cd /tmp/hello && npm install socket.io-client@4
    cat > hello.mjs <<'JS'
$(awk '/^```js$/ {on = 1; next} /^```$/ {on = 0} on' README.md | sed "s/127\.0\.0\.1:3000/127.0.0.1:$port/; s/^/    /")
    JS
    node hello.mjs

Ctrl-C stops all.

END

# Until the last one ends, or a signal comes.
while [ "${#pids[@]}" -gt 0 ]; do
  code=0
  wait -n -p ended "${pids[@]}" || code=$?
  for i in "${!pids[@]}"; do
    [ "${pids[i]}" = "${ended-}" ] || continue
    say "n$((i + 1)) ended with exit code $code"
    unset 'pids[i]'
  done
done
