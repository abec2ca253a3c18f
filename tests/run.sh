#!/bin/sh
# Builds with sanitizers and runs every test; the last line says how many passed and failed.
#   tests/run.sh          everything
#   tests/run.sh quick    without the tests that call themselves slow: under two minutes
# Exit: 0 all passed, 1 something failed, 64 usage. Logs: build/test-logs/.
set -eu
cd "$(dirname "$0")/.."

case "${1:-full}" in
quick | full) mode=${1:-full} ;;
*) echo "usage: tests/run.sh [quick]" >&2; exit 64 ;;
esac

config/setup.sh test
mkdir -p build/test-logs
exec 9>build/test-logs/.lock
flock -n 9 || { echo "waiting for another run of the tests in this tree" >&2; flock 9; }

build_log=build/test-logs/build-asan.log
echo "building build/asan"
if ! { [ -f build/asan/build.ninja ] || cmake --preset asan; } >$build_log 2>&1 ||
    ! ninja -C build/asan -j2 -k 0 >>$build_log 2>&1; then
    errors=$(grep -E -A 2 'error:|undefined reference|multiple definition|CMake Error' $build_log |
        head -n 60)
    echo "${errors:-$(tail -n 20 $build_log)}"
    echo "FAIL build-asan (all of it: $build_log)"
    echo "0 passed, 1 failed"
    exit 1
fi
exec /usr/bin/python3 tests/runner.py $mode
