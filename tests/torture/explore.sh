#!/bin/sh
# Plays every interleaving of the small worlds, states hashed, and prints its counts:
#   tests/torture/explore.sh [--large] [--every-order]
# Without --large it takes a minute; with it hours and most of 16 GB. Exit: 0 no violation.
set -eu
cd "$(dirname "$0")/../.."
exec "${SAMENBUS_SIM:-build/asan/bin/samenbus-sim-fast}" --explore "$@"
