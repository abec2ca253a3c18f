#!/usr/bin/python3
"""Tests of the verifier: files that are right, every fault, every flipped bit, every cut (PROTOCOL §10)."""
from __future__ import annotations

import io
import subprocess
import sys
import tempfile
import unittest
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from making import (KEY, NAME, NEW_KEY, ORIGIN, EpochMaker, StartMaker, blob, certificate, custom,  # noqa: E402
                    export, fixed64, header, number, parent, public, record, salt_of, small)
from samenbus_verify import protobuf, schema  # noqa: E402
from samenbus_verify.command import main, result_lines  # noqa: E402
from samenbus_verify.export import verify_export  # noqa: E402
from samenbus_verify.faults import SENTENCES  # noqa: E402
from samenbus_verify.words import NO_HASH, Malformed  # noqa: E402

VERIFY = HERE.parent / "verify.py"
LINE = r"^fault (-|[A-Z0-9-]{2,32}) (-|\d+-[0-9a-f]{8}:\d+) [a-z_]+: "
PROTO = HERE.parents[2] / "proto" / "samenbus.proto"


def lines(raw: bytes) -> list[str]:
    """What is printed for a file."""
    return result_lines(verify_export(raw))


def faults(raw: bytes) -> list[str]:
    """The same in short: seq and code of each fault, or the line of success."""
    return [f"{line.split()[2].rpartition(':')[2]} {line.split()[3][:-1]}" if line.startswith("fault") else line
            for line in lines(raw)]


class Right(unittest.TestCase):
    """Files without a fault."""

    def test_small(self) -> None:
        self.assertEqual(lines(export(*small()[1])), ["ok: 5 events, 1 epochs, 1 origins"])

    def test_nothing(self) -> None:
        self.assertEqual(lines(export()), ["ok: 0 events, 0 epochs, 1 origins"])

    def test_withheld_and_erased(self) -> None:
        epoch = EpochMaker().say(b"first", b"second").say(b"secret", audience=(b"GM9002", b"GM9003"))
        records = [epoch.event(1), epoch.event(2, b"e"), epoch.event(3), epoch.event(4, b"n"), epoch.checkpoint(4)]
        self.assertEqual(lines(export(*records)), ["ok: 4 events, 1 epochs, 1 origins"])

    def test_parents_and_mixed_epochs(self) -> None:
        one, records = small()
        two = EpochMaker(StartMaker(2, [parent(one, 5), parent(one, 2)])).say(b"first", b"more")
        mixed = [two.event(1), records[0], two.event(2), *records[1:], two.checkpoint(2), two.event(3),
                 two.checkpoint(3)]
        self.assertEqual(lines(export(*mixed)), ["ok: 8 events, 2 epochs, 1 origins"])

    def test_fork(self) -> None:
        epoch, records = small()
        other = EpochMaker().say(b"first", b"otherwise")
        more = [other.event(3), other.checkpoint(3)]
        self.assertEqual(lines(export(*records, *more)), ["ok: 6 events, 1 epochs, 1 origins"])

    def test_two_starts_of_one_epoch(self) -> None:
        other = EpochMaker(id=bytes(15) + b"\x01", salt=salt_of(b"other")).say(b"first")
        more = [*other.events(), other.checkpoint(2)]
        self.assertEqual(lines(export(*small()[1], *more)), ["ok: 7 events, 1 epochs, 1 origins"])

    def test_certified_key(self) -> None:
        epoch = EpochMaker(StartMaker(key=NEW_KEY, certificate=certificate())).say(b"first")
        self.assertEqual(lines(export(*epoch.events(), epoch.checkpoint(2))), ["ok: 2 events, 1 epochs, 1 origins"])

    def test_a_checkpoint_twice_and_a_lower_one_later(self) -> None:
        epoch, records = small()
        self.assertTrue(lines(export(*records, epoch.checkpoint(3), epoch.checkpoint(5)))[0].startswith("ok: 5 events"))

    def test_bodies_of_a_later_version(self) -> None:
        epoch = EpochMaker().say(b"first").add(custom(b"x") + blob(900, b"?")).add(blob(18, b"?")).add(b"")
        self.assertTrue(lines(export(*epoch.events(), epoch.checkpoint(5)))[0].startswith("ok: 5 events"))


class Records(unittest.TestCase):
    """bad_file, and where it is."""

    def test_not_an_export(self) -> None:
        whole = export(*small()[1])
        bad = [b"", whole[:8], whole[:9], whole[:30], b"x" + whole[1:], whole[:8] + b"\x02" + whole[9:],
               export(head=b""), export(head=record(9, b"")), export(head=record(1, header()[5:] + b"x")),
               export(head=header(name=b"")), export(head=header(name=b"a\0")), export(head=header(name=b"x" * 101)),
               export(head=header(key=b"short")), export(head=header(origin=b"gm"))]
        for raw in bad:
            found = lines(raw)
            self.assertEqual(len(found), 1, raw[:60])
            self.assertRegex(found[0], r"^fault (-|GM9001) - bad_file: not an export file of version 1$")
        self.assertIn("fault - - ", lines(b"")[0])

    def test_unknown_records(self) -> None:
        epoch, records = small()
        for bad in (record(0, b""), record(5, b"?"), header(), record(3, bytes(123)), record(4, bytes(7))):
            self.assertEqual(faults(export(bad, *records)), ["- bad_file"])
            self.assertEqual(faults(export(*records, bad)), ["6 bad_file"])

    def test_end(self) -> None:
        records = small()[1]
        whole = export(*records)
        self.assertEqual(faults(export(*records, count=6)), ["6 bad_file"])
        self.assertEqual(lines(whole + record(5, b"") + record(4, bytes(8))),
                         [f"fault GM9001 {small()[0].epoch.text()}:6 bad_file: a record behind the end"] * 2)
        self.assertEqual(faults(whole + b"\x02"), ["6 bad_file"])

    def test_every_cut(self) -> None:
        whole = export(*small()[1])
        for size in range(len(whole)):
            self.assertIn("bad_file: ", " ".join(lines(whole[:size])), size)

    def test_first_hundred(self) -> None:
        self.assertEqual(len(lines(export(*[record(9, b"")] * 150))), 100)


class Events(unittest.TestCase):
    """Faults of event records."""

    def test_unreadable_links(self) -> None:
        epoch, records = small()
        bad = record(2, b"\0\0\0\x09nonsense!")
        self.assertEqual(faults(export(bad, bad, *records)), ["- bad_link", "- bad_link"])
        self.assertEqual(faults(export(*records, bad, record(2, b""), bad)), ["6 bad_link", "7 bad_link", "8 bad_link"])

    def test_foreign_and_double_links(self) -> None:
        epoch, records = small()
        for other in ({"origin": b"GM9002"}, {"partnership": salt_of(b"x")}):
            foreign = EpochMaker().say(b"first").add(custom(b"x"), **other)
            self.assertEqual(faults(export(*records, foreign.event(3))), ["3 bad_link"])
        self.assertEqual(faults(export(*records, epoch.event(2))), ["2 bad_link"])

    def test_prev(self) -> None:
        epoch, records = small()
        self.assertEqual(faults(export(*records[:3], *records[4:])), ["4 bad_prev"])
        other = EpochMaker().say(b"first").add(custom(b"x"), prev=epoch.links[0].hash())
        self.assertEqual(faults(export(*records, other.event(3), other.checkpoint(3))), ["3 bad_prev"])

    def test_forms(self) -> None:
        epoch, records = small()
        salt, body = epoch.bodies[2]
        for form in (b"", b"x", b"nn", b"e?", b"p" + salt[:-1], b"p" + salt + body + b"x", b"p" + salt + body[:-1]):
            self.assertEqual(faults(export(*records[:3], epoch.event(3, form), *records[4:])), ["3 bad_body"], form)
        for form in (b"p" + salt_of(b"?") + body, b"p" + salt + body[:-1] + b"\x7f"):
            self.assertEqual(faults(export(*records[:3], epoch.event(3, form), *records[4:])), ["3 bad_commitment"])

    def test_bodies_that_are_not_well_formed(self) -> None:
        tip = number(2, 1) + number(4, 1)
        deep = blob(14, blob(4, tip + blob(5, bytes(31))))
        for body in (b"\x02\0", b"\x0b\x0c", b"\x08\x01", b"\x10", blob(1, b"\xc2\x28"), blob(1, b"a\0"), deep,
                     blob(1, b"\xed\xa0\x80"), custom(b"x") + blob(10, b""), b"\x10" + b"\xff" * 9 + b"\x7f",
                     b"\x8a\x80\x80\x80\x80\0\0", b"\x0a\xff\xff\xff\xff\x7f"):
            epoch = EpochMaker().say(b"first").add(body)
            self.assertEqual(faults(export(*epoch.events(), epoch.checkpoint(3))), ["3 bad_body"], body[:20])


class Epochs(unittest.TestCase):
    """bad_epoch and bad_key."""

    def check(self, epoch: EpochMaker, code: str, records: list[bytes] | None = None) -> None:
        """Without a known start its checkpoint is bad, and nothing is covered."""
        records = [*epoch.say(b"first").events(), epoch.checkpoint(2)] if records is None else records
        self.assertEqual(faults(export(*records)), [f"1 {code}", "2 bad_checkpoint", "1 no_checkpoint"])

    def test_starts(self) -> None:
        one = small()[0]
        same = parent(one, 5)
        counter, rest = number(2, 1), number(4, 5) + blob(5, salt_of(b"x"))
        for start in (StartMaker(1, [same]), StartMaker(2, [same] * 17), StartMaker(2, [blob(1, ORIGIN) + same]),
                      StartMaker(2, [rest]), StartMaker(2, [counter + blob(5, salt_of(b"x"))]),
                      StartMaker(2, [counter + number(4, 5)]), StartMaker(before=blob(1, b"custom/proef")),
                      StartMaker(nonce=b""), StartMaker(first_commitment=b"")):
            self.check(EpochMaker(start), "bad_epoch")
        self.check(EpochMaker(tag=7), "bad_epoch")
        epoch = EpochMaker().say(b"first")
        self.check(epoch, "bad_epoch", [epoch.event(1, b"n"), epoch.event(2), epoch.checkpoint(2)])

    def test_another_counter(self) -> None:
        epoch = EpochMaker()
        epoch.epoch = epoch.epoch._replace(counter=9)
        body = epoch.bodies[0]
        epoch.links, epoch.bodies = [], []
        epoch.add(body[1], 1)
        self.check(epoch, "bad_epoch")

    def test_not_a_system_event(self) -> None:
        epoch = EpochMaker()
        body = epoch.bodies[0][1]
        epoch.links, epoch.bodies = [], []
        self.check(epoch.add(body), "bad_epoch")

    def test_lengths_of_bytes(self) -> None:
        for start in (StartMaker(nonce=b"x" * 31), StartMaker(first_commitment=b"x" * 33),
                      StartMaker(certificate=blob(2, b"x"))):
            self.check(EpochMaker(start), "bad_body")

    def test_first_event(self) -> None:
        epoch = EpochMaker().say(b"not the first")
        self.assertEqual(faults(export(*epoch.events(), epoch.checkpoint(2))), ["2 bad_epoch"])

    def test_keys(self) -> None:
        for given in (b"", certificate(origin=b"GM9002"), certificate(name=b"elders"), certificate(signer=NEW_KEY),
                      certificate(old=NEW_KEY), certificate(new=KEY)):
            self.check(EpochMaker(StartMaker(key=NEW_KEY, certificate=given)), "bad_key")

    def test_a_pinned_key_needs_no_certificate(self) -> None:
        epoch = EpochMaker(StartMaker(certificate=certificate(signer=NEW_KEY))).say(b"first")
        self.assertTrue(faults(export(*epoch.events(), epoch.checkpoint(2)))[0].startswith("ok"))
        head = header(key=public(NEW_KEY))
        epoch = EpochMaker(StartMaker(key=NEW_KEY)).say(b"first")
        self.assertTrue(faults(export(*epoch.events(), epoch.checkpoint(2), head=head))[0].startswith("ok"))


class Checkpoints(unittest.TestCase):
    """bad_checkpoint and no_checkpoint."""

    def test_wrong_ones(self) -> None:
        epoch, records = small()
        hash_2 = epoch.links[1].hash()
        for bad, seq in ((epoch.checkpoint(3, NEW_KEY), 3), (epoch.checkpoint(3, seq=4), 4),
                         (epoch.checkpoint(3, seq=0), 0), (epoch.checkpoint(3, hash=hash_2), 3),
                         (epoch.checkpoint(3, hash=NO_HASH), 3), (epoch.checkpoint(3, time=bytes(8)), 3)):
            self.assertEqual(faults(export(*records, bad)), [f"{seq} bad_checkpoint"])

    def test_counter_0_is_no_place(self) -> None:
        epoch, records = small()
        bad = epoch.checkpoint(3)
        found = lines(export(*records, bad[:5] + bytes(4) + bad[9:]))
        self.assertTrue(found[0].startswith("fault GM9001 - bad_checkpoint: "))

    def test_before_its_event(self) -> None:
        epoch, records = small()
        found = faults(export(*records[:2], epoch.checkpoint(3), *records[2:]))
        self.assertEqual(found, ["3 bad_checkpoint"])

    def test_uncovered(self) -> None:
        epoch, records = small()
        self.assertEqual(faults(export(*records[:-1])), ["3 no_checkpoint"])
        other = EpochMaker().say(b"first", b"otherwise", b"and on")
        self.assertEqual(faults(export(*records, *other.events(3, 4))), ["3 no_checkpoint"])

    def test_what_comes_later_is_on_no_path(self) -> None:
        records = small()[1]
        found = faults(export(*records[:4], records[5], records[4], records[6]))
        self.assertEqual(found, ["5 bad_prev", "3 no_checkpoint"])

    def test_order_of_faults(self) -> None:
        epoch, records = small()
        found = faults(export(*records[:-1], record(9, b""), epoch.checkpoint(5, NEW_KEY), count=4))
        self.assertEqual(found, ["6 bad_file", "5 bad_checkpoint", "6 bad_file", "3 no_checkpoint"])


class Bits(unittest.TestCase):
    """Nothing can be changed unseen."""

    def test_every_bit(self) -> None:
        whole = export(*small()[1])
        for at in range(len(whole)):
            for bit in range(8):
                bad = bytearray(whole)
                bad[at] ^= 1 << bit
                found = lines(bytes(bad))
                self.assertRegex(found[0], LINE, (at, bit))
                self.assertTrue(all(line.split()[3][:-1] in SENTENCES for line in found), (at, bit))


class Tables(unittest.TestCase):
    """The table of messages says the same as samenbus.proto."""

    def test_schema(self) -> None:
        if not PROTO.exists():
            self.skipTest("samenbus.proto is not here")
        declared = schema.read_proto(PROTO.read_text(encoding="utf-8"))
        self.maxDiff = None
        for name, fields in schema.BODY_SCHEMA.items():
            plain = {no: f._replace(message="") if f.kind == "enum" else f for no, f in declared[name].items()}
            self.assertEqual(fields, plain, name)

    def test_levels(self) -> None:
        nested = {"A": {1: protobuf.Field("a", "message", message="A")}}
        protobuf.decode(nested, "A", blob(1, blob(1, blob(1, b""))))
        with self.assertRaises(Malformed):
            protobuf.decode(nested, "A", blob(1, blob(1, blob(1, blob(1, b"")))))

    def test_number_of_fields(self) -> None:
        plain = {"Body": {1: protobuf.Field("n", "uint64", repeated=True)}}
        most = number(2, 0) + blob(1, bytes(16384)) + number(1, 1) * 16383
        protobuf.decode(plain, "Body", most)
        for more in (number(1, 1), number(2, 1), blob(1, b"\0")):
            with self.assertRaises(Malformed):
                protobuf.decode(plain, "Body", most + more)

    def test_numbers(self) -> None:
        kinds = {"A": {1: protobuf.Field("n", "uint64", repeated=True), 2: protobuf.Field("i", "int64"),
                       3: protobuf.Field("f", "fixed64"), 4: protobuf.Field("e", "enum")}}
        raw = number(1, 5) + blob(1, b"\x06\x07") + number(2, -1) + fixed64(3, 9) + number(4, 3) + number(4, 0)
        self.assertEqual(protobuf.decode(kinds, "A", raw), {"n": [5, 6, 7], "i": -1, "f": 9})


class Command(unittest.TestCase):
    """Arguments and exit codes."""

    def run_main(self, *arguments: str) -> tuple[int, str, str]:
        """Exit code and both outputs."""
        out, err = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(err):
            code = main(list(arguments))
        return code, out.getvalue(), err.getvalue()

    def test_codes(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            good, bad = Path(folder, "good.sbx"), Path(folder, "bad.sbx")
            good.write_bytes(export(*small()[1]))
            bad.write_bytes(b"")
            self.assertEqual(self.run_main(str(good)), (0, "ok: 5 events, 1 epochs, 1 origins\n", ""))
            self.assertEqual(self.run_main(str(bad))[0], 1)
            self.assertEqual(self.run_main(str(good), str(bad))[0], 1)
            self.assertEqual(self.run_main(str(Path(folder, "none")))[:2], (65, ""))
            done = subprocess.run(["/usr/bin/python3", str(VERIFY), str(good)], capture_output=True, check=False)
            self.assertEqual((done.returncode, done.stdout[:3]), (0, b"ok:"))

    def test_without_nacl(self) -> None:
        # -S: nothing but what comes with Python itself
        done = subprocess.run(["/usr/bin/python3", "-S", str(VERIFY), "some.sbx"], capture_output=True, text=True,
                              check=False)
        self.assertEqual((done.returncode, done.stdout), (78, ""))
        self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
        for words in ("nothing was verified", "`nacl`", "apt install python3-nacl", "pip install PyNaCl"):
            self.assertIn(words, done.stderr)

    def test_usage(self) -> None:
        self.assertEqual(self.run_main()[0], 64)
        self.assertEqual(self.run_main("--nonsense")[0], 64)
        self.assertEqual(self.run_main("--help")[0], 0)


if __name__ == "__main__":
    unittest.main()
