#!/usr/bin/python3
"""Two daemons run with one key: neither loses an acknowledged event, both say so, none stops, and
while nothing is published neither takes the word from the other."""
# test: slow
import os
import shutil
import time

import recorder
from ports import free_ports
from region import Node, Region, check, custom, main

ORGS = ["GM0384", "GM0437"]
ANEW = "another instance of this daemon"
IDLE_SECONDS = 8
ROUNDS = 4


def copy_folder(r, org, name):
    """The whole folder of a stopped daemon, keys and store, on other ports."""
    first = r.nodes[org]
    twin = Node(r, name, free_ports(2))
    shutil.copytree(first.dir, twin.dir, ignore=shutil.ignore_patterns("stderr"))
    for config in ("samenbusd.yaml", "client.yaml"):
        with open(twin.path(config)) as f:
            text = f.read()
        text = text.replace(f":{first.publish_port}", f":{twin.publish_port}")
        text = text.replace(f":{first.service_port}", f":{twin.service_port}")
        text = text.replace(first.dir + "/", twin.dir + "/")
        with open(twin.path(config), "w") as f:
            f.write(text)
    r.nodes[name] = twin
    r.orgs = r.orgs + [name]


def test():
    with Region(list(ORGS), dials={("GM0384", "GM0437")}) as r:
        r.configure("GM0384", lines=[recorder.install(r.nodes["GM0384"])])
        r.start()
        r.publish("GM0384", custom("before"))
        r.wait_same()
        check(r.kill("GM0384", 15) == 0, "stop")
        copy_folder(r, "GM0384", "twin")
        r.start("GM0384", "twin")
        instances = ["GM0384", "twin"]

        for i in instances:
            r.wait_for(lambda o=i: r.status(o)["state"] == "ready" and
                       r.peer(o, "GM0437")["outgoing"]["state"] == "live", f"{i} is ready and live")
        lines = {i: r.said(i).count("\n") for i in r.orgs}
        time.sleep(IDLE_SECONDS)
        check(not any(ANEW in r.said(i) for i in instances), "they greet anew with nothing to tell")
        for i in r.orgs:
            check(r.said(i).count("\n") - lines[i] <= 6, f"{i} talks while idle:\n{r.said(i)[-2000:]}")

        said = ["before"]
        for n in range(ROUNDS):
            for i in instances:
                r.publish(i, custom(f"{i} {n}"))
                said.append(f"{i} {n}")
            r.wait_for(lambda: all(r.texts(i) == sorted(said) for i in r.orgs), f"round {n} everywhere", 40)
        for i in instances:
            alarms = [a["code"] for a in r.status(i)["alarms"]]
            check("second_instance" in alarms, f"{i} does not say that there are two of it: {alarms}")
            check(r.status(i)["state"] == "ready", r.status(i)["state"])
            r.wait_for(lambda n=r.nodes[i]: recorder.has(n, "second_instance", "GM0384 "), f"on_alarm at {i}")
        r.wait_same()

        greetings = {i: r.said(i).count(ANEW) for i in instances}
        check(1 <= sum(greetings.values()) <= 4 * ROUNDS, f"greeted anew: {greetings}")
        time.sleep(IDLE_SECONDS)
        check(greetings == {i: r.said(i).count(ANEW) for i in instances}, "they greet anew while idle")
        for i in r.orgs:
            r.verify_store(i)
        check(os.path.exists(r.nodes["twin"].path("store")), "the twin has a store of its own")


main(test)
