"""How many instructions a program runs, by the file that they are in."""

import os
import re

from .process import program


def callgrind(out):
    """A command that begins another one. `out` is written at its end."""
    return [program("valgrind"), "--tool=callgrind", "--dump-instr=no",
            f"--callgrind-out-file={out}", "-q"]


def by_object(out):
    """{name without ".so" and version: instructions}"""
    names, counts = {}, {}
    name, is_call = None, False
    with out.open() as lines:
        for line in lines:
            if match := re.match(r"(c?)ob=\((\d+)\)(?: (.*))?$", line):
                is_callee, number, path = match.groups()
                if path:
                    names[number] = os.path.basename(path).partition(".so")[0]
                if not is_callee:
                    name = names[number]
            elif line.startswith("calls="):
                is_call = True
            elif re.match(r"[\d+*-]", line):
                # What follows a call is the callee's, and counted there.
                if not is_call:
                    cost = int(line.split()[1])
                    counts[name] = counts.get(name, 0) + cost
                is_call = False
    return counts
