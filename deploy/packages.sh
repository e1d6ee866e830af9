# shellcheck shell=bash disable=SC2034
# Sourced by our scripts: which Debian packages are needed for what, and how they are installed. The
# one place where package names stand.

# Building the program. libboost-dev is 1.74 on Debian 12: its 1.81 conflicts with msgpack's package.
build_packages=(
  g++ cmake ninja-build
  libcaf-dev libboost-dev libssl-dev libexpected-dev
  libspdlog-dev libtomlplusplus-dev libcli11-dev prometheus-cpp-dev rapidjson-dev
  libhiredis-dev libmsgpack-cxx-dev
)
# Building and running the unit tests: openssl makes certificates for them, Redis is what net/redis talks to,
# gdb shows where a test hangs.
unit_packages=(doctest-dev openssl redis-server gdb)
# The rest of tests/run.sh: fuzzers (clang), end-to-end tests (Python client and tokens, browser, balancer), layout check.
test_packages=(clang-14 libclang-rt-14-dev python3 python3-socketio python3-aiohttp python3-jwt chromium haproxy git curl)
# Clusters with faults between their nodes (tests/faults): namespaces, firewall rules, certificates.
fault_packages=(iproute2 iptables openssl)

say() { printf '%s\n' "$*"; }
die() { printf 'error: %s\n' "$*" >&2; exit 1; }

# Prints those of the packages given that are not installed.
missing_packages() {
  local package
  for package in "$@"; do
    [ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || printf '%s\n' "$package"
  done
}

# Installs what is missing of the packages given; does not touch apt when nothing is.
ensure_packages() {
  command -v dpkg-query >/dev/null || die "this script needs Debian 12 or later (no dpkg here); on another system install the equivalents of: $*"
  local missing
  mapfile -t missing < <(missing_packages "$@")
  [ "${#missing[@]}" -gt 0 ] || return 0
  local as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || die "not root and no sudo here. Let root run: apt-get install ${missing[*]}"
    as_root=(sudo)
  fi
  say "installing ${#missing[@]} packages: ${missing[*]}"
  local apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=120)
  "${apt[@]}" update
  "${apt[@]}" install -y --no-install-recommends "${missing[@]}"
}

# Runs a command and shows its output only when it fails.
quiet_unless_failing() {
  local output
  output=$("$@" 2>&1) || { printf '%s\n' "$output" >&2; die "this command failed: $*"; }
}
