#!/usr/bin/python3
"""The model of what events mean (PROTOCOL §18), compared with the vectors or with given cases.

rules.py --vectors proto/vectors
rules.py --cases < FILE        # one case per line, in the form of the vectors"""
import sys

from samenbus_rules.command import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
