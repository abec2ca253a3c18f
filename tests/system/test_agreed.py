#!/usr/bin/python3
"""What clients are shown of a partner (`show` and `max_body` under `peers`): what lies outside is kept,
relayed and counted, no client but an administrator is given it, and its origin reads so in words."""
# test: slow
import json
import os
import sys

from client_kinds import BUILT, why_no_node, why_no_python
from region import ROOT, Region, check, custom, main, new_id, run, text_of
from reload_tools import edit, reload

A, B, C = "GM0384", "GM0437", "GM0451"  # A agreed something with B; C hears of B over A alone
RULE = "    show: [decision/open, custom/fine]\n    max_body: 1KiB\n"
READER = "publish: [custom/reader/], subscribe: false}"
LARGE = "x" * 3000
READ_TWICE = """
const client = new Client(process.argv[2]);
for (const topics of [[], ['custom/']]) {
  const states = [];
  for await (const event of client.subscribe(topics, { follow: false })) {
    states.push(event.state);
  }
  console.log(JSON.stringify(states));
}
client.close();
"""


def under(topic, text, **more):
    return {**custom(text, **more), "topic": topic}


def read(r, org, *argv, config="reader.yaml"):
    code, out, err = r.command(org, "tail", "-o", "json", *argv, config=config)
    check(code == 0, f"tail {argv} at {org}: exit {code}: {err}")
    return [json.loads(line) for line in out.splitlines()]


def texts(events):
    return [text_of(e) for e in events if e["type"] == "custom"]


def decide(r):
    """Two revisions' worth of nothing: a proposal of B that is shown, and its own position that is not."""
    decision = new_id()
    proposal = {"decisionId": decision, "title": "Treffen", "participants": [A, B], "rule": "consent_all",
                "body": "college", "deadline": "2030-01-01", "date": "2026-11-01"}
    proposed, taken = new_id(), new_id()
    r.publish(B, {"id": proposed, "topic": "decision/open", "proposal": proposal})
    reference = f"{B}/{decision}"
    for org, topic, event in ((B, "decision/b", taken), (A, "decision/open", new_id())):
        r.wait_for(lambda o=org: r.command(o, "decision", "show", reference)[0] == 0, "the proposal is there")
        r.publish(org, {"id": event, "topic": topic, "position": {
            "decision": reference, "revision": f"{B}/{proposed}", "value": "in_favour",
            "body": "college", "dateTaken": "2026-11-02"}})
    r.wait_same()
    return reference


def outcome(r, org, reference, config="client.yaml"):
    code, out, err = r.command(org, "decision", "show", reference, "-o", "json", config=config)
    check(code == 0, f"decision show at {org}: exit {code}: {out}{err}")
    view = json.loads(out)
    return view["outcome"], len(view["positions"]), view["complete"]


def check_views(r, reference):
    """Everybody derives the same; who is not shown a position is told that something is left out."""
    for org in (A, B, C):
        r.wait_for(lambda o=org: outcome(r, o, reference)[:2] == ("adopted", 2), f"adopted at {org}")
    r.wait_for(lambda: outcome(r, A, reference)[2], "an administrator is shown all of it")
    check(outcome(r, A, reference, "reader.yaml") == ("open", 1, False), outcome(r, A, reference, "reader.yaml"))


def check_streams(r, events):
    """With topics there is nothing of it; without, its link alone, in its place, so that no gap shows."""
    seen = read(r, A, "--topic", "custom/")
    check(texts(seen) == ["fine 1", "fine 2"], texts(seen))
    seen = {e["id"]: e for e in read(r, A)}
    for name in ("outside", "too large"):
        e = seen[events[name]["id"]]
        check(e["state"] == "hidden" and e["topic"] is None and e["body"] is None, e)
    check(seen[events["fine 1"]["id"]]["state"] == "present", seen)
    all_of_it = texts(read(r, A, config="client.yaml"))
    check(all_of_it == ["fine 1", "outside", LARGE, "fine 2"], f"an administrator: {all_of_it}")
    check(texts(read(r, C, "--topic", "custom/", config="client.yaml")) == all_of_it, "what A relayed is whole")


def check_python(r):
    """A client that proves what it reads takes the stream for whole, and the pages do not have it either."""
    if why_no_python():
        return
    sys.path.insert(0, os.path.join(ROOT, "clients", "python"))
    from samenbus import Client
    with Client(r.nodes[A].path("reader.yaml")) as client:
        for topics in ([], ["custom/"]):
            events = list(client.subscribe(topics, follow=False, patience=20))
            got = [e.content.data.decode() for e in events if e.type == "custom" and e.state == "present"]
            check(got == ["fine 1", "fine 2"], f"{topics}: {got}")
            hidden = [e for e in events if e.state == "hidden"]
            check(len(hidden) == (0 if topics else 3), f"{topics}: {hidden}")


def check_node(r):
    """The same of the client for Node."""
    if why_no_node():
        return
    path = r.nodes[A].path("read.mjs")
    with open(path, "w") as f:
        f.write(f"import {{ Client }} from '{os.path.join(BUILT, 'lib', 'index.js')}';\n{READ_TWICE}")
    code, out, err = run("node", path, r.nodes[A].path("reader.yaml"))
    check(code == 0, f"node: exit {code}: {out}{err}")
    whole, filtered = map(json.loads, out.splitlines())
    check(whole.count("hidden") == 3 and filtered == ["present", "present"], out)


def check_export(r):
    """A page has the link of what is not shown, and nothing of its body; it verifies."""
    path = r.nodes[A].path("b.export")
    code, _, err = r.command(A, "export", "--origin", B, "-O", path, config="reader.yaml")
    check(code == 0, f"export: exit {code}: {err}")
    with open(path, "rb") as f:
        found = f.read()
    check(b"fine 1" in found and b"outside" not in found and LARGE.encode() not in found, "bodies in the export")


def check_consumers(r):
    code, _, err = r.command(A, "consumer", "add", "fine", "--topic", "custom/", config="reader.yaml")
    check(code == 0, err)
    check(texts(read(r, A, "--consumer", "fine")) == ["fine 1", "fine 2"], "the consumer")

    def state():
        return json.loads(r.command(A, "consumer", "show", "fine", "-o", "json")[1])
    r.publish(B, under("custom/other", "outside too"))
    r.wait_same()
    r.wait_for(lambda: state()["behind"] == 0 and state()["state"] == "current", "it is not held up")


def check_words(r, n):
    """The log, the counters, and both statuses."""
    for line in (f"{B}: event {B}/", "custom/other: denied: peers.show names no prefix of this topic",
                 "custom/fine: denied: larger than peers.max_body"):
        check(line in r.said(A), f"the log lacks {line!r}:\n{r.said(A)}")
    ours = r.peer(A, B)
    check((ours["hidden"], ours["shows"]) == (n, "decision/open, custom/fine, up to 1024 bytes"), ours)
    check(r.status(A)["counters"]["denied"] == n, r.status(A)["counters"])
    metrics = r.command(A, "metrics")[1]
    check(f'samenbus_partner_hidden_events_total{{partner="{B}"}} {n}\n' in metrics, metrics)

    def told():
        theirs = r.peer(B, A)["theirView"]
        return (theirs["hidden"], theirs["hiddenTopic"], theirs["shows"]) == (n, "custom/other", ours["shows"])
    r.wait_for(told, "the partner is told")
    text = r.command(B, "status")[1]
    check(f"{A} does not show its clients our custom/other: outside what was agreed" in text, text)
    check("does not show" not in r.command(A, "status")[1], "of A's own events everything is shown")


def check_restart(r):
    """The rule holds after a start; what is counted begins anew, as it says."""
    r.kill(A, 15)
    r.start(A)
    r.wait_for(lambda: texts(read(r, A, "--topic", "custom/")) == ["fine 1", "fine 2"], "still")
    r.wait_for(lambda: r.peer(B, A)["theirView"]["hidden"] == 0, "since its start")
    text = r.command(B, "status")[1]
    check(f"{A} shows its clients of ours: decision/open, custom/fine, up to 1024 bytes" in text, text)


def check_reload(r):
    """It is a matter of showing: what came before is shown to who reads it from then on."""
    said = edit(r, A, RULE, "")
    out = reload(r, A)
    check(f"~ partner {B}: show: decision/open, custom/fine -> all" in out, out)
    check(texts(read(r, A, "--topic", "custom/")) == ["fine 1", "outside", LARGE, "fine 2", "outside too"], "all")
    later = texts(read(r, A, "--consumer", "fine"))
    check(later == ["outside too"], f"a consumer goes on behind what it acknowledged last: {later}")
    r.wait_for(lambda: r.peer(B, A)["theirView"]["shows"] == "", "the partner is told")
    with open(r.nodes[A].path("samenbusd.yaml"), "w") as f:
        f.write(said)
    edit(r, A, "show: [decision/open, custom/fine]", "show: []")
    code, _, err = r.command(A, "reload")
    check(code != 0 and "`show` names no topic" in err, f"{code}: {err}")


def test():
    with Region([A, B, C], dials={(A, B), (B, A), (A, C), (C, A)}) as r:
        for org in r.orgs:
            r.configure(org, lines=["recovery: {wait: 1s}"])
        edit(r, A, f"  - id: {B}\n", f"  - id: {B}\n{RULE}")
        edit(r, A, READER, READER.replace("false", "true"))
        r.start()
        events = {name: under(topic, text, id=new_id()) for name, topic, text in (
            ("fine 1", "custom/fine", "fine 1"), ("outside", "custom/other", "outside"),
            ("too large", "custom/fine", LARGE), ("fine 2", "custom/fine", "fine 2"))}
        r.publish(B, *events.values())
        reference = decide(r)
        check_views(r, reference)
        check_streams(r, events)
        check_python(r)
        check_node(r)
        check_export(r)
        check_consumers(r)
        check_words(r, 4)
        check_restart(r)
        check_reload(r)


if __name__ == "__main__":
    main(test)
