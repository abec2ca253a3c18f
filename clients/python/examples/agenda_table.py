#!/usr/bin/python3
"""Keeps an SQLite table of agenda items in step with the region, each event exactly once.

The cursor stands in the same database and is written in the same transaction as what an event
changes: whatever happens, both are there or neither is.

    agenda_table.py agenda.sqlite            goes on for ever
    agenda_table.py agenda.sqlite --once     up to now
"""
from __future__ import annotations

import argparse
import sqlite3
import sys
from pathlib import Path
from typing import Optional

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # not needed where it is installed

from samenbus import AgendaItem, Client, Cursor, Epoch, Event, Tip, errors  # noqa: E402

SCHEMA = """
CREATE TABLE IF NOT EXISTS item (
    item TEXT PRIMARY KEY,      -- ORG/UUID of the item
    event TEXT NOT NULL,        -- the edit that the row shows
    kind TEXT, title TEXT, start TEXT, "end" TEXT, date TEXT, location TEXT, status TEXT,
    unclear INTEGER NOT NULL);  -- an edit came that does not replace the one before it
CREATE TABLE IF NOT EXISTS edit (event TEXT PRIMARY KEY, item TEXT NOT NULL);  -- no event twice
CREATE TABLE IF NOT EXISTS cursor (
    origin TEXT, epoch TEXT, seq INTEGER NOT NULL, hash TEXT NOT NULL, PRIMARY KEY (origin, epoch));
"""
AT_A_TIME = 500  # events of one transaction, while many wait


def read_cursor(db: sqlite3.Connection) -> Cursor:
    """What the table has already been given."""
    rows = db.execute("SELECT origin, epoch, seq, hash FROM cursor").fetchall()
    epochs = [(int(counter), int(tag, 16)) for _, epoch, *_ in rows for counter, tag in [epoch.split("-")]]
    return Cursor(Tip(origin, Epoch(*epoch), seq, bytes.fromhex(hash))
                  for (origin, _, seq, hash), epoch in zip(rows, epochs))


def write_tip(db: sqlite3.Connection, tip: Tip) -> None:
    """Everything of that epoch up to here has been worked into the table."""
    db.execute("INSERT OR REPLACE INTO cursor VALUES (?, ?, ?, ?)",
               (tip.origin, tip.epoch.text(16), tip.seq, tip.hash.hex()))


def item_of(db: sqlite3.Connection, event: Event, content: AgendaItem) -> str:
    """The item that an event is about: of what it replaces, otherwise its own."""
    for replaced in content.supersedes:
        row = db.execute("SELECT item FROM edit WHERE event = ?", (replaced,)).fetchone()
        if row and row[0].partition("/")[2] == content.item_id:
            return row[0]
    return f"{event.origin}/{content.item_id}"


def apply(db: sqlite3.Connection, event: Event) -> None:
    """Work one event into the table; an event that is there already is an error."""
    content = event.content
    if not isinstance(content, AgendaItem):
        return
    item = item_of(db, event, content)
    shown: Optional[tuple[str]] = db.execute("SELECT event FROM item WHERE item = ?", (item,)).fetchone()
    unclear = shown is not None and shown[0] not in content.supersedes
    db.execute("INSERT INTO edit VALUES (?, ?)", (event.reference, item))
    db.execute("INSERT OR REPLACE INTO item VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
               (item, event.reference, str(content.agenda_kind), content.title, content.start, content.end,
                content.date, content.location, str(content.status or "planned"), unclear))


def follow(db: sqlite3.Connection, client: Client, once: bool) -> None:
    """One transaction for what waits, at most so many events."""
    waiting = 0
    events = client.subscribe(["agenda/"], cursor=read_cursor(db), follow=not once, patience=None)
    for event in events:
        apply(db, event)
        write_tip(db, event.tip)
        waiting += 1
        if waiting >= AT_A_TIME or not events.backlog:
            db.commit()
            waiting = 0
    db.commit()


def main() -> int:
    """Exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("database")
    parser.add_argument("-c", "--config", help="client.yaml (else SAMENBUS_CONFIG, ~/.config, /etc)")
    parser.add_argument("--once", action="store_true", help="end when everything up to now is in")
    given = parser.parse_args()
    db = sqlite3.connect(given.database)
    db.executescript(SCHEMA)
    try:
        with Client(given.config) as client:
            follow(db, client, given.once)
    except errors.Error as error:
        print(f"agenda_table: {error}", file=sys.stderr)
        return 1
    finally:
        db.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
