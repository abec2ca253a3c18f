#!/bin/sh
# Plays the simulator's worlds for a given time, from where the last soak ended:
#   tests/torture/soak.sh SECONDS [FILE]
# FILE has the next seed (default: build/soak.next). Prints seeds, turns, violations and worlds per
# second; a seed that fails prints the line that plays it again. First it plays some seeds twice:
# both runs must print the same, byte for byte. Exit: 0 no violation.
set -eu
cd "$(dirname "$0")/../.."
seconds=${1:?usage: tests/torture/soak.sh SECONDS [FILE]}
next_file=${2:-build/soak.next}
sim=${SAMENBUS_SIM:-build/asan/bin/samenbus-sim-fast}
batch=100
next=$(cat "$next_file" 2>/dev/null || echo 1000000)
first=$next

digest() {
    "$sim" --from "$1" --seeds 1 --verbose 2>&1 | sha256sum
}
for seed in "$next" $((next + 1)) $((next + 5)) $((next + 8)); do
    if [ "$(digest "$seed")" != "$(digest "$seed")" ]; then
        echo "violation: seed $seed plays differently the second time"
        exit 1
    fi
done

began=$(date +%s)
turns=0
failed=0
while [ $(($(date +%s) - began)) -lt "$seconds" ]; do
    out=$("$sim" --from "$next" --seeds $batch) || failed=$((failed + 1))
    line=$(echo "$out" | tail -n 1)
    worlds=${line%% worlds*}
    rest=${line#*worlds, }
    turns=$((turns + ${rest%% turns*}))
    echo "$out" | grep -A 1 '^seed ' || true
    next=$((next + worlds))
    echo "$next" >"$next_file"
    [ $failed -lt 5 ] || break
done
took=$(($(date +%s) - began))
echo "seeds $first to $((next - 1)): $((next - first)) worlds, $turns turns, $failed batches with" \
    "violations, in $took s: $(((next - first) / (took > 0 ? took : 1))) worlds/s; 4 seeds played twice alike"
[ $failed -eq 0 ]
