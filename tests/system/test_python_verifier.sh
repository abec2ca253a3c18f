#!/bin/bash
# The verifier in Python: its own tests, and every vector of the protocol.
# test: slow
set -eu
cd "$(dirname "$0")/../.."
export PYTHONDONTWRITEBYTECODE=1
/usr/bin/python3 -c 'import nacl' 2>/dev/null || { echo "python3-nacl is not installed"; exit 77; }
/usr/bin/python3 clients/python/tests/test_verify.py
/usr/bin/python3 clients/python/tests/test_proof.py
/usr/bin/python3 clients/python/verify.py --vectors proto/vectors
