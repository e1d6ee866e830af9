#!/usr/bin/env bash
# Runs the unit tests under ThreadSanitizer, with CAF instrumented too. Debian's is not: with that
# the sanitizer misses CAF's atomics and takes the release of a reference for a race.
#
#   tests/tsan.sh
#
# Fetches the source of the installed libcaf-dev with apt-get source (into build/tsan-caf/, from the
# machine's own mirrors; apt's configuration and lists are not touched), builds its libraries once
# (3 minutes on 2 cores), then the `tsan` preset against them, and runs the tests. Not part of CI.
# The last line is "N passed, N failed" and counts steps; the exit code is 0 when none failed.
set -euo pipefail
cd "$(dirname "$0")/.."
. deploy/packages.sh

case "${1-}" in
  "") ;;
  -h | --help) sed -n '2,10s/^# \{0,1\}//p' "$0"; exit 0 ;;
  *) die "unknown option $1 (there is none)" ;;
esac

caf=$PWD/build/tsan-caf
logs=build/logs
passed=0
failed=0
mkdir -p "$caf" "$logs"
# A test that hangs is ended by SIGTERM; what doctest then does in its handler is of no interest.
export TSAN_OPTIONS="report_signal_unsafe=0 history_size=4 second_deadlock_stack=1 ${TSAN_OPTIONS-}"

# step NAME COMMAND...: runs it, prints its name, duration and the last line of its output, or all
# of the output when it fails; sets `ok`.
step() {
  local name=$1 started=$SECONDS log code
  shift
  log="$logs/tsan-${name//[^a-z0-9]/-}.log"
  printf '== %s\n' "$name"
  set +e
  (set -e; "$@") >"$log" 2>&1
  code=$?
  set -e
  if [ $code -eq 0 ]; then
    ok=yes
    passed=$((passed + 1))
    printf '   %s\n   passed in %d s\n' "$(tail -n 1 "$log")" $((SECONDS - started))
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

# g++ 12's sanitizer cannot map its memory where the kernel randomises addresses by 32 bits.
fixed_addresses() {
  if setarch -R true 2>/dev/null; then setarch -R "$@"; else "$@"; fi
}

install_packages() {
  ensure_packages "${build_packages[@]}" "${unit_packages[@]}" dpkg-dev
  echo "all there"
}

# apt-get with source entries, lists and cache of its own, so that this needs no root and leaves the
# machine's as they are. The entries are the machine's own, turned from binary into source.
private_apt() {
  apt-get -q -o Dir::Etc::sourcelist="$caf/apt/sources.list" -o Dir::Etc::sourceparts=/dev/null \
    -o Dir::State::lists="$caf/apt/lists" -o Dir::Cache="$caf/apt/cache" \
    -o APT::Sandbox::User="$(id -un)" "$@"
}

# A mirror may lack the archive with Debian's patches. Upstream's, whose hash stands in the .dsc,
# will do then: its headers are replaced by the installed, patched ones anyway (see build_caf).
unpack_source() {
  local dsc=$1 original
  if dpkg-source -x "$dsc" source; then return; fi
  rm -rf source
  original=$(ls -- *.orig.tar.*)
  awk '/^Checksums-Sha256:/ {on = 1; next} /^[^ ]/ {on = 0} on {print $1 "  " $3}' "$dsc" \
    | grep -F "$original" | sha256sum --check --strict
  mkdir source
  tar -xf "$original" --strip-components=1 -C source
  unpatched=", without Debian's patches of .cpp files: this mirror lacks them"
}

fetch_caf() {
  local package unpatched=
  package=$(dpkg-query -W -f='${source:Package}=${source:Version}' libcaf-dev)
  cd "$caf"
  if [ -e source.version ] && [ "$(cut -d, -f1 source.version)" = "$package" ]; then
    cat source.version
    return
  fi
  rm -rf apt source source.version ./*.dsc ./*.tar.*
  mkdir -p apt/lists/partial apt/cache/archives/partial
  local keyring=/usr/share/keyrings/debian-archive-keyring.gpg signed_by=
  [ ! -e "$keyring" ] || signed_by="[signed-by=$keyring] "
  apt-get indextargets --format "deb-src $signed_by\$(REPO_URI) \$(CODENAME) \$(COMPONENT)" \
    "Created-By: Packages" "Origin: Debian" | sort -u >apt/sources.list
  [ -s apt/sources.list ] || die "apt knows no Debian mirror here: run apt-get update"
  private_apt update
  private_apt source --download-only "$package" || echo "not all of $package could be fetched"
  unpack_source ./*.dsc
  rm -rf apt
  printf '%s\n' "$package$unpatched" | tee source.version
}

# With the headers and the build configuration of the installed package, so that what our files are
# compiled against and what they are linked to agree.
build_caf() {
  cd "$caf"
  local installed library
  installed=$(dirname "$(dpkg-query -L libcaf-dev | grep '/caf/all\.hpp$')")
  for library in core io openssl; do
    (cd "source/libcaf_$library" && find caf -name '*.hpp' -print0) \
      | while IFS= read -r -d '' header; do
          cmp -s "$installed/${header#caf/}" "source/libcaf_$library/$header" \
            || cp -v "$installed/${header#caf/}" "source/libcaf_$library/$header"
        done
  done
  fixed_addresses cmake -S source -B objects -G Ninja -DCMAKE_BUILD_TYPE=Release \
    -DCMAKE_CXX_FLAGS="-std=c++17 -fsanitize=thread -fno-omit-frame-pointer -w" \
    -DCMAKE_CXX_FLAGS_RELEASE="-O1 -g1 -DNDEBUG" -DLIBRARY_OUTPUT_PATH="$caf/lib" \
    -DCAF_LOG_LEVEL=QUIET -DCAF_USE_CCACHE=yes -DCAF_NO_COMPILER_CHECK=yes -DCAF_NO_UNIT_TESTS=yes \
    -DCAF_NO_EXAMPLES=yes -DCAF_NO_TOOLS=yes -DCAF_NO_PYTHON=yes -DCAF_NO_OPENCL=yes
  diff "$installed/detail/build_config.hpp" objects/libcaf_core/caf/detail/build_config.hpp
  cmake --build objects --target libcaf_core_shared libcaf_io_shared libcaf_openssl_shared
  echo "libcaf_core, libcaf_io, libcaf_openssl in build/tsan-caf/lib"
}

# CAF's paths are looked for anew: an earlier configuration may have found Debian's.
build_tests() {
  cmake --preset tsan -U 'CAF_*_LIBRARY' -DCMAKE_PREFIX_PATH="$caf" -DPUSHMESH_EXAMPLES=OFF
  cmake --build --preset tsan --target unit_protocol unit_transport unit_actors unit_cluster
  local name
  for name in actors cluster; do
    LD_LIBRARY_PATH=$caf/lib ldd "build/tsan/bin/unit_$name" | grep -F "$caf/lib/libcaf_core"
  done
}

# doctest's own exit code does not know of reports: the sanitizer's does (66).
run_test() {
  local program=build/tsan/bin/$1
  shift
  LD_LIBRARY_PATH=$caf/lib fixed_addresses timeout --verbose 300 "$program" "$@"
}

# A report fails a step only if reports are made at all: the smallest race must be one.
find_a_race() {
  local code=0
  printf '%s\n' '#include <thread>' 'int n;' \
    'int main() { std::thread t([] { ++n; }); ++n; t.join(); }' >"$caf/race.cpp"
  g++ -std=c++20 -O1 -g1 -fsanitize=thread "$caf/race.cpp" -o "$caf/race"
  fixed_addresses "$caf/race" || code=$?
  [ "$code" -eq 66 ] || die "a program with a race ended with exit code $code instead of 66"
  echo "found in a program that has one"
}

step "packages" install_packages
[ $ok = yes ] || finish
step "caf source" fetch_caf
[ $ok = yes ] || finish
step "build caf" build_caf
[ $ok = yes ] || finish
step "build tests" build_tests
[ $ok = yes ] || finish
step "a race" find_a_race
step "unit protocol" run_test unit_protocol
step "unit transport" run_test unit_transport
step "unit actors" run_test unit_actors
step "unit cluster, server life" run_test unit_cluster --source-file='*server_life_test.cpp'
finish
