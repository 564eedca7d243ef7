"""`mekiki demo`: what a newcomer types within the first minute."""

import os
import re
import signal
import subprocess

import pytest

from harness.dashboard import Visitor
from harness.mekiki import SANITIZER_REPORT, binary
from harness.process import Process, program, run
from harness.waiting import until


@pytest.fixture(scope="module")
def demo(folder):
    place = folder / "tmp"
    place.mkdir()
    process = Process(
        [binary(), "demo"], folder / "demo.log", env=dict(os.environ, TMPDIR=str(place))
    )
    until(
        lambda: "Ctrl-C ends" in process.output() or not process.is_running(),
        "the demo says what to type",
    )
    yield process
    assert process.end(by=signal.SIGINT) == 0, process.output()
    assert not SANITIZER_REPORT.search(process.output()), process.output()
    assert not list(place.iterdir())  # it cleans up


@pytest.fixture(scope="module")
def promised(demo):
    """{number: (X-DKIM-Check, verdict)} of the printed table."""
    rows = re.findall(
        r"^ *(\d+) +(pass|fail|none) +(new|unverified|forged) +\S", demo.output(), re.M
    )
    assert len(rows) >= 12
    return {int(number): (check, verdict) for number, check, verdict in rows}


def typed(demo, beginning):
    """The printed lines to type that begin so, run as they stand."""
    lines = re.findall(rf"^  ({beginning}.*)$", demo.output(), re.M)
    assert lines, demo.output()
    return [run([program("sh"), "-c", line]).stdout for line in lines]


def checks(octets):
    return re.findall(rb"^X-DKIM-Check: (\w+)\r?$", octets, re.M)


def test_it_shows_pass_fail_and_none(promised):
    assert {check for check, _ in promised.values()} == {"pass", "fail", "none"}
    assert len([v for _, v in promised.values() if v == "forged"]) >= 3


def test_what_it_prints_works_as_it_stands(demo, promised):
    outputs = typed(demo, "curl")
    listing = re.findall(rb"^(\d+) \d+\r?$", outputs[0], re.M)
    assert [int(number) for number in listing] == list(promised)
    for output in outputs[1:]:
        assert len(checks(output)) == 1, output


def test_each_mail_gets_the_words_that_were_promised(demo, promised):
    (output,) = typed(demo, "for")
    verdicts = re.findall(rb"^X-Mekiki-Verdict: (\w+)\r?$", output, re.M)
    got = [
        (check.decode(), verdict.decode())
        for check, verdict in zip(checks(output), verdicts, strict=True)
    ]
    assert got == list(promised.values())


def test_mails_and_zone_can_be_written_and_judged(folder, promised):
    target = folder / "written"
    run([binary(), "demo", "--write", target])
    mails = sorted(target.rglob("*.eml"))
    assert len(mails) == len(promised)
    done = subprocess.run(
        [binary(), "verify", "--config", target / "mekiki.toml",
         "--dns", target / "zone.json", "--account", "demo@user.example%localhost",
         *mails],
        capture_output=True,
    )
    assert done.returncode == 1, done.stderr  # some failed
    judged = [tuple(line.split()[:2]) for line in done.stdout.decode().splitlines()
              if ".eml" in line]
    assert judged == list(promised.values())


@pytest.fixture
def dashboard(demo):
    """Of nobody yet, and the password that was printed."""
    url, password = re.search(
        r"dashboard: (http://\S+) \(password: (\w+)\)", demo.output()
    ).groups()
    return Visitor(int(url.rstrip("/").rpartition(":")[2])), password


VERDICTS = ("genuine", "new", "unverified", "altered", "forged")


def test_the_dashboard_shows_six_weeks(dashboard):
    page, password = dashboard
    assert page.get("/api/session")["setup"] is False
    session = page.sign_in(password=password)
    assert (session["role"], session["demo"]) == ("admin", True)

    overview = page.get("/api/overview?days=42")
    mails = [sum(day[v] for v in VERDICTS) for day in overview["days"]]
    assert len(mails) == 42
    assert len([n for n in mails if n > 0]) >= 40
    assert 5_000 <= sum(mails) <= 10_000
    assert 6 <= len(overview["accounts"]) <= 8
    assert overview["forged_domains"]

    for verdict in VERDICTS:
        (mail,) = page.get(f"/api/mails?verdict={verdict}&limit=1")["mails"]
        assert mail["author"] and mail["subject"], verdict
        detail = page.get(f"/api/mail?id={mail['id']}")
        assert detail["results"] and detail["header"], verdict
        assert f"Verdict: {verdict}" in detail["story"]


def test_rules_keys_and_people_are_there(dashboard):
    page, password = dashboard
    page.sign_in(password=password)
    rules = page.get("/api/rules")["rules"]
    assert {rule["effect"] for rule in rules} == {"trust", "distrust"}
    assert any(rule["until"] for rule in rules)
    keys = page.get("/api/keys?search=print-works.example")["keys"]
    assert any(r["revoked"] for key in keys for r in key["records"])
    people = page.get("/api/people")["people"]
    assert {p["choice"]["language"] for p in people if p["chosen"]} == {"en", "ja"}
    club = page.get("/api/domain?name=yamabiko-club.example")["histories"]
    assert club and all(h["steadiness"] < 0.9 for h in club)
    steady = page.get("/api/domain?name=weather-desk.example")["histories"]
    assert any(h["steadiness"] >= 0.9 for h in steady)


def test_the_mailbox_signs_in_as_a_user(dashboard):
    page, password = dashboard
    session = page.sign_in(account="demo%localhost", password=password)
    assert session["role"] == "user"
    mails = page.get("/api/mails?limit=200")["mails"]
    assert len(mails) == 200
    assert {mail["account"] for mail in mails} == {session["account"]}
    club = page.get("/api/domain?name=yamabiko-club.example")
    assert {h["scope"] for h in club["histories"]} == {session["account"]}
