#!/usr/bin/python3
"""Somebody changes an item or a decision between a command's reading and its writing: the command is
refused, says so in words, and how to look at what there is now."""
# test: slow
import json
import os

from region import Region, check, main
from valve import Valve

ORG = "GM0384"
WORDS = {"en": ("somebody has changed it meanwhile: look at it with `samenbus {} show {}`, then give the "
                "command again"),
         "nl": ("iemand heeft het intussen gewijzigd: bekijk het met `samenbus {} show {}` en geef de "
                "opdracht daarna opnieuw")}


class Between(Valve):
    """Before the second connection, by which a command writes what it made of what it read by the
    first, something is done."""

    def __init__(self, target, act):
        self.act, self.accepted = act, 0
        super().__init__(target)

    def _accept(self):
        self.accepted += 1
        if self.accepted == 2:
            self.act()
        super()._accept()


def say(r, *words):
    code, out, err = r.command(ORG, *words)
    check(code == 0, f"{words}: {code} {out}{err}")
    return json.loads(out)


def overtaken(r, noun, name, other, words, language):
    """Gives the command `words` while `other` comes in between; then once more."""
    node = r.nodes[ORG]
    between = Between(node.service_port, lambda: say(r, *other))
    with open(node.path("client.yaml"), encoding="utf-8") as f:
        text = f.read().replace(f":{node.service_port}\n", f":{between.port}\n")
    with open(node.path("between.yaml"), "w", encoding="utf-8") as f:
        f.write(text)
    os.environ["LC_ALL"] = {"en": "C.UTF-8", "nl": "nl_NL.UTF-8"}[language]
    code, out, err = r.command(ORG, *words, config="between.yaml")
    os.environ["LC_ALL"] = "C.UTF-8"
    between.close()
    check(between.accepted >= 2, "nothing came in between")
    check(code == 77 and json.loads(out)["error"]["code"] == "stale_revision", f"{code} {out}{err}")
    check(WORDS[language].format(noun, name) in err, err)
    say(r, *words)


def test():
    with Region([ORG]) as r:
        r.start()
        item = say(r, "agenda", "add", "--topic", "agenda/x", "--title", "Raad", "--start", "2026-11-10T20:00")["item"]
        for day, language in ((11, "en"), (12, "nl")):
            overtaken(r, "agenda", item, ("agenda", "move", item, "--start", f"2026-11-{day}T19:00"),
                      ("agenda", "move", item, "--start", f"2026-11-{day}T20:00"), language)
        overtaken(r, "agenda", item, ("agenda", "move", item, "--start", "2026-11-13T19:00"),
                  ("agenda", "cancel", item, "--why", "Te weinig punten"), "en")
        decision = say(r, "decision", "propose", "--topic", "decision/x", "--title", "Begroting",
                       "--participants", ORG, "--rule", "consent_all")["decision"]
        overtaken(r, "decision", decision, ("decision", "revise", decision, "--title", "Begroting 2"),
                  ("decision", "revise", decision, "--title", "Begroting 3"), "en")
        code, _, err = r.command(ORG, "agenda", "move", item, "--start", "nonsense")
        check(code != 0 and "meanwhile" not in err, err)


main(test)
