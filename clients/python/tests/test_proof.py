#!/usr/bin/python3
"""Tests of proofs of forks: every flipped bit, every cut, exit codes (PROTOCOL §10.6)."""
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

from samenbus_verify.command import main  # noqa: E402
from samenbus_verify.proof import verify_proof  # noqa: E402

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


if __name__ == "__main__":
    unittest.main()
