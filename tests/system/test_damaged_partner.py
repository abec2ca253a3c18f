#!/usr/bin/python3
"""A partner whose store is damaged serves a body that is not what was signed: it is left out, told with
partner, origin, epoch, seq and what to do next, and comes once somebody has a sound one."""
# test: slow
from forger import Forger
from region import Background, Region, check, custom, main

US, THEM = "GM0437", "GM0384"


def tell(_, forger):
    forger.tell(US, 40)


def test():
    with Region([US, THEM]) as r:
        r.start()
        r.publish(THEM, custom("before"))
        r.wait_same()
        forger = Forger(r, THEM)
        r.kill(THEM, 15)
        forger.say("what was signed")
        sound = forger.items[-1]
        link, salt, body = sound
        forger.items[-1] = (link, salt, body[:-1] + b"X")
        place = f"{THEM} {link.epoch.counter}-{link.epoch.tag:016x}"[:len(THEM) + 11] + f":{link.seq}"
        telling = Background(tell, forger)
        r.wait_for(lambda: f"{THEM}: EVENTS: {place}: bad_commitment" in r.said(US), f"{place} is told")
        line = next(line for line in r.said(US).splitlines() if "bad_commitment" in line)
        check(line.endswith("`samenbus verify --store`"), f"what to do next: {line}")
        check(r.texts(US) == ["before"], "what was not signed is here")
        forger.items[-1] = sound
        telling.stop()
        r.wait_for(lambda: r.texts(US) == ["before", "what was signed"], "the sound one is here")
        r.start(THEM)
        r.wait_same()


main(test)
