"""The table of docs/verdict.md that tools/evaluate-traces makes of the public
traces is what this program makes of them."""

import os
import pathlib
import subprocess
import sys

import pytest

from harness.mekiki import binary

ROOT = pathlib.Path(__file__).parents[2]
TRACES = pathlib.Path(
    os.environ.get("MEKIKI_CONFORMANCE", ROOT.parent / "shared" / "conformance")) / "traces"


def test_the_table_is_up_to_date():
    if not TRACES.exists():
        pytest.skip(f"NOT RUN: no conformance data at {TRACES}")
    done = subprocess.run(
        [sys.executable, ROOT / "tools" / "evaluate-traces", TRACES, "--mekiki",
         binary(), "--check", ROOT / "docs" / "verdict.md"],
        capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
