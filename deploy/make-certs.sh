#!/usr/bin/env bash
# Makes the certificates of a cluster: a private CA and one certificate for each node.
#
#   deploy/make-certs.sh [--days N] DIR NODE...
#
# NODE is a node's address, or its name and all its addresses: 10.0.0.1, n1.example,
# n1=10.0.0.1,n1.example. In DIR then stand
#
#   ca.crt                 the CA: every node gets it, as --cluster-ca
#   NODE.crt, NODE.key     of one node: --cluster-cert and --cluster-key (of addresses, `:` is `_`)
#   ca.key                 makes further certificates: no node needs it, keep it apart
#
# A certificate is good for serverAuth and clientAuth and holds the node's addresses. --days is how
# long new certificates last (default 825; the CA 3650). Run it again at will: it keeps a certificate
# that is of this CA, has these addresses and lasts for 30 days more, and makes the others anew, with
# the key they had. Whoever holds a certificate of this CA is trusted by the whole cluster: use the CA
# for nothing else.
set -euo pipefail

say() { printf '%s\n' "$*"; }
die() { printf 'error: %s\n' "$*" >&2; exit 1; }
usage() { sed -n '2,18s/^# \{0,1\}//p' "$0"; }

days=825
ca_days=3650
renew_before=$((30 * 24 * 3600))
while [ $# -gt 0 ]; do
  case "$1" in
    --days)
      [ $# -ge 2 ] && [[ "$2" =~ ^[0-9]{1,5}$ ]] || die "--days needs a whole number"
      days=$2
      shift 2
      ;;
    -h | --help) usage; exit 0 ;;
    -*) die "unknown option $1 (known: --days N)" ;;
    *) break ;;
  esac
done
[ $# -ge 2 ] || { usage >&2; exit 64; }
command -v openssl >/dev/null || die "openssl is not installed (Debian: apt-get install openssl)"
dir=$1
shift

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
umask 077
mkdir -p "$dir"
dir=$(cd "$dir" && pwd)

openssl_quietly() {
  openssl "$@" >"$scratch/output" 2>&1 || { cat "$scratch/output" >&2; die "this command failed: openssl $*"; }
}

# new_key FILE: unless it is there.
new_key() {
  [ -e "$1" ] || openssl_quietly genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1"
  chmod 600 "$1"
}

# A positive number of 127 bits, not a counter: certificates may be made in several places.
serial() { printf '0x01%s' "$(openssl rand -hex 15)"; }

last_day() { openssl x509 -in "$1" -noout -enddate | cut -d= -f2; }

# request KEY NAME EXTENSIONS: $scratch/request, and $scratch/config with the extensions.
request() {
  {
    printf '[req]\nprompt = no\ndistinguished_name = name\n[name]\nO = pushmesh\nCN = %s\n' "$2"
    printf '[extensions]\n%s\n' "$3"
  } >"$scratch/config"
  openssl_quietly req -new -config "$scratch/config" -key "$1" -out "$scratch/request"
}

make_ca() {
  if [ -e "$dir/ca.crt" ]; then
    [ -e "$dir/ca.key" ] || die "$dir has ca.crt but not ca.key: put the CA's key there, or use an empty directory for a new CA"
    openssl x509 -in "$dir/ca.crt" -noout -checkend 0 >/dev/null ||
      die "the CA $dir/ca.crt ended on $(last_day "$dir/ca.crt"): use an empty directory for a new CA"
    say "kept     $dir/ca.crt (until $(last_day "$dir/ca.crt"))"
    return
  fi
  new_key "$dir/ca.key"
  request "$dir/ca.key" "private CA $(openssl rand -hex 4)" 'basicConstraints = critical, CA:TRUE, pathlen:0
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash'
  openssl_quietly x509 -req -in "$scratch/request" -key "$dir/ca.key" -sha256 -days "$ca_days" \
    -set_serial "$(serial)" -extfile "$scratch/config" -extensions extensions -out "$scratch/crt"
  publish "$dir/ca.crt"
  say "made     $dir/ca.crt (until $(last_day "$dir/ca.crt"))"
}

# publish FILE: moves $scratch/crt there in one piece; a certificate may be read by all.
publish() {
  chmod 644 "$scratch/crt"
  mv "$scratch/crt" "$1.new"
  mv "$1.new" "$1"
}

is_ip() { [[ "$1" =~ ^[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+$ || "$1" == *:* ]]; }

# The subjectAltName of the addresses, as an extension of openssl's.
alternative_names() {
  local address entry list=
  for address in "$@"; do
    if is_ip "$address"; then entry="IP:$address"; else entry="DNS:$address"; fi
    list+="${list:+, }$entry"
  done
  printf '%s' "$list"
}

same() { [ "$("$@" -in "$new" 2>/dev/null)" = "$("$@" -in "$old" 2>/dev/null)" ]; }

# is_good OLD NEW: of this CA, not near its end, with the key and the addresses of the new certificate.
is_good() {
  local old=$1 new=$2
  [ -e "$old" ] &&
    openssl verify -CAfile "$dir/ca.crt" "$old" >/dev/null 2>&1 &&
    openssl x509 -in "$old" -noout -checkend "$renew_before" >/dev/null 2>&1 &&
    same openssl x509 -noout -pubkey &&
    same openssl x509 -noout -ext subjectAltName,extendedKeyUsage
}

# make_node NODE
make_node() {
  local name=${1%%=*} addresses=${1#*=} names address list=()
  IFS=, read -ra list <<<"$addresses"
  [ -n "$name" ] && [ "${#list[@]}" -gt 0 ] || die "'$1' is neither an address nor NAME=ADDRESS,..."
  for address in "$name" "${list[@]}"; do
    [[ "$address" =~ ^[A-Za-z0-9._:*-]+$ ]] || die "'$address' in '$1' is not an address (no port, no brackets)"
  done
  names=$(alternative_names "${list[@]}")
  local file=$dir/${name//[:*]/_} verb=made
  [ "$file" != "$dir/ca" ] || die "a node cannot be called ca"
  new_key "$file.key"
  # The common name may have 64 characters; nobody reads it but people.
  request "$file.key" "${name:0:64}" "basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth, clientAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
subjectAltName = $names"
  openssl_quietly x509 -req -in "$scratch/request" -CA "$dir/ca.crt" -CAkey "$dir/ca.key" -sha256 \
    -days "$days" -set_serial "$(serial)" -extfile "$scratch/config" -extensions extensions -out "$scratch/crt"
  if is_good "$file.crt" "$scratch/crt"; then
    verb=kept
  else
    [ ! -e "$file.crt" ] || verb=renewed
    publish "$file.crt"
  fi
  printf '%-8s %s.crt for %s (until %s)\n' "$verb" "$file" "$names" "$(last_day "$file.crt")"
}

make_ca
for node in "$@"; do make_node "$node"; done
