#!/usr/bin/env bash
# Builds and runs the unit tests of the last commit in a debootstrap chroot of Debian 13. Not part of
# CI: it needs root and some 3 GB of disk.
#
#   tests/debian13.sh [DIRECTORY]     DIRECTORY (default: a temporary one) is kept when given
set -euo pipefail
cd "$(dirname "$0")/.."
. deploy/packages.sh

suite=trixie
[ "$(id -u)" -eq 0 ] || die "needs root (debootstrap, chroot)"
ensure_packages debootstrap debian-archive-keyring git

# The machine's own mirror, wherever it is configured; not the security archive.
codename=$(. /etc/os-release && printf '%s' "$VERSION_CODENAME")
mirror=$(apt-get indextargets --format '$(REPO_URI) $(CODENAME)' "Created-By: Packages" \
  | awk -v codename="$codename" '$2 == codename {print $1; exit}')
[ -n "$mirror" ] || die "apt has no source for $codename here: cannot tell which mirror to use"

if [ $# -ge 1 ]; then
  mkdir -p "$1"
  root=$(realpath "$1")
  keep=yes
else
  root=$(mktemp -d /var/tmp/pushmesh-debian13.XXXXXX)
  keep=no
fi
cleanup() {
  for point in proc dev/shm dev; do
    ! mountpoint -q "$root/$point" || umount "$root/$point"
  done
  [ $keep = yes ] || rm -rf --one-file-system "$root"
}
trap cleanup EXIT

say "== debootstrap $suite from $mirror into $root"
[ -e "$root/etc/debian_version" ] || debootstrap --variant=minbase "$suite" "$root" "$mirror"
# What the machine needs to reach its mirror (proxy, dates), the chroot needs too.
cp -r /etc/apt/apt.conf.d/. "$root/etc/apt/apt.conf.d/"
cp /etc/resolv.conf "$root/etc/resolv.conf"
# A container may not mount: then the chroot does without, as far as it gets.
mount -t proc proc "$root/proc" || say "no /proc in the chroot"
mount --bind /dev "$root/dev" || say "no /dev in the chroot"

say "== packages"
chroot "$root" env DEBIAN_FRONTEND=noninteractive apt-get -q update
chroot "$root" env DEBIAN_FRONTEND=noninteractive \
  apt-get -q install -y --no-install-recommends "${build_packages[@]}" "${unit_packages[@]}"

say "== build"
rm -rf "$root/src"
mkdir "$root/src"
git archive HEAD | tar -x -C "$root/src"
chroot "$root" sh -euc 'cd /src; cmake --preset dev -DPUSHMESH_EXAMPLES=OFF; cmake --build --preset dev'

say "== unit tests"
chroot "$root" sh -euc 'cat /etc/debian_version; g++ --version | head -n 1; cd /src; ctest --preset dev --no-tests=error'
