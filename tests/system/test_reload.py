#!/usr/bin/python3
"""Configurations change while daemons run: partners come by a file in conf.d and go, rights change,
mistakes change nothing, what cannot change is refused; those who stay do not notice."""
# test: slow
import os
import re
import signal

from region import Region, check, custom, main
from reload_tools import drop_in, edit, entry_of, put_back, reload, sessions, take_out

A, B, C = "GM0384", "GM0437", "GM0451"


def lines(text):
    return [line for line in text.splitlines() if line.strip()]


def live(r, org, other):
    p = r.peer(org, other)
    return p["outgoing"]["state"] == "live" and p["incoming"]["state"] == "live"


def takes_a_partner_in(r):
    """Onboarding is dropping in a file; the others do not notice."""
    r.wait_for(lambda: live(r, A, B) and live(r, B, A), "the first two are live")
    before = sessions(r, A)
    entry = r.entry
    drop_in(r, A, C, entry)
    check(lines(reload(r, A, "--dry-run")) == [f"+ partner {C}"], "the dry run")
    check(len(r.status(A)["peers"]) == 1, "a dry run changed something")
    check(lines(reload(r, A)) == [f"+ partner {C}"], "the reload")
    r.wait_for(lambda: live(r, A, C), "the new partner is live")
    r.publish(A, custom("welcome"), ack="remote:2")
    changes = sessions(r, A) - before
    dropped = re.findall(rf"{B}: (?:outgoing|incoming): (?:down|none|connecting|refused|stalled), was live.*", r.said(A))
    check(not dropped, f"the link to the other partner was dropped: {dropped}")
    check(changes > 0, "nothing was said of the new partner")


def changes_names_and_rights(r):
    text = edit(r, A, "name: Ouder-Amstel", "name: Aan de Amstel")
    edit(r, A, "publish: [custom/reader/], subscribe: false", "publish: [custom/], subscribe: true")
    edit(r, A, "level: info", "level: debug")
    edit(r, A, "max_size: 1GiB", "max_size: 1GiB, max_size_per_origin: 100MiB")
    said = reload(r, A)
    for line in (f"~ partner {B}: name: Ouder-Amstel -> Aan de Amstel",
                 "~ client reader: publish: custom/reader/ -> custom/",
                 "~ client reader: subscribe: false -> true", "~ log.level: info -> debug",
                 "~ store.max_size_per_origin: 256MiB -> 100MiB"):
        check(line in lines(said), f"{line!r} is not in {said!r}")
    check(r.peer(A, B)["name"] == "Aan de Amstel", r.peer(A, B))
    r.publish(A, custom("by the reader"), config="reader.yaml")
    code, out, err = r.command(A, "log", "view", "-o", "json", config="reader.yaml")
    check(code == 0 and "custom/test" in out, f"{code} {err}")
    put_back(r, A, text)
    reload(r, A)
    code, out, err = r.command(A, "publish", "-", stdin='{"topic":"custom/test","custom":{}}\n',
                               config="reader.yaml")
    check(code == 77, f"a right that was taken away: {code} {out}{err}")
    check(r.command(A, "log", "view", config="reader.yaml")[0] == 77, "may still read")


def moves_the_event_log(r):
    """To another file, which begins with the first event; and back, where it goes on."""
    with open(r.nodes[A].path("events.ndjson")) as f:
        before = f.read()
    text = edit(r, A, "{path: events.ndjson}", "{path: other.ndjson}")
    check("~ eventlog.path: " in reload(r, A), "the reload")
    r.publish(A, custom("in the other file"))

    def written(name):
        with open(r.nodes[A].path(name)) as f:
            return f.read().splitlines()
    r.wait_for(lambda: len(written("other.ndjson")) == len(r.texts(A)), "all of it")
    check(written("events.ndjson") == before.splitlines(), "the old file was written on")
    put_back(r, A, text)
    reload(r, A)
    r.wait_for(lambda: written("events.ndjson") == written("other.ndjson"), "it goes on")


def refuses_mistakes(r):
    """Each is said with its place, and nothing changes."""
    digest = r.status(A)["configDigest"]
    check(digest["running"] == digest["file"] != "", digest)
    text = edit(r, A, "level: info", "level: infos")
    edit(r, A, "name: Ouder-Amstel", "name: Other")
    said = reload(r, A, expect=78)
    check("samenbusd.yaml:" in said and "`infos`" in said and "did you mean" in said, said)
    now = r.status(A)
    check(now["configDigest"]["running"] == digest["running"] != now["configDigest"]["file"], now)
    check(r.peer(A, B)["name"] == "Ouder-Amstel", "half of it was taken over")
    check([a["code"] for a in now["alarms"]] == ["reload"], now["alarms"])
    os.kill(r.nodes[A].process.pid, signal.SIGHUP)
    r.wait_for(lambda: "reload by SIGHUP: nothing was changed" in r.said(A), "the log says so")
    put_back(r, A, text)
    for old, new, key in (("partnership: duoplus", "partnership: other", "partnership"),
                          ("path: store", "path: other", "path"),
                          (f"tcp://127.0.0.1:{r.nodes[A].service_port}", "tcp://127.0.0.1:1", "service"),
                          (f"id: {A}", "id: GM0736", "id")):
        edit(r, A, old, new)
        said = reload(r, A, expect=78)
        check(f"`{key}` cannot change while the daemon runs" in said and "restart" in said, said)
        put_back(r, A, text)
    check(lines(reload(r, A)) == ["nothing is different"], "put back")
    check(r.status(A)["alarms"] == [], r.status(A)["alarms"])


def takes_a_partner_out(r):
    """By SIGHUP this time; what it said before stays."""
    os.remove(r.nodes[A].path("conf.d", f"{C}.yaml"))
    os.kill(r.nodes[A].process.pid, signal.SIGHUP)
    r.wait_for(lambda: [p["id"] for p in r.status(A)["peers"]] == [B], "it is gone")
    r.publish(C, custom("unheard"))
    r.publish(B, custom("heard"))
    r.wait_for(lambda: "heard" in r.texts(A), "the other one is heard")
    check("unheard" not in r.texts(A), "who was taken out is heard")
    r.wait_for(lambda: r.peer(C, A)["outgoing"]["state"] == "refused", "it is told so")
    check("refuse our key" in r.peer(C, A)["outgoing"]["reason"], r.peer(C, A))
    r.wait_for(lambda: r.peer(A, B)["theirLagEvents"] == 0, "the other is not taken to lag behind a former partner")
    drop_in(r, A, C, r.entry)
    reload(r, A)
    r.wait_for(lambda: "unheard" in r.texts(A), "it is caught up with", 30)


def others_may_not(r):
    code, out, err = r.command(A, "reload", config="reader.yaml")
    check(code == 77 and "admin" in err, f"{code} {out}{err}")
    code, out, err = r.command(A, "peer", "retry", "GM0736")
    check(code == 77 and "no partner" in err, f"{code} {out}{err}")
    code, out, err = r.command(A, "peer", "retry", B)
    check(code == 0 and f"{B} is called at" in out, f"{code} {out}{err}")


def moves_a_partner(r):
    """A partner's daemon comes back at other ports: its partner is told by its file."""
    entry = entry_of(r, A, B)
    node = r.nodes[B]
    before = f"tcp://127.0.0.1:{node.service_port}"
    r.kill(B, signal.SIGTERM)
    old, ports = (node.publish_port, node.service_port), (node.service_port, node.publish_port)
    node.publish_port, node.service_port = ports
    r.configure(B)
    r.start(B)
    edit(r, A, entry, entry.replace(f":{old[0]}", ":@").replace(f":{old[1]}", f":{old[0]}")
         .replace(":@", f":{old[1]}"))
    said = reload(r, A)
    check(f"~ partner {B}: service: {before} -> tcp://127.0.0.1:{node.service_port}" in said, said)
    r.wait_for(lambda: live(r, A, B), "found again")
    r.publish(A, custom("moved"), ack="remote:2")


def a_partner_calls_no_more(r):
    """A partner takes our endpoint out and waits for our call: that way is not down, it is none."""
    text = edit(r, B, entry := entry_of(r, B, A),
                         "".join(line + "\n" for line in entry.splitlines() if "tcp:" not in line))
    check(f"~ partner {A}: service: " in reload(r, B), "the reload")
    r.wait_for(lambda: r.peer(A, B)["incoming"]["state"] == "none", "we are not waiting for its call")
    r.wait_for(lambda: r.peer(A, B)["outgoing"]["state"] == "live", "and ours goes on")
    def is_well():  # C, too, that refused us before: how it sees us comes with its next heartbeat
        code, out, err = r.command(A, "check", "peers")
        check(code == 0 and "down" not in out, f"check peers: exit {code}: {out}{err}")
        return True
    r.wait_for(is_well, "check peers is content")
    put_back(r, B, text)
    reload(r, B)
    r.wait_for(lambda: live(r, A, B), "it calls again")
    r.kill(B)
    r.wait_for(lambda: r.peer(A, B)["incoming"]["state"] == "down", "one that does not come back is down")
    r.start(B)
    r.wait_for(lambda: live(r, A, B), "it is back", 30)


def test():
    with Region([A, B, C]) as r:
        r.entry = entry_of(r, A, C)
        take_out(r, A, C)
        r.start()
        takes_a_partner_in(r)
        changes_names_and_rights(r)
        moves_the_event_log(r)
        refuses_mistakes(r)
        takes_a_partner_out(r)
        others_may_not(r)
        moves_a_partner(r)
        a_partner_calls_no_more(r)
        for org in (A, B, C):
            r.verify_store(org)


main(test)
