#!/usr/bin/python3
"""The clients in C, Python and Node at real daemons: what any of them publishes all of them read, at
either daemon, in order, once, and as the very same lines."""
# test: slow
from client_kinds import Reader, kinds, publish
from region import Region, check, custom, main

HOME, AWAY = "GM0384", "GM0437"
COUNT = 60


def named(prefix, count):
    return [f"{prefix}-{at}" for at in range(count)]


def check_order(reader, published):
    """Everything once, and of each publisher in its order."""
    texts = reader.texts()
    check(len(texts) == sum(map(len, published)), f"{reader.kind.name}: {len(texts)} events")
    for names in published:
        prefix = names[0].rsplit("-", 1)[0] + "-"
        check([text for text in texts if text.startswith(prefix)] == names,
              f"{reader.kind.name} has what was published as {prefix} in another order, or not all of it")


def check_lines(r, reader):
    """The same lines as the log has, save what may differ: nothing."""
    wanted = {event["id"]: event for event in r.log(reader.org) if event["topic"] == "custom/test"}
    for event in reader.events():
        check(event == wanted[event["id"]], f"{reader.kind.name} prints {event}, the log has {wanted[event['id']]}")


def test():
    with Region([HOME, AWAY]) as r:
        found = kinds()
        r.start()
        readers = [Reader(r, kind) for kind in found]
        try:
            for at, reader in enumerate(readers):
                reader.start([HOME, AWAY][at % 2])
            published = []
            for kind in found:
                for org in (HOME, AWAY):
                    published.append(named(f"{kind.name}-{org}", COUNT))
                    publish(r, org, kind, [custom(name) for name in published[-1]])
            for reader in readers:
                reader.wait(COUNT * len(published), "all")
                check_order(reader, published)
                check_lines(r, reader)
        finally:
            for reader in readers:
                reader.kill()
        print(f"{', '.join(kind.name for kind in found)}: {COUNT * len(published)} events each")


if __name__ == "__main__":
    main(test)
