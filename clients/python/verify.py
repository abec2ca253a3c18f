#!/usr/bin/python3
"""Verifies export files of samenbus, proofs, announcements of new keys and the vectors, independently of
the daemon.

    verify.py FILE...              the same lines and exit codes as `samenbus verify`
    verify.py --evidence FILE      the proof of a fork, likewise; --key FILE.pub.yaml: whose key it is
    verify.py --proof FILE         the proof of a decision, likewise
    verify.py --rekey FILE         an announcement of a new key: whose and which, what counts of the old one,
                                   and whether it is signed; --key FILE.pub.yaml: the key that they had
    verify.py --vectors DIRECTORY  checks this verifier against the vectors of the protocol

Needs Debian's python3-nacl and nothing else. Written from PROTOCOL.md alone.
"""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from samenbus_verify.command import main  # noqa: E402

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
