#!/bin/bash
# The demo as a newcomer runs it: it plays, shows what each has, stops within 15 s and leaves nothing
# running; without --once it leaves three daemons, which `stop` ends.
# test: slow, alone
set -eu
export LC_ALL=C.UTF-8
cd "$(dirname "$0")/../.."
out=$(mktemp)
trap 'rm -f "$out"; config/demo.sh stop' EXIT

fail() {
    echo "$1"
    cat "$out"
    exit 1
}

running() {
    readlink /proc/[0-9]*/exe | grep -c -F "$PWD/build/release/bin/samenbusd" || true
}

play() {
    config/demo.sh "$@" >"$out" 2>&1 || fail "exit $? of the demo"
}

play --once # builds, if it must
start=$(date +%s)
play --once
[ $(($(date +%s) - start)) -lt 15 ] || fail "the demo takes longer than 15 s"
[ "$(running)" = 0 ] || fail "something is left running"
for line in "Diemen (GM0384)" "Ouder-Amstel (GM0437)" "Uithoorn (GM0451)"; do
    grep -q -F "$line" "$out" || fail "the demo does not show $line"
done
[ "$(grep -c -F "partnership duoplus" "$out")" = 3 ] || fail "not three states"
[ "$(grep -c "live .* live" "$out")" = 6 ] || fail "not all six partners are live"
[ "$(grep -c "Vertrouwelijk" "$out")" = 2 ] || fail "two of the three may read the confidential one"
[ "$(grep -c "closing *adopted" "$out")" = 6 ] || fail "not all have both outcomes"
[ "$(grep -c "^---- what was decided as of .*, the same at all three" "$out")" = 2 ] || fail "not as of then and of today"
for line in "open: 3 of 4 in favour; GM0736 missing; due 31 December 2014" \
    "superseded: succeeded by" "adopted: 3 of 3 in favour; closed on 8 January 2015" \
    "adopted: 3 of 3 answered; closed on 26 November 2015"; do
    grep -q -F "$line" "$out" || fail "the demo does not end with: $line"
done

play
# each with the process that holds its signing key
[ "$(running)" = 6 ] || fail "$(running) processes run in the place of three daemons and their signers"
for org in GM0384 GM0437 GM0451; do
    build/release/bin/samenbus status -c build/demo/$org/client.yaml >>"$out" || fail "$org does not answer"
done
config/demo.sh stop
[ "$(running)" = 0 ] || fail "stop left something running"
status=0
config/demo.sh nonsense >>"$out" 2>&1 || status=$?
[ $status = 64 ] || fail "nonsense: exit $status"
echo ok
