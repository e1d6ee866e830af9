#!/usr/bin/env bash
# Installs a build, compiles the server of the README against what was installed, and lets the client
# of the README talk to it.
#
#   tests/consumer/run.sh BUILD_DIR
set -euo pipefail
[ $# -eq 1 ] || { echo "usage: tests/consumer/run.sh BUILD_DIR" >&2; exit 64; }
build=$(realpath "$1")
cd "$(dirname "$0")/../.."

work=$(mktemp -d)
server=
cleanup() {
  [ -z "$server" ] || { kill "$server" && wait "$server"; } 2>/dev/null || true
  rm -rf "$work"
}
trap cleanup EXIT

readme_block() { awk -v open="\`\`\`$1" '$0 == open {on = 1; next} $0 == "```" {on = 0} on' README.md; }

echo "-- the server in the README is tests/consumer/main.cpp"
diff <(readme_block cpp) tests/consumer/main.cpp

echo "-- install and compile"
cmake --install "$build" --prefix "$work/prefix" >"$work/install.log"
cp tests/consumer/CMakeLists.txt "$work/"
# Below the ports that the kernel gives to outgoing connections: it stays free while we compile.
free_port() {
  local port
  while port=$((20000 + RANDOM % 8000)); (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do :; done
  echo "$port"
}
port=$(free_port)
sed "s/127\.0\.0\.1:3000/127.0.0.1:$port/" tests/consumer/main.cpp >"$work/main.cpp"
cmake -S "$work" -B "$work/build" -G Ninja -DCMAKE_PREFIX_PATH="$work/prefix" -DCMAKE_BUILD_TYPE=Release
cmake --build "$work/build"

echo "-- run"
"$work/build/consumer" &
server=$!
deadline=$((SECONDS + 30))
until (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do
  kill -0 "$server" 2>/dev/null || { echo "the server ended"; exit 1; }
  [ $SECONDS -lt $deadline ] || { echo "the server does not listen after 30 s"; exit 1; }
  sleep 0.05
done

# A module finds its packages from where it lies, so it lies beside those of the end-to-end tests.
readme_block js | sed "s/127\.0\.0\.1:3000/127.0.0.1:$port/" >"$work/hello.mjs"
ln -s "$PWD/tests/e2e/node_modules" "$work/node_modules"
answer=$(timeout 60 node "$work/hello.mjs")
printf '%s\n' "$answer"
grep -q '^the node answered hello$' <<<"$answer"

echo "-- SIGTERM ends it with 0"
kill -TERM "$server"
wait "$server"
server=
