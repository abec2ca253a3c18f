#!/bin/sh
# Measures samenbus on this machine and prints it as ratios to the straight-line program ceiling.c,
# run in turn with it. Not a test: nothing here passes or fails.
#   tests/bench/run.sh            small counts, about two minutes
#   tests/bench/run.sh full       a million events
set -eu
cd "$(dirname "$0")/../.."

case "${1:-small}" in
small | full) ;;
*) echo "usage: tests/bench/run.sh [full]" >&2; exit 64 ;;
esac

config/setup.sh test
[ -f build/release/build.ninja ] || cmake --preset release >/dev/null
ninja -C build/release -j2 samenbusd sb_command bench_ceiling bench_ed25519 >&2
exec /usr/bin/python3 tests/bench/measure.py "${1:-small}"
