#!/usr/bin/python3
"""Rights of clients and partners, per message: topics to publish and to read, rate, size. What is
refused names the rule to the one who asked, and who, what and the rule in the log."""
import time

from region import Region, check, custom, main, text_of

A, B = "GM0384", "GM0437"
BURST = 20  # ten seconds' worth of 2/s


def mine(text, **more):
    return {**custom(text, **more), "topic": "custom/reader/x"}


def restrict(r):
    path = r.nodes[A].path("samenbusd.yaml")
    with open(path) as f:
        text = f.read()
    text = text.replace("publish: [custom/reader/], subscribe: false}",
                        "publish: [custom/reader/], subscribe: true, read: [custom/reader/], "
                        "rate: 2/s, max_body: 1KiB}")
    text = text.replace(f"  - id: {B}\n", f"  - id: {B}\n    read: [agenda/, custom/reader/]\n")
    with open(path, "w") as f:
        f.write(text)


def refused(results, code, *words):
    wrong = [x["error"] for x in results if "error" in x]
    check(wrong and all(e["code"] == code for e in wrong), f"{results}")
    for word in words:
        check(word in wrong[0]["text"], f"{word!r} is not in {wrong[0]['text']!r}")
    return len(wrong)


def check_rate(r):
    first = mine("0")
    results = r.publish(A, first, *[mine(str(i)) for i in range(1, 40)], expect=77, config="reader.yaml")
    n = refused(results, "rate", "client reader may publish 2 events per second", "`rate` under `clients`",
                "try again in")
    check(BURST <= 40 - n <= BURST + 10, f"{40 - n} of 40 were taken")
    again = r.publish(A, {**first, "id": results[0]["id"]}, config="reader.yaml")
    check(again[0]["duplicate"], "a retry of what was published is no new event")
    time.sleep(0.6)
    r.publish(A, mine("after a while"), config="reader.yaml")


def check_size(r):
    results = r.publish(A, mine("x" * 2000), expect=77, config="reader.yaml")
    refused(results, "too_large", "client reader may publish 1024 at most", "`max_body`")


def check_topics(r):
    results = r.publish(A, custom("not mine"), expect=77, config="reader.yaml")
    refused(results, "not_allowed", "client reader may not publish to custom/test", "names custom/reader/")
    code, out, _ = r.command(A, "tail", "-o", "json", config="reader.yaml")
    check(code == 0 and out and all('"custom/reader/x"' in line for line in out.splitlines()), f"{out}")
    code, _, err = r.command(A, "tail", "--topic", "custom/test", config="reader.yaml")
    check(code == 77 and "client reader may not read custom/test" in err and "names custom/reader/" in err,
          f"exit {code}: {err}")
    code, _, err = r.command(A, "export", "--origin", A, "-O", r.nodes[A].path("x.export"), config="reader.yaml")
    check(code == 77 and "some topics only" in err, f"export: exit {code}: {err}")


def check_partner(r):
    results = r.publish(A, custom("to all"), expect=77)
    refused(results, "not_allowed", f"partner {B} may not be given custom/test", "`audience` without")
    r.publish(A, custom("to ourselves", audience=[A]))
    check("to ourselves" in r.texts(A) and "to ourselves" not in r.texts(B), "the audience")


def check_log(r):
    for line in ("reader: publish custom/reader/x: denied: more often than clients.rate",
                 "reader: publish custom/reader/x: denied: larger than clients.max_body",
                 "reader: publish custom/test: denied: clients.publish names no prefix",
                 "reader: subscribe custom/test: denied: clients.read names no prefix",
                 "operator: publish custom/test: denied: peers.read of a partner"):
        check(line in r.said(A), f"the log lacks {line!r}:\n{r.said(A)}")


def test():
    with Region([A, B]) as r:
        restrict(r)
        r.start()
        check_rate(r)
        check_size(r)
        check_topics(r)
        check_partner(r)
        check_log(r)
        r.wait_same()
        check(any(text_of(e) == "after a while" for e in r.log(B) if e["topic"]), "B reads what it may")


if __name__ == "__main__":
    main(test)
