#!/bin/bash
# The demo as a newcomer runs it: plays, shows, stops, and leaves nothing running.
set -eu
cd "$(dirname "$0")/../.."
out=$(mktemp)
trap 'rm -f "$out"' EXIT
config/demo.sh --once >"$out" 2>&1 || { cat "$out"; exit 1; }
for org in GM0384 GM0437 GM0451; do
    grep -q "$org" "$out" || { echo "the demo does not show $org"; cat "$out"; exit 1; }
done
for pidfile in build/demo/*/*.pid; do
    [ -e "$pidfile" ] || continue
    if kill -0 "$(cat "$pidfile")" 2>/dev/null; then
        echo "still running: $pidfile"
        exit 1
    fi
done
echo ok
