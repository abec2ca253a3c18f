#!/bin/sh
# Fuzzes every decoder, both sessions, YAML and the export reader, each for a given time:
#   tests/torture/fuzz.sh TIME [TARGET...]
# TIME: 5s, 20m, 2h, for each target. TARGET: link, session, ... (default: all of tests/fuzz). It builds
# build/fuzz first, begins with the corpus of each, and prints what was executed. An input that is
# found stays in build/fuzz-found. Exit: 0 nothing was found, 77 no clang to build with.
set -eu
cd "$(dirname "$0")/../.."
usage="usage: tests/torture/fuzz.sh TIME [TARGET...]"
time=${1:?$usage}
shift
case $time in
*[0-9]s) seconds=${time%s} ;;
*[0-9]m) seconds=$((${time%m} * 60)) ;;
*[0-9]h) seconds=$((${time%h} * 3600)) ;;
*) echo "$usage" >&2; exit 64 ;;
esac
command -v clang >/dev/null || { echo "skipped: no clang"; exit 77; }

grown=$(mktemp -d)
trap 'rm -rf "$grown"' EXIT
mkdir -p build/fuzz-found
if ! { { [ -f build/fuzz/build.ninja ] || cmake --preset fuzz; } && ninja -C build/fuzz -j2; } >"$grown/build" 2>&1; then
    tail -n 20 "$grown/build"
    echo "FAILED: build/fuzz does not build"
    exit 1
fi

all=0 found=0 n=0
for source in tests/fuzz/fuzz_*.c; do
    target=$(basename "$source" .c)
    target=${target#fuzz_}
    case " ${*:-$target} " in
    *" $target "*) ;;
    *) continue ;;
    esac
    mkdir "$grown/$target"
    rc=0
    build/fuzz/bin/fuzz/fuzz_"$target" -max_total_time="$seconds" -print_final_stats=1 -verbosity=0 \
        -artifact_prefix="build/fuzz-found/$target-" "$grown/$target" "tests/fuzz/corpus/$target" \
        >"$grown/out" 2>&1 || rc=$?
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$grown/out")
    n=$((n + 1)) all=$((all + ${runs:-0}))
    if [ "$rc" -ne 0 ] || [ -z "$runs" ]; then
        tail -n 30 "$grown/out"
        found=$((found + 1))
    fi
    echo "$target: ${runs:-0} executions, exit $rc"
done
[ "$n" -gt 0 ] || { echo "FAILED: no such target: $*"; exit 64; }
echo "$n targets, $all executions, $found findings"
[ "$found" -eq 0 ]
