#!/usr/bin/python3
"""The Python client with daemons and consumers that are killed, and the work of its examples."""
# test: slow
import sys

from test_python_client import SLOW, run

if __name__ == "__main__":
    sys.exit(run(*SLOW))
