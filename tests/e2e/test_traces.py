"""The table of docs/verdict.md that tools/evaluate-traces makes of the public
traces is what this program makes of them."""

import json
import os
import pathlib
import re
import subprocess
import sys

import pytest

from harness.mekiki import binary

ROOT = pathlib.Path(__file__).parents[2]
TRACES = pathlib.Path(
    os.environ.get("MEKIKI_CONFORMANCE", ROOT.parent / "shared" / "conformance")) / "traces"


NOT_COMPARED = 3  # of tools/evaluate-traces


def evaluate(*more):
    return subprocess.run(
        [sys.executable, ROOT / "tools" / "evaluate-traces", TRACES, "--mekiki",
         binary(), *more], capture_output=True, text=True)


def are_those_of_the_pages():
    """Whether docs/conformance.md counts as many as are there."""
    page = (ROOT / "docs" / "conformance.md").read_text()
    told = re.search(r"^\| `traces` \| (\d+) \|", page, re.M)
    there = json.loads((TRACES / "MANIFEST.json").read_text())["count"]
    return int(told[1]) == there


def test_the_table_is_up_to_date():
    if not TRACES.exists():
        pytest.skip(f"NOT RUN: no conformance data at {TRACES}")
    done = evaluate("--check", ROOT / "docs" / "verdict.md")
    if done.returncode == NOT_COMPARED and not are_those_of_the_pages():
        pytest.skip(f"NOT RUN: there are other traces at {TRACES}: {done.stderr}")
    assert done.returncode == 0, done.stderr


def test_a_table_of_other_traces_is_not_taken_for_a_right_one(tmp_path):
    if not TRACES.exists():
        pytest.skip(f"NOT RUN: no conformance data at {TRACES}")
    written = (ROOT / "docs" / "verdict.md").read_text()
    page = tmp_path / "page.md"
    row = re.search(r"^\| Courier \| (\d+) \|.*\n", written, re.M)
    page.write_text(written.replace(row[0], ""))
    assert evaluate("--check", page).returncode == NOT_COMPARED
    page.write_text(written.replace(row[0], row[0].replace(" 0 |", " 1 |", 1)))
    assert evaluate("--check", page).returncode == 1
