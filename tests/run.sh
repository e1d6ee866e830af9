#!/usr/bin/env bash
# Runs the tests.
#
#   tests/run.sh            everything: layout, unit tests under ASan and UBSan, fuzzers, end-to-end
#                           tests against the sanitized programs, the two commands of the README
#   tests/run.sh --quick    what a developer runs before each commit: layout, unit and end-to-end
#                           tests on the dev build
#
# Installs what it needs. The last line is "N passed, N failed" and counts steps; the exit code is 0
# when none failed. The output of each step is kept in build/logs/.
set -euo pipefail
cd "$(dirname "$0")/.."
. deploy/packages.sh

mode=full
case "${1-}" in
  "") ;;
  --quick) mode=quick ;;
  -h | --help) sed -n '2,11s/^# \{0,1\}//p' "$0"; exit 0 ;;
  *) die "unknown option $1 (known: --quick)" ;;
esac

logs=build/logs
passed=0
failed=0
mkdir -p "$logs"
export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_stack_use_after_return=1:strict_string_checks=1}
export LSAN_OPTIONS=${LSAN_OPTIONS:-suppressions=$PWD/tests/leaks.supp:print_suppressions=0}
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1}

# step NAME COMMAND...: runs it, prints its name and duration, and its output when it fails; sets `ok`.
# It never fails itself: as part of a condition the command would run without set -e.
step() {
  local name=$1 started=$SECONDS log code
  shift
  log="$logs/${name//[^a-z0-9]/-}.log"
  printf '== %s\n' "$name"
  set +e
  (set -e; "$@") >"$log" 2>&1
  code=$?
  set -e
  if [ $code -eq 0 ]; then
    ok=yes
    passed=$((passed + 1))
    printf '   passed in %d s\n' $((SECONDS - started))
  else
    ok=no
    failed=$((failed + 1))
    cat "$log"
    printf '   FAILED in %d s (exit code %d, %s)\n' $((SECONDS - started)) $code "$log"
  fi
}

finish() {
  printf '\n%d passed, %d failed\n' "$passed" "$failed"
  exit $((failed > 0))
}

skip() { printf '== %s\n   skipped: %s\n' "$1" "$2"; }

install_packages() {
  local wanted=("${build_packages[@]}" "${unit_packages[@]}" "${test_packages[@]}" "${fault_packages[@]}")
  # Node.js may come from elsewhere, with npm in it: then Debian's packages would fight it.
  command -v node >/dev/null || wanted+=(nodejs)
  command -v npm >/dev/null || wanted+=(npm)
  ensure_packages "${wanted[@]}"
}

# npm ci removes and installs anew; only when the lock file is newer than what is there.
install_node_modules() {
  cd tests/e2e
  if [ ! -e node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
    npm ci --no-audit --no-fund
    touch node_modules/.package-lock.json
  fi
}

build() {
  cmake --preset "$1" -DPUSHMESH_WERROR=ON
  cmake --build --preset "$1"
}

unit_tests() { ctest --preset "$1" --no-tests=error; }

fuzz() {
  cmake --preset fuzz -DPUSHMESH_WERROR=ON
  cmake --build --preset fuzz
  /usr/bin/python3 tests/fuzz/run.py --seconds 20
}

end_to_end() { node tests/e2e/run.mjs --bin "$PWD/build/$1/bin"; }

# Quick: what needs no network namespaces, and so no root. These tests measure memory, too, to which
# the 256 MB that AddressSanitizer keeps of what was freed do not belong.
cluster_tests() {
  export ASAN_OPTIONS=$ASAN_OPTIONS:quarantine_size_mb=8
  local only=()
  [ "$mode" = full ] || only=(--only contract)
  node tests/e2e/run.mjs --bin "$PWD/build/$1/bin" --cluster --shards 2 "${only[@]}"
}

# 300 clients of stock socket.io-client beside three nodes on two cores: with sanitizers the machine
# would be too slow to tell a loss from a delay.
fault_run() {
  cmake --build --preset release --target conformance_app
  node tests/faults/run.mjs --bin "$PWD/build/release/bin" --seconds 120 --clients 300 --seed 20
}

fault_checker() { node --test tests/faults/*.test.mjs; }

program_tests() { E2E_BIN="$PWD/build/$1/bin/conformance_app" node --test tests/e2e/program/*.test.mjs; }

step "packages" install_packages
[ $ok = yes ] || finish
step "layout" /usr/bin/python3 tests/layout_check.py
step "node modules" install_node_modules
step "fault checker" fault_checker

preset=asan
[ $mode = full ] || preset=dev
step "build $preset" build $preset
# Steps that need a build are skipped when it fails: they would only say so again.
if [ $ok = yes ]; then
  step "unit tests" unit_tests $preset
  step "end-to-end tests" end_to_end $preset
  step "program tests" program_tests $preset
  step "cluster tests" cluster_tests $preset
else
  skip "unit tests" "the build failed"
  skip "end-to-end tests" "the build failed"
  skip "program tests" "the build failed"
  skip "cluster tests" "the build failed"
fi

if [ $mode = full ]; then
  step "fuzzers" fuzz
  step "quickstart" deploy/quickstart.sh --no-start
  if [ $ok = yes ]; then
    step "consumer" tests/consumer/run.sh build/release
    step "clients under faults" fault_run
  else
    skip "consumer" "the release build failed"
    skip "clients under faults" "the release build failed"
  fi
fi
finish
