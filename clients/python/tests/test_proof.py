#!/usr/bin/python3
"""Tests of proofs of forks and decisions: every flipped bit, every cut, exit codes (PROTOCOL §10.6, §10.7)."""
from __future__ import annotations

import base64
import io
import json
import sys
import tempfile
import unittest
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent)]

from samenbus_rules.statements import History  # noqa: E402
from samenbus_verify.command import main  # noqa: E402
from samenbus_verify.decision_lines import Verdict, proof_lines  # noqa: E402
from samenbus_verify.proof import verify_proof  # noqa: E402

DECISIONS = HERE.parents[2] / "proto" / "vectors" / "decision-proofs.json"
REKEYS = HERE.parents[2] / "proto" / "vectors" / "rekeys.json"
VECTORS = HERE.parents[2] / "proto" / "vectors" / "proofs.json"
PROOFS = [bytes.fromhex(case["file"]) for case in json.loads(VECTORS.read_text(encoding="utf-8"))["proofs"]
          if case["lines"][0].startswith("proof: ") and not case["key"]]


class Damaged(unittest.TestCase):
    """Nothing that is damaged proves anything."""

    def test_any_flipped_bit(self) -> None:
        for proof in PROOFS:
            for bit in range(8 * len(proof)):
                raw = bytearray(proof)
                raw[bit // 8] ^= 1 << bit % 8
                self.assertIsNotNone(verify_proof(bytes(raw)).fault, f"bit {bit % 8} of byte {bit // 8}")

    def test_any_cut(self) -> None:
        for proof in PROOFS:
            for end in range(len(proof)):
                fault = verify_proof(proof[:end]).fault
                self.assertEqual(fault and fault.code, "bad_file")


class DamagedDecision(unittest.TestCase):
    """Likewise of decisions: the smallest proof, and some of every byte of the largest one."""

    def setUp(self) -> None:
        cases = json.loads(DECISIONS.read_text(encoding="utf-8"))["proofs"]
        sound = [bytes.fromhex(case["file"]) for case in cases if case["lines"][0].startswith("decision: ")]
        self.small, self.large = min(sound, key=len), max(sound, key=len)

    def assert_fault(self, raw: bytes, where: str) -> None:
        """What is damaged has a fault, whatever it is."""
        lines = proof_lines(Verdict(raw), [])
        self.assertTrue(len(lines) == 1 and lines[0].startswith("fault "), where)

    def test_any_flipped_bit(self) -> None:
        for raw, bits in ((self.small, range(8 * len(self.small))), (self.large, range(3, 8 * len(self.large), 67))):
            for bit in bits:
                bad = bytearray(raw)
                bad[bit // 8] ^= 1 << bit % 8
                self.assert_fault(bytes(bad), f"bit {bit % 8} of byte {bit // 8}")

    def test_any_cut(self) -> None:
        for end in range(len(self.small)):
            self.assertIn(" bad_file: ", proof_lines(Verdict(self.small[:end]), [])[0])

    def test_a_huge_gap_costs_nothing(self) -> None:
        """What lies between is not walked through link by link: a run may begin anywhere."""
        history = History({"chains": [
            {"origin": "GM0384", "counter": 1, "tag": "0" * 16, "leansOn": None, "base": 1, "last": 2, "parents": []},
            {"origin": "GM0384", "counter": 1, "tag": "0" * 16, "leansOn": None, "base": 2**63, "last": 2**63,
             "parents": [{"chain": 0, "seq": 1}]}]})
        self.assertEqual(history.past((1, 2**63)), {(1, 2**63), (0, 1)})


class Command(unittest.TestCase):
    """Arguments and exit codes."""

    def run_main(self, *arguments: str) -> tuple[int, str]:
        """Exit code and what is printed."""
        out = io.StringIO()
        with redirect_stdout(out), redirect_stderr(io.StringIO()):
            code = main(list(arguments))
        return code, out.getvalue()

    def test_keys(self) -> None:
        verdict = verify_proof(PROOFS[0])
        with tempfile.TemporaryDirectory() as folder:
            file, own, other = Path(folder, "f.sbp"), Path(folder, "own.pub.yaml"), Path(folder, "other.pub.yaml")
            file.write_bytes(PROOFS[0])
            own.write_text(f'id: GM0384\nsign_key: "{base64.b64encode(verdict.key).decode()}"\ncurve_key: "x"\n')
            other.write_text(f"id: GM0384\nsign_key: {base64.b64encode(bytes(32)).decode()}\n")
            code, said = self.run_main("--evidence", str(file))
            self.assertEqual((code, said[:41]), (0, "proof: GM0384 signed two histories at 3-3"))
            code, said = self.run_main("--evidence", str(file), "--key", str(own))
            self.assertTrue(code == 0 and said.endswith(", known as that of GM0384\n"), said)
            code, said = self.run_main("--evidence", str(file), "--key", str(other))
            self.assertTrue(code == 1 and said.startswith("fault GM0384 - bad_key: "), said)
            self.assertEqual(self.run_main("--evidence", str(file), "--key", str(file))[0], 65)
            self.assertEqual(self.run_main("--evidence", str(Path(folder, "none")))[0], 65)
            file.write_bytes(PROOFS[0][:-1])
            self.assertEqual(self.run_main("--evidence", str(file))[0], 1)
            self.assertEqual(self.run_main("--evidence")[0], 64)

    def test_announcements(self) -> None:
        cases = json.loads(REKEYS.read_text(encoding="utf-8"))
        with tempfile.TemporaryDirectory() as folder:
            file, own, other = Path(folder, "a.rekey"), Path(folder, "own.pub.yaml"), Path(folder, "other.pub.yaml")
            for case in cases["announcements"]:
                file.write_bytes(bytes.fromhex(case["text"]))
                code, said = self.run_main("--rekey", str(file))
                seqs = [int(tip["seq"], 16) for tip in case["tips"]]
                lines = said.splitlines()
                self.assertEqual((code, lines[0], lines[2]),
                                 (0, f"new key of: {case['organisation']}",
                                  f"of the old key count: {len(seqs)} epochs, {sum(seqs)} events"))
                self.assertEqual(lines[3], f"partnership: {case['partnership']}")
                for line, name in ((4, "signKey"), (6, "oldKey")):
                    self.assertIn(base64.b64encode(bytes.fromhex(case[name])).decode(), lines[line])
                self.assertEqual(lines[7:], [f"counts up to: {tip['counter']}-{tip['tag']}:{seq} {tip['hash']}"
                                             for tip, seq in zip(case["tips"], seqs)])
                old = base64.b64encode(bytes.fromhex(case["oldKey"])).decode()
                own.write_text(f"id: {case['organisation']}\nsign_key: {old}\n")
                code, said = self.run_main("--rekey", str(file), "--key", str(own))
                self.assertIn(f"old_key: {old}, known as that of {case['organisation']}\n", said)
                for known in (f"id: {case['organisation']}\nsign_key: {base64.b64encode(bytes(32)).decode()}\n",
                              f"id: GM0001\nsign_key: {old}\n"):
                    other.write_text(known)
                    code, said = self.run_main("--rekey", str(file), "--key", str(other))
                    self.assertEqual((code, said), (1, f"fault {case['organisation']} - bad_key: it replaces another "
                                                    "key than the known one, or one of another organisation\n"))
            for case in cases["refused"]:
                file.write_bytes(bytes.fromhex(case["text"]))
                code, said = self.run_main("--rekey", str(file))
                self.assertTrue(code == 1 and said.startswith("fault - - bad_file: "), (case["name"], said))
            self.assertEqual(self.run_main("--rekey", str(file), "--key", str(file))[0], 65)
            self.assertEqual(self.run_main("--rekey", str(Path(folder, "none")))[0], 65)
            self.assertEqual(self.run_main("--rekey")[0], 64)
            self.assertEqual(self.run_main("--rekey", str(file), "--as-of", "2026-12-02")[0], 64)

    def test_decisions(self) -> None:
        case = json.loads(DECISIONS.read_text(encoding="utf-8"))["proofs"][0]
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, "d.sbd")
            file.write_bytes(bytes.fromhex(case["file"]))
            code, said = self.run_main("--proof", str(file))
            self.assertEqual((code, said.splitlines()), (0, case["lines"]))
            code, said = self.run_main("-o", "json", "--proof", str(file), "--as-of", "2026-12-02")
            self.assertEqual((code, json.loads(said)["outcome"]), (0, "open"))
            self.assertEqual(self.run_main("--proof", str(file), "--as-of", "2026-02-30")[0], 64)
            self.assertEqual(self.run_main("--proof", str(file), "--key", str(file))[0], 65)
            self.assertEqual(self.run_main("--proof", str(Path(folder, "none")))[0], 65)
            self.assertEqual(self.run_main("--proof")[0], 64)


if __name__ == "__main__":
    unittest.main()
