#!/bin/sh
# Installs the Debian packages that a group needs and that are missing; does nothing otherwise.
#   config/setup.sh [build|test]...      (nothing named: build; test includes build)
# May ask for a password through sudo. Never removes or upgrades anything on its own account.
set -eu

# "a|b" is satisfied by either; the first one that this release has is installed.
BUILD="cmake ninja-build gcc libc6-dev pkg-config|pkgconf protobuf-c-compiler libprotobuf-c-dev
    libzmq3-dev liblmdb-dev libyaml-dev libsodium-dev nettle-dev libjansson-dev"
TEST="libcmocka-dev clang libclang-rt-dev|libclang-rt-14-dev clang-format-14|clang-format
    universal-ctags binutils lintian python3 python3-zmq python3-protobuf python3-nacl python3-yaml
    python3-pytest python3-jsonschema python3-icalendar libical3 protobuf-compiler mypy
    python3-typeshed npm|nodejs"

die() {
    echo "setup: $*" >&2
    exit 1
}

# Of the package prometheus the tests need promtool alone, and no server that is started: it is
# unpacked into build/tools. Without a network the test of the alert rules says that it is left out.
fetch_promtool() {
    tools="$(dirname "$0")/../build/tools"
    if command -v promtool >/dev/null || [ -x "$tools/promtool" ]; then
        return 0
    fi
    fresh=$(mktemp -d)
    (cd "$fresh" && apt-get download -q prometheus >&2) && dpkg-deb -x "$fresh"/prometheus_*.deb "$fresh" &&
        mkdir -p "$tools" && mv "$fresh/usr/bin/promtool" "$tools/promtool" ||
        echo "setup: promtool could not be fetched: the alert rules are not tested" >&2
    rm -rf "$fresh"
}

# What the groups that are named need beside packages.
fetch_tools() {
    case " $* " in *" test "*) fetch_promtool ;; esac
}

is_installed() {
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# Prints the alternatives of which none is installed.
list_missing() {
    for alternatives in "$@"; do
        found=no
        for package in $(echo "$alternatives" | tr '|' ' '); do
            if is_installed "$package"; then
                found=yes
            fi
        done
        [ $found = yes ] || echo "$alternatives"
    done
}

# The first of the alternatives that can be had here.
choose() {
    for package in $(echo "$1" | tr '|' ' '); do
        if [ -n "$(apt-cache madison "$package" 2>/dev/null)" ]; then
            echo "$package"
            return
        fi
    done
    echo "${1%%|*}"
}

wanted=""
for group in "${@:-build}"; do
    case $group in
    build) wanted="$wanted $BUILD" ;;
    test) wanted="$wanted $BUILD $TEST" ;;
    *) echo "usage: config/setup.sh [build|test]..." >&2; exit 64 ;;
    esac
done

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    die "this is no Debian; install the counterparts of these yourself:" $wanted
fi
missing=$(list_missing $wanted)
if [ -z "$missing" ]; then
    fetch_tools "$@"
    exit 0
fi

if [ "$(id -u)" = 0 ]; then
    as_root="env"
elif command -v sudo >/dev/null; then
    as_root="sudo env"
else
    die "not root and no sudo; have somebody run: apt-get install" $missing
fi
echo "setup: installing" $missing >&2
$as_root apt-get update -q >&2 || echo "setup: the package lists could not be renewed; trying" >&2
packages=""
for alternatives in $missing; do
    packages="$packages $(choose "$alternatives")"
done
$as_root DEBIAN_FRONTEND=noninteractive \
    apt-get install -q -y --no-install-recommends $packages >&2 ||
    die "apt-get could not install:$packages"
missing=$(list_missing $wanted)
[ -z "$missing" ] || die "still missing after the installation:" $missing
fetch_tools "$@"
