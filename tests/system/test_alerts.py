#!/usr/bin/python3
"""The alert rules that are shipped, in Prometheus' own judge: over the metrics of a healthy daemon none
fires; with the one figure changed that it is about each fires, after its time and not before; and
what `samenbus metrics` prints is accepted. Needs promtool (config/setup.sh test fetches it)."""
# test: slow
import os
import re
import shutil
import sys

import yaml

from region import ROOT, Region, check, custom, main, program, run

A, B = "GM0384", "GM0437"
RULES = os.path.join(ROOT, "config", "alerts.yml")
HOURS = 60  # minutes
END = 10 * HOURS  # one scrape a minute
SICK_FROM = 2 * HOURS
GROWN = 26 * HOURS  # a day of growth, and the hour that the rule waits
DAY_OF_GROWTH = 300_000_000  # bytes: a store of 1 GiB is full within days

# What each is about: parts of the series (its name and labels), what it becomes; None: it is gone.
CAUSES = {
    "SamenbusDown": [("samenbus_up", 0)],
    "SamenbusNotReady": [('samenbus_state{state="ready"}', 0), ('samenbus_state{state="recovering"}', 1)],
    "SamenbusPartnerStalled": [('direction="incoming",state="live"', 0), ('direction="incoming",state="stalled"', 1)],
    "SamenbusPartnerSeesUsStalled": [('their_state{partner="GM0437",state="live"', 0),
                                     ('their_state{partner="GM0437",state="stalled"', 1)],
    "SamenbusLag": [("samenbus_partner_lag_events", 1001)],
    "SamenbusFork": [('alarms{code="fork"}', 1)],
    "SamenbusSecondInstance": [('alarms{code="second_instance"}', 1)],
    "SamenbusDamaged": [('alarms{code="store_changed"}', 1)],
    "SamenbusQuota": [('alarms{code="quota"}', 1)],
    "SamenbusStoreNearlyFull": [("samenbus_store_used_bytes", 900_000_000)],
    "SamenbusStoreFull": [('samenbus_state{state="full"}', 1)],
    "SamenbusStoreFullSoon": [("samenbus_store_used_bytes", f"0+{DAY_OF_GROWTH // (24 * HOURS)}x{GROWN}")],
    "SamenbusStoreFilling": [('alarms{code="store_filling"}', 1)],
    "SamenbusConsumerStuck": [('alarms{code="stuck_consumer"}', 1)],
}
OTHERS = {  # the same rule by its other road, and what the silence of the exporter itself comes to
    "SamenbusDown": [[("samenbus_", None)]],
    "SamenbusPartnerStalled": [[('direction="outgoing",state="down"', 1)], [('direction="outgoing",state="refused"', 1)]],
    "SamenbusLag": [[("samenbus_partner_lag_seconds", 61)]],
    "SamenbusDamaged": [[('alarms{code="damaged"}', 1)]],
    "SamenbusStoreFull": [[('alarms{code="store_full"}', 1)]],
}
TOGETHER = {"SamenbusStoreFullSoon": {"SamenbusStoreNearlyFull"},  # one cause, both are right
            "SamenbusStoreNearlyFull": {"SamenbusStoreFullSoon"}}


def promtool():
    tool = shutil.which("promtool") or os.path.join(ROOT, "build", "tools", "promtool")
    if not os.access(tool, os.X_OK):
        print("skipped: no promtool; config/setup.sh test fetches it from Debian's package prometheus")
        sys.exit(77)
    return tool


def rules():
    with open(RULES, encoding="utf-8") as f:
        return {rule["alert"]: rule for group in yaml.safe_load(f)["groups"] for rule in group["rules"]}


def minutes(rule):
    text = rule.get("for", "0m")
    return int(text[:-1]) * {"m": 1, "h": 60}[text[-1]]


def scrape(r):
    """{series: value} as the daemon gives them while all is well, and the whole text."""
    r.publish(A, custom("one"))
    r.wait_same()
    r.command(A, "consumer", "add", "archive")
    r.wait_for(lambda: r.peer(A, B)["theirView"]["state"] == "live", "both see each other")
    code, out, err = r.command(A, "metrics")
    check(code == 0, err)
    lines = [line.rsplit(" ", 1) for line in out.splitlines() if not line.startswith("#")]
    return {series: float(value) for series, value in lines}, out


def series_of(healthy, causes):
    found, used = [], set()
    end = GROWN if any(isinstance(sick, str) for _, sick in causes) else END
    for name, value in healthy.items():
        values = f"{value:.0f}+0x{end}"
        for part, sick in causes:
            if part in name:
                used.add(part)
                before = f"{value:.0f}+0x{SICK_FROM - 1}"
                values = (f"{before} _x{END - SICK_FROM}" if sick is None else
                          sick if isinstance(sick, str) else f"{before} {sick}+0x{END - SICK_FROM}")
        found.append({"series": name, "values": values})
    check(used == {part for part, _ in causes}, f"no series like {causes} among the metrics")
    return found


def firing(at, names):
    """Asks which alerts fire at that minute."""
    return {"expr": 'count by (alertname) (ALERTS{alertstate="firing"})', "eval_time": f"{at}m",
            "exp_samples": [{"labels": f'{{alertname="{name}"}}', "value": 1} for name in sorted(names)]}


def sick_case(healthy, name, causes, rule):
    grows = isinstance(causes[0][1], str)
    when = SICK_FROM + minutes(rule)
    questions = [firing(when + 6 * HOURS, {name} | (TOGETHER.get(name, set()) if not grows else set()))]
    if grows:
        questions = [firing(GROWN, {name})]
    elif name not in TOGETHER:
        slack = 5 if causes[0][1] is None else 0  # a series that is gone is remembered for so long
        questions += [firing(when - 1, set()), firing(when + 1 + slack, {name})]
    return {"name": f"{name} {causes}", "interval": "1m", "input_series": series_of(healthy, causes),
            "promql_expr_test": questions}


def described(healthy, name, causes, rule):
    """The words that people get: the labels are in them, and nothing went wrong in the template."""
    when = SICK_FROM + minutes(rule) + 10
    sick = next(series for series in healthy if causes[-1][0] in series)
    labels = dict(re.findall(r'(\w+)="([^"]*)"', sick))
    texts = {key: re.sub(r"{{ \$labels\.(\w+) }}", lambda m: labels[m[1]], text)
             for key, text in rule["annotations"].items()}
    texts = {key: re.sub(r"{{ \$value \| humanizePercentage }}", "83.82%", text) for key, text in texts.items()}
    check(not any("{{" in text for text in texts.values()), f"{name}: {texts}")
    if "samenbus_store_used" in causes[0][0]:
        labels = {}
    alert = {"exp_labels": {**labels, **rule["labels"]}, "exp_annotations": texts}
    return {"interval": "1m", "input_series": series_of(healthy, causes),
            "alert_rule_test": [{"eval_time": f"{when}m", "alertname": name, "exp_alerts": [alert]}]}


def judge(r, tool, tests):
    path = os.path.join(r.dir, "alerts_test.yml")
    with open(path, "w", encoding="utf-8") as f:
        yaml.safe_dump({"rule_files": [RULES], "evaluation_interval": "1m", "tests": tests}, f)
    return run(tool, "test", "rules", path, timeout=250)


def test():
    tool, shipped = promtool(), rules()
    check(set(CAUSES) == set(shipped), f"rules without a cause here: {set(shipped) ^ set(CAUSES)}")
    with Region([A, B]) as r:
        r.start()
        healthy, text = scrape(r)
        code, out, err = run(tool, "check", "metrics", stdin=text)
        check(code == 0 and not out and not err, f"promtool check metrics: {out}{err}")
        code, out, err = run(tool, "check", "rules", RULES)
        check(code == 0, f"promtool check rules: {out}{err}")
        tests = [{"name": "healthy", "interval": "1m", "input_series": series_of(healthy, []),
                  "promql_expr_test": [firing(at, set()) for at in (10, 5 * HOURS, END)]}]
        for name, causes in CAUSES.items():
            for one in [causes] + OTHERS.get(name, []):
                tests.append(sick_case(healthy, name, one, shipped[name]))
            if "{{" in str(shipped[name]["annotations"]) and name != "SamenbusLag":
                tests.append(described(healthy, name, causes, shipped[name]))
        code, out, err = judge(r, tool, tests)
        check(code == 0 and "SUCCESS" in out, f"promtool test rules: {out}{err}"[:6000])
        wrong = [dict(tests[0], promql_expr_test=[firing(10, {"SamenbusDown"})])]
        check(judge(r, tool, wrong)[0] != 0, "promtool finds nothing wrong with a wrong expectation")
        print(f"{len(shipped)} rules in {len(tests)} cases")


main(test)
