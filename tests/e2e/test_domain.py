"""The records of one's own domain: asked of real DNS servers, and watched."""

import json
import socket
import types

import pytest

from harness.dashboard import Visitor
from harness.mails import DOMAIN as MAIL_DOMAIN
from harness.mekiki import binary, to_toml
from harness.nsd import Nsd
from harness.process import run
from harness.scripted import ScriptedServer
from harness.waiting import until
from test_admin import metrics, of
from test_history import HOST, Mailbox, mail

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
    assert "domains: warn, 1 of 1 watched domains: the mail records are broken" in health(second)
    counted = metrics(second)
    assert of(counted, "mekiki_domains", grade="bad") == 1
    assert of(counted, "mekiki_domains", grade="ok") == 0
    assert of(counted, "mekiki_domain_changes_total") == 1
    log = second.log()
    assert f"domain {DOMAIN}: SPF changed from v=spf1 -all to v=spf1 +all" in log
    assert f"domain {DOMAIN}: spf-allows-all ({DOMAIN} TXT): The term +all" in log


def health(mekiki):
    return Visitor(mekiki.admin_port).ask("GET", "/healthz")[2].decode()


MX = "mx." + DOMAIN


@pytest.fixture
def watching(start):
    """With the dashboard's administrator."""
    zone = types.SimpleNamespace(names={
        DOMAIN: {"MX": [[10, MX]], "TXT": ["v=spf1 mx include:other.example ?all"]},
        MX: {"A": ["192.0.2.25"]},
        "25.2.0.192.in-addr.arpa": {"PTR": [MX]},
        "other.example": {"TXT": ["v=spf1 ip4:198.51.100.0/24 -all"]},
        f"_dmarc.{DOMAIN}": {"TXT": ["v=DMARC1; p=none"]}})
    mekiki = start(zone, {"domains.watch": [DOMAIN, "gone.example"]})
    visitor = Visitor(mekiki.admin_port)
    visitor.set_up(mekiki)
    return mekiki, visitor


def row_of(visitor, domain=DOMAIN):
    return next(row for row in visitor.get("/api/own-domains")["domains"]
                if row["domain"] == domain)


def test_the_dashboard_has_all_of_a_domain(watching):
    mekiki, visitor = watching
    until(lambda: row_of(visitor, "gone.example")["grade"] == "bad", "it has looked")
    row = row_of(visitor)
    assert (row["grade"], row["policy"], row["parked"]) == ("warn", "none", False)
    assert (row["bad"], row["checking"], row["silent_since"]) == (0, False, None)
    page = visitor.get("/api/own-domain", name=DOMAIN.upper())
    report = page["report"]
    assert {found["id"] for found in report["findings"]} == {
        "spf-neutral-all", "dmarc-policy-none", "dmarc-no-reports"}
    assert all(found["publish"] for found in report["findings"])
    assert (report["spf"]["lookups"], len(report["spf"]["terms"])) == (2, 3)
    assert report["mx"][0]["addresses"][0]["confirmed"] is True
    assert {rule["rule"]: rule["holds"] for rule in report["google"]}["aligned"] is None
    assert [change["what"] for change in page["changes"]] == [
        "finding", "finding", "finding", "watched"]
    assert f"*._domainkey.{DOMAIN}. IN TXT \"v=DKIM1; p=\"" in page["parked_lines"]
    assert page["forged"]["days"] == []
    in_japanese = visitor.get("/api/own-domain", name=DOMAIN, lang="ja")
    assert "評価" in in_japanese["changes"][-1]["text"]


def test_a_domain_is_looked_at_when_that_is_asked_for(watching):
    _, visitor = watching
    until(lambda: row_of(visitor)["grade"] == "warn", "it has looked")
    first = row_of(visitor)["checked"]
    until(lambda: visitor.post("/api/own-domains/check", {"domain": DOMAIN}) == {}
          and row_of(visitor)["checked"] > first, "it has looked again")
    status, _, body = visitor.ask("POST", "/api/own-domains/check", {"domain": "other.example"})
    assert (status, json.loads(body)["error"]) == (404, "not-found")
    assert visitor.ask("GET", "/api/own-domain?name=other.example")[0] == 404


def test_the_history_s_keys_are_found_without_being_named(start, corpus):
    """A signed mail came; its selector, and since when, is known from then on."""
    corpus.zone.add_address(HOST, ["127.0.0.1"])
    with ScriptedServer() as server:
        mekiki = start(corpus.zone, {"upstream.clear_hosts": [HOST],
                                     "domains.watch": [MAIL_DOMAIN]})
        box = Mailbox(mekiki, server)
        assert box.fetch(mail(corpus, "one", 0)) == ["new"]
    visitor = Visitor(mekiki.admin_port)
    visitor.set_up(mekiki)

    def keys():
        visitor.post("/api/own-domains/check", {"domain": MAIL_DOMAIN})
        report = visitor.get("/api/own-domain", name=MAIL_DOMAIN)["report"]
        return report["dkim"] if report else []

    until(lambda: keys(), "the history has the key")
    [key] = keys()
    assert key["code"] == "ok" and key["first_seen"]
