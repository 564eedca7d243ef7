"""What `mekiki verify --json` and `reports read --json` print is described in
docs/json.md and its Japanese twin: each member has a row, with the type that it
has; and where a row lists words, the word that stands there is one of them."""

import json
import pathlib
import re
import subprocess

import pytest

from harness.mekiki import binary

ROOT = pathlib.Path(__file__).parents[2]
MAILS = ROOT / "testdata" / "explain"
ACCOUNT = "taro@home.example%pop.home.example"
PAGES = ("json.md", "json.ja.md")


@pytest.fixture(scope="module")
def printed(folder):
    """Of the mails in testdata/explain, of a file that is none, of facts by
    hand, and of the demonstration's mails, some changed and some deceptive."""
    demo = folder / "mails"
    subprocess.run([binary(), "demo", "--write", demo], check=True, timeout=60,
                   capture_output=True)
    explain = ["--config", "mekiki.toml", "--dns", "zone.json",
               "--at", "2026-03-02T02:00:00Z", "--account", ACCOUNT]
    out = []
    for place, arguments, code in [
        (MAILS, [*explain, "good.eml", "forged.eml", "list.eml", "no.eml"], 2),
        (MAILS, [*explain, "--ip", "192.0.2.1", "--helo", "a.example",
                 "good.eml"], 0),
        (demo, ["--dns", "zone.json", "--account",
                "demo@user.example%localhost",
                *sorted(m.name for m in demo.glob("*.eml"))], 1),
    ]:
        done = subprocess.run([binary(), "verify", "--json", *arguments],
                              cwd=place, capture_output=True, timeout=60)
        assert done.returncode == code, (done.stdout, done.stderr)
        out += [json.loads(line) for line in done.stdout.splitlines()]
    return out


def members(value, path=""):
    """("dkim[].domain", value) for each member at any depth."""
    if isinstance(value, dict):
        for name, inner in value.items():
            below = f"{path}.{name}" if path else name
            yield below, inner
            yield from members(inner, below)
    elif isinstance(value, list):
        for inner in value:
            yield from members(inner, path + "[]")


def described(page, command="verify"):
    """The columns type and meaning, by member."""
    text = (ROOT / "docs" / page).read_text()
    section = text.split(f"\n## {command}\n")[1].split("\n## ")[0]
    rows = re.findall(r"^\| `([^`]+)` \| ([^|]+) \| (.*) \|$", section, re.M)
    return {path: (kind, meaning) for path, kind, meaning in rows}


KINDS = {
    str: ("string", "文字列"), bool: ("boolean", "真偽値"),
    int: ("number", "数"), dict: ("object", "オブジェクト"),
    list: ("array", "配列"), type(None): ("null", "null")}


@pytest.mark.parametrize("page", PAGES)
def test_each_member_has_a_row_of_its_type(printed, page):
    known = described(page)
    seen = set()
    for mail in printed:
        for path, value in members(mail):
            seen.add(path)
            assert path in known, f"{path} is not in docs/{page}"
            kinds = re.split("[,、] ?", known[path][0])
            assert any(k in kinds for k in KINDS[type(value)]), (path, value)
    assert {"error", "changed.steps", "findings[].kind", "senderid.mfrom",
            "adsp.result", "iprev.name", "border.mail_from",
            "arc.instances[].seal"} <= seen


@pytest.mark.parametrize("page", PAGES)
def test_each_word_stands_in_its_row(printed, page):
    known = described(page)
    text = (ROOT / "docs" / page).read_text()
    listed = ["verdict", "x_dkim_check", "dkim[].result", "spf.result",
              "spf.source", "spf.identity", "adsp.result", "iprev.result",
              "dmarc.spec", "dmarc.result", "dmarc.code", "dmarc.policy",
              "dmarc.disposition", "arc.result", "arc.code", "changed.steps[]",
              "findings[].kind"]
    for mail in printed:
        values = list(members(mail))
        values += [("changed.steps[]", step) for path, steps in values
                   if path == "changed.steps" for step in steps]
        for path, word in values:
            if path in listed and word is not None:
                _, meaning = known[path.removesuffix("[]")]
                assert f"`{word}`" in meaning, f"{path}: {word}"
            if path == "border.status":  # rows of their own
                assert f"\n| `{word}` | " in text, word


@pytest.fixture(scope="module")
def reports(folder):
    """One report of each kind, one with nothing in it, and one that was judged."""
    corpus = ROOT / "testdata" / "fuzz" / "reports_read_fuzz"
    empty = b"<feedback><report_metadata/><record/></feedback>"
    zone = folder / "empty.json"
    zone.write_text("{}")
    out = []
    for words in (["xml", "failure", "tls", "tls.gz", "mail", "-"],
                  ["--judge", "--dns", zone, "failure"]):
        done = subprocess.run([binary(), "reports", "read", "--json", *words],
                              cwd=corpus, input=empty, capture_output=True, timeout=60)
        assert done.returncode == 0, done.stderr
        out += [json.loads(line) for line in done.stdout.splitlines()]
    return out


@pytest.mark.parametrize("page", PAGES)
def test_each_member_of_reports_has_a_row_of_its_type(reports, page):
    known = described(page, "reports read")
    seen = set()
    for report in reports:
        for path, value in members(report):
            seen.add(path)
            assert path in known, f"{path} is not in docs/{page}"
            kinds = re.split("[,、] ?", known[path][0])
            assert any(k in kinds for k in KINDS[type(value)]), (path, value)
            if path == "type":
                assert f"`{value}`" in known[path][1]
    assert {r["type"] for r in reports} == {"aggregate", "failure", "tls"}
    assert seen == set(known)


@pytest.mark.parametrize("page", ("reports.md", "reports.ja.md"))
def test_each_warning_of_reports_has_a_row(page):
    source = (ROOT / "src/reports/report.cpp").read_text()
    words = re.findall(r'case fault::\w+:\s+return "([^"]+)"', source)
    rows = re.findall(r"^\| `([^`]+)` \|", (ROOT / "docs" / page).read_text(), re.M)
    assert words == rows and len(words) > 20


def test_the_pages_describe_the_same():
    english, japanese = (
        re.findall(r"^\| `([^`]+)` \|", (ROOT / "docs" / page).read_text(), re.M)
        for page in PAGES)
    assert english == japanese
