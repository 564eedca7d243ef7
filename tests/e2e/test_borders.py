"""A provider whose hosts neither name nor address gives away: proven mails show
where it takes mail in, the dashboard asks whether that is so, and the answer
counts from the next mail on."""

import email.utils
import functools
import json
import time

import pytest

from harness.dashboard import Visitor
from harness.mekiki import binary
from harness.process import run
from harness.scripted import ScriptedServer
from test_history import HOST, Mailbox, rows

BANK = "bank.example"  # asks to reject what does not come from its own host
VIEW = "public hidden.example by hidden.example smtp\nborder by hidden.example gw"
ORGANIZATIONS = 9


def organization(n):
    return f"org{n}.example"


def hop(client, by, when, name="unknown"):
    return (f"Received: from {name} ({name} [{client}])\r\n"
            f"\tby {by} (Postfix) with ESMTPS id 1;\r\n\t{when}\r\n").encode()


def through(client, path, octets, below=b""):
    """As the provider delivers it: its inner host is the client of another."""
    when = email.utils.formatdate(time.time() - 60)
    return (f"Return-Path: <{path}>\r\n".encode()
            + hop("192.0.2.7", "store.hidden.example", when, "gw.hidden.example")
            + hop(client, "gw.hidden.example", when) + below + octets)


def letter(subject, author):
    return (f"Date: {email.utils.formatdate()}\r\nFrom: Hanako <{author}>\r\n"
            f"To: taro@{HOST}\r\nSubject: {subject}\r\n\r\nHello.\r\n").encode()


def add_organizations(corpus):
    for n in range(ORGANIZATIONS):
        corpus.zone.add_text(organization(n), f"v=spf1 ip4:203.0.113.{n + 1} -all")
        corpus.zone.add_text("ed._domainkey." + organization(n), corpus.ed25519.record)


def proven_mail(corpus, n, subject="proven", below=b""):
    """The mail of an organization, by its own server."""
    author = f"hanako@{organization(n)}"
    signed = corpus.dkimpy(letter(subject, author), "ed", domain=organization(n))
    return through(f"203.0.113.{n + 1}", author, signed, below)


@pytest.fixture(scope="module")
def zone(corpus):
    zone = corpus.zone
    add_organizations(corpus)
    zone.add_address(HOST, ["127.0.0.1"])
    zone.names[HOST]["MX"] = [[10, "mx." + HOST]]
    zone.add_address("mx." + HOST, ["198.51.100.1"])
    zone.add_text(BANK, "v=spf1 ip4:203.0.113.100 -all")
    zone.add_text(f"_dmarc.{BANK}", "v=DMARC1; p=reject")
    return zone


@pytest.fixture(scope="module")
def proven(corpus):
    return functools.partial(proven_mail, corpus)


def forged(subject):
    return through("198.51.100.66", "x@evil.example", letter(subject, f"info@{BANK}"))


def honest(subject):
    return through("203.0.113.100", f"info@{BANK}", letter(subject, f"info@{BANK}"))


@pytest.fixture()
def server():
    with ScriptedServer() as server:
        yield server


def open_dashboard(mekiki):
    administrator = Visitor(mekiki.admin_port)
    administrator.set_up(mekiki)
    return administrator


def signed_in(mekiki, box):
    user = Visitor(mekiki.admin_port)
    user.sign_in(box.login, "password")
    return user


def refusal(visitor, body, fields=None):
    status, _, answer = visitor.ask("POST", "/api/borders/answer", body, fields)
    return status, json.loads(answer)["error"]


def provider(mekiki, command, *arguments):
    return run([binary(), "provider", command, *arguments, "--state", mekiki.state]
               ).stdout.decode()


def test_yes_makes_the_border_known_at_once(start, zone, proven, server):
    mekiki = start(zone, {"upstream.clear_hosts": [HOST]})
    administrator = open_dashboard(mekiki)
    taro, jiro = (Mailbox(mekiki, server, name) for name in ("taro", "jiro"))
    assert taro.fetch(*(proven(n) for n in range(4))) == ["new"] * 4
    assert jiro.fetch(proven(0)) == ["new"]
    him, other = signed_in(mekiki, taro), signed_in(mekiki, jiro)
    assert him.get("/api/borders") == {
        "scope": taro.login, "questions": [], "answers": []}
    yes = {"view": VIEW, "answer": "yes"}
    assert refusal(him, yes) == (404, "not-found"), "it is not asked yet"

    assert taro.fetch(proven(4), forged("before"), honest("before")) == [
        "new", "unverified", "unverified"]
    asked = him.get("/api/borders")
    assert asked["questions"] == [
        {"view": VIEW, "host": "gw*.hidden.example", "mails": 5, "senders": 5}]
    assert administrator.get("/api/borders", account=taro.login) == asked
    assert other.get("/api/borders")["questions"] == []
    assert other.get("/api/borders", account=taro.login)["scope"] == jiro.login
    status, _, _ = administrator.ask("GET", "/api/borders")
    assert status == 400, "of which account?"

    # Who may not answer, and what is no answer.
    assert refusal(other, yes) == (404, "not-found")
    assert refusal(other, yes | {"account": taro.login}) == (404, "not-found")
    assert refusal(administrator, yes) == (400, "bad-request")
    assert refusal(administrator, yes | {"account": jiro.login}) == (404, "not-found")
    assert refusal(Visitor(mekiki.admin_port), yes) == (401, "sign-in")
    for fields in ({"X-Mekiki-CSRF": None}, {"X-Mekiki-CSRF": other.csrf},
                   {"Origin": "http://evil.example"}):
        assert refusal(him, yes, fields) == (403, "csrf"), fields
    for change in ({"view": VIEW.split("\n")[1]}, {"view": VIEW + "\n"}, {"view": ""}):
        assert refusal(him, yes | change) == (404, "not-found"), change
    for change in ({"view": None}, {"answer": "perhaps"}, {"answer": True}):
        assert refusal(him, yes | change) == (400, "bad-request"), change
    assert rows(mekiki, "SELECT count(*) FROM border_answer") == [(0,)]
    assert taro.fetch(forged("asked")) == ["unverified"]

    assert him.post("/api/borders/answer", yes)["questions"] == []
    assert taro.fetch(forged("answered"), honest("answered")) == [
        "forged", "unverified"], "it accuses, and proves nothing"
    assert jiro.fetch(forged("hers")) == ["unverified"], "his own history"
    assert "in use, confirmed " in provider(mekiki, "list")
    (answered,) = him.get("/api/borders")["answers"]
    assert (answered["view"], answered["host"], answered["answer"]) == (
        VIEW, "gw*.hidden.example", "yes")

    # Whoever answered by mistake can change it.
    changed = him.post("/api/borders/answer", yes | {"answer": "no"})
    assert [a["answer"] for a in changed["answers"]] == ["no"]
    assert changed["questions"] == []
    assert taro.fetch(forged("refused")) == ["unverified"]
    told = provider(mekiki, "learn", "--account", taro.login)
    assert "that this is not the provider's server: gw*.hidden.example" in told
    assert f"`mekiki provider forget {HOST}" in told
    assert "not enough" not in told
    assert refusal(other, yes) == (404, "not-found")
    changed = him.post("/api/borders/answer", yes | {"answer": "later"})
    assert (changed["questions"], changed["answers"]) == ([], [])

    assert "1 answer forgotten" in provider(mekiki, "forget", HOST, "--account", taro.login)
    assert "confirmed" not in provider(mekiki, "list")


def test_no_and_later(start, zone, proven, server):
    mekiki = start(zone, {"upstream.clear_hosts": [HOST]})
    administrator = open_dashboard(mekiki)
    box = Mailbox(mekiki, server)
    assert box.fetch(*(proven(n) for n in range(5))) == ["new"] * 5
    him = signed_in(mekiki, box)
    (question,) = him.get("/api/borders")["questions"]
    later = {"view": question["view"], "answer": "later", "account": box.login}
    assert administrator.post("/api/borders/answer", later)["questions"] == []
    assert him.get("/api/borders")["questions"] == []
    assert "confirmed" not in provider(mekiki, "list")
    provider(mekiki, "forget", HOST)

    assert box.fetch(*(proven(n, "again") for n in range(5))) == ["new"] * 5
    him.post("/api/borders/answer", later | {"answer": "no"})
    assert box.fetch(*(proven(n, "more") for n in range(ORGANIZATIONS))) == (
        ["new"] * ORGANIZATIONS)
    assert him.get("/api/borders")["questions"] == []
    assert box.fetch(forged("refused")) == ["unverified"]
    assert "not in use, refused " in provider(mekiki, "list")


def test_a_hop_that_a_sender_invents_is_not_asked_about(start, zone, proven, server):
    """His mails come by one relay, and below it name whatever they like."""
    mekiki = start(zone, {"upstream.clear_hosts": [HOST]})
    open_dashboard(mekiki)
    box = Mailbox(mekiki, server)
    when = email.utils.formatdate(time.time() - 60)

    def invented(n):
        """His SPF record names the client of the hop that he invents."""
        mail = proven(n, "evil", hop(f"203.0.113.{n + 1}", "mx.trusted.example", when))
        return mail.replace(f"[203.0.113.{n + 1}]".encode(), b"[198.51.100.66]", 1)

    box.fetch(*(invented(n) for n in range(6)), proven(8))
    him = signed_in(mekiki, box)
    assert len(rows(mekiki, "SELECT 1 FROM border_vote WHERE depth = 2")) == 6
    assert him.get("/api/borders")["questions"] == [], "one honest mail is enough"


def test_a_shared_history_is_the_administrators_business(start, zone, proven, server):
    mekiki = start(zone, {"upstream.clear_hosts": [HOST],
                          "provider": [{"upstream": HOST, "shares_history": True}]})
    administrator = open_dashboard(mekiki)
    taro, jiro = (Mailbox(mekiki, server, name) for name in ("taro", "jiro"))
    taro.fetch(*(proven(n) for n in range(5)))
    him = signed_in(mekiki, taro)
    assert him.get("/api/borders") == {
        "scope": "", "questions": [], "answers": []}
    yes = {"view": VIEW, "answer": "yes", "account": jiro.login}
    assert refusal(him, yes) == (404, "not-found")
    asked = administrator.get("/api/borders", account=jiro.login)
    assert asked["scope"] == HOST and asked["questions"][0]["view"] == VIEW
    administrator.post("/api/borders/answer", yes)
    assert jiro.fetch(forged("shared")) == ["forged"]
