# SPDX-License-Identifier: Apache-2.0
# Shared by the scripts of this folder: what a Debian machine must have, and how it gets it.

say() { printf '%s\n' "$*"; }
die() { printf 'error: %s\n' "$*" >&2; exit 1; }

# Packages the build, the product and the sandbox need, with the reason that is printed.
BUILD_PACKAGES='liblzma-dev:reads .deb and index files
libzstd-dev:reads and writes zstd layers
libdeflate-dev:compresses layers
zlib1g-dev:unpacks layers that others made
libsqlite3-dev:keeps the records of the store
libp11-kit-dev:describes PKCS#11 tokens, for keys in hardware
pkg-config:finds these libraries
gpgv:checks the signatures of the archive
crun:runs contract tests in a sandbox
bubblewrap:runs them where control groups forbid crun
gcc:compiles the first-start helpers for this processor, and probes of contract tests
g++:compiles the probe for images with the C++ library
libc6-dev:is needed by these compilers
procps:stops servers under test
git:fetches the Swift packages
ca-certificates:verifies TLS peers'
# Images are made for both processors, whichever of them this machine has.
case $(dpkg --print-architecture 2>/dev/null) in
  arm64) BUILD_PACKAGES="$BUILD_PACKAGES
gcc-x86-64-linux-gnu:compiles the first-start helpers for amd64
libc6-dev-amd64-cross:is needed by that compiler" ;;
  *) BUILD_PACKAGES="$BUILD_PACKAGES
gcc-aarch64-linux-gnu:compiles the first-start helpers for arm64
libc6-dev-arm64-cross:is needed by that compiler" ;;
esac

require_debian() {
  [ -r /etc/os-release ] || die 'this script installs packages with apt and found no /etc/os-release; it works on Debian and Ubuntu'
  . /etc/os-release
  command -v apt-get >/dev/null || die "this script installs packages with apt, which ${PRETTY_NAME:-this system} does not have"
  if [ "${ID:-}" = ubuntu ] && [ -z "${ASHLAR_MIRROR:-}" ]; then
    die 'images are built from Debian packages, and this machine is set to use an Ubuntu archive.
  Name a Debian mirror first: export ASHLAR_MIRROR=http://HOST (its /debian and /debian-security are used)'
  fi
}

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"
  elif command -v sudo >/dev/null; then sudo "$@"
  else die "installing packages needs root: run as root, or install sudo"; fi
}

# install_packages 'name:reason' lines on standard input; installs only what is missing.
install_packages() {
  missing=
  while IFS=: read -r name reason; do
    [ -n "$name" ] || continue
    dpkg-query -W -f '${Status}' "$name" 2>/dev/null | grep -q 'install ok installed' && continue
    [ -n "$missing" ] || say 'Missing packages of the distribution:'
    printf '  %-24s %s\n' "$name" "$reason"
    missing="$missing $name"
  done
  [ -n "$missing" ] || return 0
  as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq
  # shellcheck disable=SC2086
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null ||
    die "apt could not install:$missing"
}

require_swift() {
  for place in "$(command -v swift || true)" /opt/swift/usr/bin/swift /opt/swift/bin/swift /usr/libexec/swift/bin/swift; do
    [ -x "$place" ] && { PATH="$(dirname "$place"):$PATH"; export PATH; break; }
  done
  command -v swift >/dev/null || die 'no Swift toolchain found. Install Swift 6.3 from https://www.swift.org/install/linux/ and try again'
  version=$(swift --version 2>/dev/null | sed -nE 's/.*Swift version ([0-9]+)\.([0-9]+).*/\1 \2/p' | head -1)
  set -- $version
  [ "${1:-0}" -gt 6 ] || { [ "${1:-0}" -eq 6 ] && [ "${2:-0}" -ge 3 ]; } ||
    die "Swift 6.3 or newer is needed, found ${1:-none}.${2:-}. Install it from https://www.swift.org/install/linux/"
}

# port_is_taken PORT: whether something listens on it for 127.0.0.1 or for every address. State 0A is LISTEN, see proc_net_tcp.
port_is_taken() {
  awk -v port="$(printf '%04X' "$1")" '$4 == "0A" { split($2, at, ":"); if (at[2] == port) found = 1 } END { exit !found }' \
    /proc/net/tcp /proc/net/tcp6 2>/dev/null
}

# watched LOG COMMAND...: runs it with its output in LOG; on a terminal the last line is shown as it changes. Its own exit status.
watched() {
  log=$1
  shift
  [ -t 1 ] || { "$@" >"$log" 2>&1; return; }
  "$@" >"$log" 2>&1 &
  running=$!
  while kill -0 "$running" 2>/dev/null; do
    printf '\r\033[K%s' "$(tail -n 1 "$log" | tr -d '\r\033' | cut -c 1-100)"
    sleep 1
  done
  printf '\r\033[K'
  wait "$running"
}

# judge_sandbox ASHLAR: whether this host enforces every limit of the sandbox in which contracts run. Where it does, `allowance` is
# empty; where it does not, and only there, it is the option that publishes all the same, and `judgement` says what is missing.
judge_sandbox() {
  judgement=$("$1" doctor 2>&1 | grep -E '^[^ ]+ +(sandbox|escape test):' || true)
  case $judgement in *'NOT held'*) die "the sandbox does not hold; nothing is built here:
$judgement" ;; esac
  judgement=$(printf '%s\n' "$judgement" | sed -n 's/^MISSING *//p')
  allowance=
  [ -z "$judgement" ] || allowance=--allow-missing-limits
}

# without_skips LOG: where CI is set, fails when something was skipped, but for what an ordinary user may not do.
without_skips() {
  [ -n "${CI:-}" ] || return 0
  skipped=$(grep SKIPPED "$1" || true)
  [ "$(id -u)" = 0 ] || skipped=$(printf '%s\n' "$skipped" | grep -v 'needs root' || true)
  [ -z "$skipped" ] || die "tests were skipped that this machine can run:
$skipped"
}

# copy_blobs FROM TO: as links where both lie on one file system, which costs no space; blobs are never changed in place.
copy_blobs() {
  cp -rl "$1" "$2" 2>/dev/null || { rm -rf "$2"; cp -r "$1" "$2"; }
}
