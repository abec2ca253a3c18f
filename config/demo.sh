#!/bin/sh
# Builds samenbus, makes a region of three municipalities under build/demo/, starts their daemons on
# loopback, plays the story of Duo+ (config/demo/duoplus.txt), and shows what each of them has.
#   config/demo.sh           leaves the region running, with a list of things to try
#   config/demo.sh --once    stops it at the end
#   config/demo.sh stop      stops a running one
# A region that runs already is stopped first. Needs nothing but Debian: see config/setup.sh.
set -eu
cd "$(dirname "$0")/.."

REGION=build/demo
BIN=build/release/bin
ORGS="GM0384 GM0437 GM0451"
READY_TENTHS=100 # of a second that a daemon may take to serve

die() {
    echo "demo: $*" >&2
    exit 1
}

name_of() {
    case $1 in
    GM0384) echo Diemen ;;
    GM0437) echo Ouder-Amstel ;;
    GM0451) echo Uithoorn ;;
    esac
}

# The first of an organisation's two ports, counted from that of the region.
port_of() {
    case $1 in
    GM0384) echo $((BASE)) ;;
    GM0451) echo $((BASE + 10)) ;;
    GM0437) echo $((BASE + 20)) ;;
    esac
}

publish_of() {
    echo "tcp://127.0.0.1:$(port_of "$1")"
}

service_of() {
    echo "tcp://127.0.0.1:$(($(port_of "$1") + 1))"
}

# ---- build

build() {
    config/setup.sh build
    mkdir -p build
    log=build/demo-build.log
    echo "building $BIN"
    if ! { [ -f build/release/build.ninja ] || cmake --preset release; } >$log 2>&1 ||
        ! ninja -C build/release samenbusd sb_command >>$log 2>&1; then
        tail -n 30 $log >&2
        die "the build failed; all of it is in $log"
    fi
}

# ---- a daemon's life

# The daemon of this region, also one that somebody started by hand; sets pid.
is_running() {
    for at in /proc/[0-9]*; do
        pid=${at#/proc/}
        read -r program 2>/dev/null <"$at/comm" || continue
        [ "$program" = samenbusd ] || continue
        case $(tr '\0' ' ' 2>/dev/null <"$at/cmdline") in
        *" -c $PWD/$REGION/$1/samenbusd.yaml "*) return 0 ;;
        *" -c $REGION/$1/samenbusd.yaml "*)
            [ "$(readlink "$at/cwd")" != "$PWD" ] || return 0 ;;
        esac
    done
    return 1
}

start() {
    "$BIN/samenbusd" -t -c "$REGION/$1/samenbusd.yaml" >/dev/null
    setsid "$BIN/samenbusd" -c "$PWD/$REGION/$1/samenbusd.yaml" \
        </dev/null >/dev/null 2>"$REGION/$1/samenbusd.log" &
    echo $! >"$REGION/$1/pid"
}

await_ready() {
    tenths=0
    until grep -q ' ready: ' "$REGION/$1/samenbusd.log" 2>/dev/null; do
        if [ $tenths -ge $READY_TENTHS ] || { [ $tenths -ge 10 ] && ! is_running "$1"; }; then
            cat "$REGION/$1/samenbusd.log" >&2
            die "$1 does not serve"
        fi
        tenths=$((tenths + 1))
        sleep 0.1
    done
}

# Ends what runs of this region: all at once, then waits for each.
stop() {
    ended=""
    for org in $ORGS; do
        if is_running "$org"; then
            kill "$pid"
            ended="$ended $org"
        fi
    done
    for org in $ended; do
        while is_running "$org"; do
            sleep 0.1
        done
    done
    for org in $ORGS; do
        rm -f "$REGION/$org/pid"
    done
}

# ---- a region

# Does anybody listen there? The kernel's tables have ports in capital hexadecimal digits.
is_taken() {
    cat /proc/net/tcp /proc/net/tcp6 2>/dev/null |
        grep -q "^ *[0-9]*: [0-9A-F]*:$(printf %04X "$1") [0-9A-F:]* 0A"
}

choose_ports() {
    for BASE in 7461 8461 9461 17461 27461; do
        taken=no
        for org in $ORGS; do
            port=$(port_of "$org")
            if is_taken "$port" || is_taken $((port + 1)); then
                taken=yes
            fi
        done
        [ $taken = yes ] || return 0
    done
    die "no free ports on the loopback interface"
}

# The value of a key in a file of flat YAML.
value_of() {
    sed -n "s/^$2: *//p" "$1"
}

write_daemon_file() {
    cat >"$REGION/$1/samenbusd.yaml" <<END
# $(name_of "$1"); its partners stand in conf.d/
partnership: duoplus
organisation:
  id: $1
  name: $(name_of "$1")
  sign_key: keys/$1.sign.key
  curve_key: keys/$1.curve.key
listen:
  publish: $(publish_of "$1")
  service: $(service_of "$1")
store: {path: store, max_size: 4GiB}
clients:
  - name: operator
    curve_key: $(value_of "$REGION/$1/keys/operator.pub.yaml" curve_key)
    publish: [agenda/, decision/, notification/, custom/]
    subscribe: true
    admin: true
eventlog: {path: events.ndjson}
END
}

write_client_file() {
    cat >"$REGION/$1/client.yaml" <<END
# The operator's connection to the daemon of $(name_of "$1")
organisation: $1
publish: $(publish_of "$1")
service: $(service_of "$1")
server_key: $(value_of "$REGION/$1/keys/$1.pub.yaml" curve_key)
curve_key: keys/operator.curve.key
END
}

# Each gets the public file of each partner: it says who they are and where they are reached.
exchange_keys() {
    for partner in $ORGS; do
        [ "$partner" = "$1" ] || cp "$REGION/$partner/keys/$partner.pub.yaml" "$REGION/$1/conf.d/"
    done
}

make_region() {
    for org in $ORGS; do
        rm -rf "${REGION:?}/$org"
        mkdir -p "$REGION/$org/keys" "$REGION/$org/conf.d"
        "$BIN/samenbus" key gen --org "$org" --name "$(name_of "$org")" --out "$REGION/$org/keys" \
            --publish "$(publish_of "$org")" --service "$(service_of "$org")" >/dev/null
        "$BIN/samenbus" key gen --client operator --out "$REGION/$org/keys" >/dev/null
    done
    for org in $ORGS; do
        write_daemon_file "$org"
        write_client_file "$org"
        exchange_keys "$org"
    done
}

# ---- the story

# Plays `ORGANISATION PARTNERS EVENT` and tells `#: ...`.
play() {
    while IFS= read -r line; do
        case $line in
        "#: "*) echo "${line#???}" ;;
        "#"* | "") ;;
        *)
            org=${line%% *}
            rest=${line#* }
            printf '%s\n' "${rest#* }" |
                "$BIN/samenbus" publish -c "$REGION/$org/client.yaml" \
                    --ack "remote:${rest%% *}" >>"$REGION/published.ndjson" ||
                die "$org could not publish: $line"
            ;;
        esac
    done <config/demo/duoplus.txt
}

show() {
    for org in $ORGS; do
        echo
        echo "---- $(name_of "$org") ($org)"
        "$BIN/samenbus" status -c "$REGION/$org/client.yaml"
        echo
        "$BIN/samenbus" tail -c "$REGION/$org/client.yaml"
    done
    decided 2014-12-15
    decided "$(date +%F)"
}

# What it came to on a day: each derives it from its own copy, and all three find the same.
decided() {
    for org in $ORGS; do
        "$BIN/samenbus" decision list -c "$REGION/$org/client.yaml" --as-of "$1" -o json \
            >"$REGION/$org/decided.json"
        cmp -s "$REGION/GM0384/decided.json" "$REGION/$org/decided.json" ||
            die "$org finds other outcomes as of $1 than GM0384: $REGION/$org/decided.json"
    done
    echo
    echo "---- what was decided as of $1, the same at all three"
    "$BIN/samenbus" decision list -c "$REGION/GM0451/client.yaml" --as-of "$1"
}

suggest() {
    cat <<END

The region runs. Things to try:
  export SAMENBUS_CONFIG=$REGION/GM0451/client.yaml   # speak for Uithoorn
  $BIN/samenbus status
  $BIN/samenbus tail -f --topic decision/
  $BIN/samenbus decision show GM0384/014ac8c5-9680-7000-8000-000000000010
  $BIN/samenbus explain GM0451/014ac8c5-9680-7000-8000-000000001018   # who said it, who has it
  $BIN/samenbus agenda list
  echo '{"topic":"custom/groet","custom":{"contentType":"text/plain","data":"aGFsbG8="}}' |
    $BIN/samenbus publish -c $REGION/GM0384/client.yaml --ack remote:2

  # what Ouder-Amstel may not read, and the event log of Diemen
  $BIN/samenbus log view -o text -c $REGION/GM0437/client.yaml
  tail -f $REGION/GM0384/events.ndjson

  # a history that proves itself, with no daemon
  $BIN/samenbus export --origin GM0384 -O $REGION/GM0384.sbx
  $BIN/samenbus verify --file $REGION/GM0384.sbx

  # what three councils decided, for anybody to check
  $BIN/samenbus decision proof GM0384/014ac8c5-9680-7000-8000-000000000010 -O $REGION/duoplus.sbd
  $BIN/samenbus verify --proof $REGION/duoplus.sbd --key $REGION/GM0384/keys/GM0384.pub.yaml

  # one partner goes, the others go on; it comes back and catches up
  kill \$(cat $REGION/GM0437/pid)
  $BIN/samenbusd -c $REGION/GM0437/samenbusd.yaml

  config/demo.sh stop
END
}

# ---- the command

case "${1:-}" in
"" | --once) ;;
stop) stop; exit 0 ;;
*) echo "usage: config/demo.sh [--once|stop]" >&2; exit 64 ;;
esac

build
stop
choose_ports
make_region
trap stop EXIT
trap 'exit 130' INT TERM
for org in $ORGS; do
    start "$org"
done
for org in $ORGS; do
    await_ready "$org"
done
echo "three daemons run; Duo+ begins"
: >"$REGION/published.ndjson"
play
show
if [ "${1:-}" != --once ]; then
    trap - EXIT
    suggest
fi
