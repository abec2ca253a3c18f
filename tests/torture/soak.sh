#!/bin/sh
# Plays the simulator's worlds for a given time, from where the last soak ended:
#   tests/torture/soak.sh TIME [FILE [JOBS]]
# TIME: 90s, 30m, 12h. FILE has the next seed (default: build/soak.next). Every minute a line of
# counts; a seed that fails prints the line that plays it again. First it plays some seeds twice:
# both runs must print the same, byte for byte. Exit: 0 no violation.
set -eu
cd "$(dirname "$0")/../.."
time=${1:?usage: tests/torture/soak.sh TIME [FILE [JOBS]]}
next_file=${2:-build/soak.next}
jobs=${3:-1}
sim=${SAMENBUS_SIM:-build/asan/bin/samenbus-sim-fast}
next=$(cat "$next_file" 2>/dev/null || echo 1000000)

digest() {
    "$sim" --from "$1" --seeds 1 --verbose 2>&1 | sha256sum
}
for seed in "$next" $((next + 1)) $((next + 5)) $((next + 8)); do
    if [ "$(digest "$seed")" != "$(digest "$seed")" ]; then
        echo "violation: seed $seed plays differently the second time"
        exit 1
    fi
done

rc=0
out=$(mktemp)
trap 'rm -f "$out"' EXIT
{ "$sim" --soak "$time" --jobs "$jobs" --from "$next" || echo $? >"$out.rc"; } | tee "$out"
if [ -f "$out.rc" ]; then
    rc=$(cat "$out.rc")
    rm -f "$out.rc"
fi
last=$(sed -n 's/^seeds [0-9]* to \([0-9]*\):.*/\1/p' "$out" | tail -n 1)
[ -z "$last" ] || echo $((last + 1)) >"$next_file"
echo "4 seeds played twice alike"
exit "$rc"
