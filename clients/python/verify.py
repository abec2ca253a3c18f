#!/usr/bin/python3
"""Verifies export files of samenbus, proofs, announcements of new keys and the vectors, independently of
the daemon.

    verify.py FILE...              the same lines and exit codes as `samenbus verify`
    verify.py --evidence FILE      the proof of a fork, likewise; --key FILE.pub.yaml: whose key it is
    verify.py --proof FILE         the proof of a decision, likewise
    verify.py --rekey FILE         an announcement of a new key: whose and which, what counts of the old one,
                                   and whether it is signed; --key FILE.pub.yaml: the key that they had
    verify.py --vectors DIRECTORY  checks this verifier against the vectors of the protocol

Needs Debian's python3-nacl (PyNaCl) and nothing else; exit code 78 where that is missing. Written from
PROTOCOL.md alone.
"""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

EXIT_SETUP = 78

try:
    from samenbus_verify.command import main
except ModuleNotFoundError as missing:
    if str(missing.name).partition(".")[0] != "nacl":
        raise
    print("verify: nothing was verified: the Python module `nacl`, which checks signatures, is not installed. On "
          "Debian: apt install python3-nacl; elsewhere: pip install PyNaCl; then once more", file=sys.stderr)
    sys.exit(EXIT_SETUP)

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
