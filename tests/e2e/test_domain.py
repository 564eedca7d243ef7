"""The records of one's own domain: asked of real DNS servers, and watched."""

import json
import socket
import types

import pytest

from harness.mekiki import binary, to_toml
from harness.nsd import Nsd
from harness.process import run
from harness.waiting import until

DOMAIN = "watched.example"
TEXTS = {
    DOMAIN: "v=spf1 -all",
    f"_dmarc.{DOMAIN}": "v=DMARC1; p=reject",
}


@pytest.fixture
def nsd(tmp_path):
    made = Nsd(tmp_path / "nsd")
    yield made
    made.end()


def check(tmp_path, port, **settings):
    """The report of `mekiki domain check` with the zone asked of
    127.0.0.1:port."""
    configuration = tmp_path / "mekiki.toml"
    chosen = {"dns.deadline": "300ms"}
    chosen |= {f"dns.{key}": value for key, value in settings.items()}
    stub = f'[[dns.stub]]\nzone = "{DOMAIN}"\nservers = ["127.0.0.1:{port}"]\n'
    configuration.write_text(to_toml(chosen) + stub)
    done = run([binary(), "domain", "check", "--json", "--config", configuration,
                DOMAIN], check=False)
    assert done.stdout, done.stderr
    return json.loads(done.stdout)


def ids(report):
    return {found["id"] for found in report["findings"]}


def test_a_signed_zone(nsd, tmp_path):
    anchor = nsd.add_signed(DOMAIN, TEXTS)
    report = check(tmp_path, nsd.start().port, dnssec="strict",
                   trust_anchor_files=[str(anchor)])
    assert report["dnssec"] == "present"
    assert report["spf"]["record"] == "v=spf1 -all"
    assert report["dmarc"]["policy"] == "reject"
    assert "dnssec-bogus" not in ids(report)


def test_a_zone_changed_after_it_was_signed(nsd, tmp_path):
    anchor = nsd.add_signed(DOMAIN, TEXTS,
                            lambda zone: zone.replace("v=spf1 -all", "v=spf1 +all"))
    port = nsd.start().port
    report = check(tmp_path, port, dnssec="strict", trust_anchor_files=[str(anchor)])
    assert "dnssec-bogus" in ids(report)
    assert report["grade"] == "bad"
    report = check(tmp_path, port, dnssec="off")
    assert report["dnssec"] == "unknown"
    assert "spf-allows-all" in ids(report)


def test_a_server_that_says_nothing(tmp_path):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        report = check(tmp_path, silent.getsockname()[1])
    assert ids(report) == {"dns-no-answer"}


def test_serve_tells_what_changed(start):
    zone = types.SimpleNamespace(names={
        DOMAIN: {"MX": [[0, "."]], "TXT": ["v=spf1 -all"]},
        f"_dmarc.{DOMAIN}": {"TXT": ["v=DMARC1; p=reject"]}})
    settings = {"domains.watch": [DOMAIN]}
    first = start(zone, settings)
    until(lambda: f"domain {DOMAIN}: watched from now on; grade ok" in first.log(),
          "it has looked")
    first.end()

    zone.names[DOMAIN]["TXT"] = ["v=spf1 +all"]
    second = start(zone, settings, state=first.state)
    until(lambda: "grade bad, was ok" in second.log(), "it has looked again")
    log = second.log()
    assert f"domain {DOMAIN}: SPF changed from v=spf1 -all to v=spf1 +all" in log
    assert f"domain {DOMAIN}: spf-allows-all ({DOMAIN} TXT): The term +all" in log
