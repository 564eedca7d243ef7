"""Method B by SMTP, and what administrators get: warnings and digests as they
arrive through a real Postfix."""

import email
import email.policy
import os
import re
import sqlite3
import time

import dkim
import pytest

from harness.account import HOST, Account, mail, own_mail
from harness.dovecot import Dovecot
from harness.mails import DOMAIN
from harness.mekiki import binary, take_marks
from harness.ports import free_ports
from harness.postfix import Postfix
from harness.process import run
from harness.scripted import ScriptedServer
from harness.waiting import until
from test_report_store import ABOUT, TODAY, xml

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0, reason="NOT RUN: Postfix can be started by root alone"
)

HOUR = 3600


@pytest.fixture(scope="module")
def zone(corpus):
    corpus.zone.add_address(HOST, ["127.0.0.1"])
    corpus.zone.add_address("localhost", ["127.0.0.1"])  # Postfix
    corpus.zone.add_text(f"_dmarc.{DOMAIN}", "v=DMARC1; p=reject")
    return corpus.zone


@pytest.fixture(scope="module")
def postfix(folder, authority):
    certificate = authority.issue("localhost")
    dovecot = Dovecot(folder / "dovecot")
    users = ["flood", "later", "down", "root", "boss", "digest", "second", "back", "owner", "reports"]
    made = Postfix(folder / "postfix", certificate, dovecot.auth_socket, users)
    yield made
    made.end()
    dovecot.end()


@pytest.fixture()
def server():
    with ScriptedServer() as made:
        yield made


@pytest.fixture()
def serve(start, zone, folder, authority, postfix, corpus):
    """Mekiki whose mails go through Postfix, at once."""
    password = folder / "password"
    password.write_text(Dovecot.PASSWORD + "\n")
    password.chmod(0o600)
    key = folder / "own.pem"
    key.write_bytes(corpus.rsa.pem)
    key.chmod(0o600)

    def go(settings, state=None):
        return start(zone, {
            "upstream.clear_hosts": [HOST],
            "users.methods": "C",
            "users.budget": 0,
            "smtp.host": "localhost",
            "smtp.port": postfix.port,
            "smtp.user": "mekiki",
            "smtp.password_file": str(password),
            "smtp.extra_ca": str(authority.file),
            "smtp.from": f"mekiki@{DOMAIN}",
            "smtp.dkim_domain": DOMAIN,
            "smtp.dkim_selector": "rsa",
            "smtp.dkim_key": str(key),
            "warnings.gather": "100ms",
            "warnings.interval": "0ms",
            **settings,
        }, state=state)

    return go


SENT = {"warnings.by": "smtp", "users.methods": "B", "history.deadline": "10s",
        "provider": [{"upstream": HOST, "mail_domain": DOMAIN}]}


def read(octets):
    parsed = email.message_from_bytes(octets, policy=email.policy.default)
    assert not parsed.defects
    assert parsed["Return-Path"] is None or parsed["Return-Path"] == "<>"
    return parsed, parsed.get_body(("plain",)).get_content()


def change(mekiki, statement):
    with sqlite3.connect(mekiki.state / "mekiki.db") as db:
        return db.execute(statement).rowcount


def test_a_flood_is_one_mail_that_outlives_a_restart(serve, server, postfix, zone):
    """It waits until the program that gathered it is gone."""
    first = serve({**SENT, "warnings.gather": "1d"})
    account = Account(first, server, f"flood@{DOMAIN}")
    account.user("set", "--word", "marmalade")
    account.fetch(*[mail(f"flood {n}") for n in range(7)])
    account.wait_until_warned(7)
    first.end()
    again = serve({**SENT, "warnings.interval": "7d"}, first.state)
    [octets] = postfix.wait_for("flood", 1)
    parsed, text = read(octets)
    assert parsed["Subject"] == "[Mekiki] 7 mails to be careful with"
    assert parsed["To"] == f"flood@{DOMAIN}"
    assert all(f"flood {n}" in text for n in range(7))
    assert "real notice: marmalade" in text
    assert b"Return-Path: <>" in octets
    names = zone.texts()
    assert dkim.verify(octets, dnsfunc=lambda name, **_: names.get(
        name.decode().rstrip(".")))
    assert Dovecot.PASSWORD not in again.log() and "marmalade" not in again.log()
    # Nothing of it stands in the listing.
    with Account(again, server, f"flood@{DOMAIN}").log_in() as client:
        assert client.ok("STAT").split()[1] == b"7"
        client.quit()
    # The next ones wait for the interval to pass.
    account = Account(again, server, f"flood@{DOMAIN}")
    account.fetch(mail("late 1"), mail("late 2"))
    account.wait_until_warned(9)
    again.end()
    serve(SENT, first.state)
    text = read(postfix.wait_for("flood", 2)[1])[1]
    assert "late 1" in text and "late 2" in text and "flood 6" not in text


@pytest.mark.parametrize("user", ["a,b", "victim@elsewhere.example"])
def test_whose_address_is_not_certain_has_it_in_the_listing(serve, server, user):
    account = Account(serve(SENT), server, user)
    account.fetch(mail("one"))
    account.wait_until_warned(1)
    with account.log_in() as client:
        assert client.ok("STAT").split()[1] == b"2"
        client.quit()


def test_what_cannot_be_sent_is_tried_again(serve, server, postfix):
    (closed,) = free_ports(1)
    first = serve({**SENT, "smtp.port": closed})
    account = Account(first, server, f"down@{DOMAIN}")
    account.fetch(mail("one"))
    until(lambda: "was not sent yet" in first.log(), "the log tells it")
    assert account.count("outgoing_mail") == 1
    first.end()
    assert change(first, "UPDATE outgoing_mail SET due = 0") == 1
    again = serve(SENT, first.state)
    [octets] = postfix.wait_for("down", 1)
    assert "one" in read(octets)[1]
    until(lambda: account.count("outgoing_mail") == 0, "it is settled")


def test_administrators_get_the_header_of_a_forged_mail(serve, server, postfix):
    first = serve({"warnings.administrators": [f"root@{DOMAIN}", f"boss@{DOMAIN}",
                                               f"unknown@{DOMAIN}"],
                   "warnings.at_once": True, "warnings.gather": "1d"})
    account = Account(first, server)
    forged = mail("Your invoice")
    account.fetch(mail("Hello", "unknown.example"), forged)
    account.wait_until_warned(1)
    first.end()
    again = serve({"warnings.administrators": [f"root@{DOMAIN}", f"boss@{DOMAIN}",
                                               f"unknown@{DOMAIN}"],
                   "warnings.at_once": True, "warnings.language": "ja"}, first.state)
    [octets] = postfix.wait_for("root", 1)
    parsed, text = read(octets)
    assert parsed["Subject"] == "[Mekiki] なりすまし：「Your invoice」"
    assert f"メールボックス：{account.login}" in text
    [attached] = parsed.iter_attachments()
    assert attached.get_content_type() == "text/rfc822-headers"
    assert attached.get_payload(decode=True) == forged.partition(b"Send money")[0]
    assert read(postfix.wait_for("boss", 1)[0])[1] == text
    until(lambda: "is given up" in again.log(), "the third is unknown there")
    assert re.search(rf"unknown@{DOMAIN}\W* is given up: .*550", again.log())
    until(lambda: account.count("outgoing_mail") == 0, "all are settled")


def test_a_changed_record_of_an_own_domain_is_told_once(serve, postfix, zone):
    """What was there at the first look is not."""
    settings = {"warnings.administrators": [f"owner@{DOMAIN}"],
                "warnings.language": "ja", "domains.watch": ["own.example"]}
    zone.names["own.example"] = {"MX": [[0, "."]], "TXT": ["v=spf1 ?all"]}
    zone.add_text("_dmarc.own.example", "v=DMARC1; p=reject")
    first = serve(settings)
    until(lambda: "own.example: watched from now on" in first.log(), "it has looked")
    first.end()
    zone.names["own.example"]["TXT"] = ["v=spf1 +all"]
    second = serve(settings, first.state)
    [octets] = postfix.wait_for("owner", 1)
    parsed, text = read(octets)
    assert parsed["Subject"] == "[Mekiki] own.example のメール用レコードに不具合があります"
    assert "SPF が v=spf1 ?all から v=spf1 +all に変わりました" in text
    assert "spf-allows-all" in text and "対処：" in text
    assert "監視します" not in text
    second.end()
    zone.names["own.example"]["TXT"] = ["v=spf1 -all"]
    serve(settings, first.state)
    text = read(postfix.wait_for("owner", 2)[1])[1]
    assert "直りました：spf-allows-all" in text
    assert "?all" not in text


def test_who_sends_is_told_once_and_each_month(serve, postfix, folder, zone):
    settings = {"warnings.administrators": [f"reports@{DOMAIN}"], "domains.watch": [ABOUT]}
    files = folder / "reports-of-others"
    files.mkdir()

    def add(number, rows, day):
        (files / f"{number}.xml").write_bytes(xml(number, rows, day=day))

    def keep():
        (folder / "none.toml").write_text("")
        run([binary(), "reports", "add", "--trust", "--config", folder / "none.toml",
             "--state", first.state, files])

    def names_are_asked(mekiki):
        until(lambda: change(mekiki, "UPDATE report_source SET due = due WHERE due = 0") == 0,
              "the DNS was asked for the names of senders")

    zone.names["25.113.0.203.in-addr.arpa"] = {"PTR": ["mta.seikyu.example"]}
    zone.add_address("mta.seikyu.example", ["203.0.113.25"])
    first = serve(settings)
    first.end()
    for weeks in range(12):
        add(f"known{weeks}", [("192.0.2.1", 500, "pass", "pass")], TODAY - 2 - 7 * weeks)
    keep()
    second = serve(settings, first.state)
    until(lambda: change(second, "UPDATE sending_told SET at = at - 100 * 86400") > 0,
          "it has looked for the first time")
    names_are_asked(second)
    second.end()
    add("new", [("203.0.113.25", 40, "fail", "fail")], TODAY - 1)
    keep()
    third = serve(settings, first.state)
    names_are_asked(third)
    third.end()
    serve(settings, first.state)
    mails = [read(octets) for octets in postfix.wait_for("reports", 2)]
    texts = {parsed["Subject"]: text for parsed, text in mails}
    news = texts.pop(f"[Mekiki] DMARC reports: new senders as {ABOUT}")
    assert "New: seikyu[.]example. Of its mails 0 passed DMARC and 40 failed." in news
    ((subject, summary),) = texts.items()
    assert subject.startswith(f"[Mekiki] Who sent as {ABOUT}: ")
    assert "passed DMARC" in summary and "▇" in summary
    html = [parsed.get_body(("html",)) for parsed, _ in mails]
    assert sum(part is not None and "<table" in part.get_content() for part in html) == 1


def test_an_account_over_its_budget_is_told_to_administrators(serve, server, postfix):
    first = serve({"users.methods": "A", "users.budget": 2, "warnings.gather": "1d",
                   "warnings.at_once": True,
                   "warnings.administrators": [f"second@{DOMAIN}"]})
    account = Account(first, server)
    account.fetch(*[own_mail(f"flood {n}") for n in range(13)])
    account.wait_until_warned(14)
    first.end()
    serve({"warnings.at_once": True,
           "warnings.administrators": [f"second@{DOMAIN}"]}, first.state)
    text = read(postfix.wait_for("second", 1)[0])[1]
    assert text.count("(setting users.budget)") == 1


def test_what_was_sent_is_known_when_it_is_fetched(serve, server, postfix):
    """By its Message-ID alone: no signature, and nothing of its way."""
    mekiki = serve(SENT)
    account = Account(mekiki, server, f"back@{DOMAIN}")
    account.fetch(mail("Your invoice"))
    [octets] = postfix.wait_for("back", 1)
    header, gap, body = octets.replace(b"\n", b"\r\n").partition(b"\r\n\r\n")
    fields = re.split(rb"\r\n(?![ \t])", header)
    ours = b"\r\n".join(
        field for field in fields
        if re.match(rb"From|To|Subject|Date|Message-ID|MIME|Content", field)
    ) + gap + body
    imitation = re.sub(rb"Message-ID: <", b"Message-ID: <0", ours)
    server.mails = [ours, imitation, ours.replace(b"To: <back@", b"To: <root@")]
    with account.log_in() as client:
        reasons = [take_marks(client.mail(f"RETR {n}"))[0][b"X-Mekiki-Reason"]
                   for n in (1, 2, 3)]
        client.quit()
    assert not reasons[0].startswith(b"not-by-mekiki"), reasons
    said = f"not-by-mekiki seen=mekiki@{DOMAIN}".encode()
    assert reasons[1:] == [said, said]


def test_a_digest_of_the_last_hour(serve, server, postfix):
    settings = {"warnings.administrators": [f"digest@{DOMAIN}"],
                "warnings.digest": "hourly"}
    first = serve(settings)
    account = Account(first, server)
    account.fetch(mail("one"), mail("two"), mail("three", "unknown.example"))
    account.wait_until_noted(3)
    until(lambda: account.count("setting WHERE name = 'digested'") == 1,
          "digests begin")
    first.end()
    # As if they had come in the last hour, and the last digest were of before.
    until(lambda: time.time() % HOUR < HOUR - 30, "no hour ends now", 40)
    noted = time.localtime(time.time() - 60)
    ended = int(time.mktime(noted)) - noted.tm_min * 60 - noted.tm_sec
    change(first, f"UPDATE mail SET fetched = {ended - HOUR // 2}")
    change(first, f"UPDATE setting SET value = {ended - HOUR} WHERE name = 'digested'")
    again = serve(settings, first.state)
    [octets] = postfix.wait_for("digest", 1)
    parsed, text = read(octets)
    assert "2 forged of 3" in parsed["Subject"]
    assert "forged: 2" in text and "example[.]jp" in text
    html = parsed.get_body(("html",)).get_content()
    assert "example[.]jp" in html and "<img" not in html and "<script" not in html
    until(lambda: account.count("outgoing_mail") == 0, "it is settled")
    # Once, and not again after a restart.
    again.end()
    more = serve(settings, first.state)
    Account(more, server).fetch(mail("four"))
    assert len(postfix.arrived("digest")) == 1
