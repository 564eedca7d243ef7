"""Who is known: three mails on three days make a sender, a rule makes one at
once, and neither a flood nor another mailbox does."""

import email.utils
import json
import sqlite3
import time

import pytest

from harness.mails import DOMAIN
from harness.mekiki import binary, take_marks
from harness.process import run
from harness.scripted import ScriptedServer
from harness.waiting import until

HOST = "clear.example"
DAY = 86400


@pytest.fixture(scope="module")
def zone(corpus):
    corpus.zone.add_address(HOST, ["127.0.0.1"])
    return corpus.zone


@pytest.fixture()
def mekiki(start, zone):
    return start(zone, {"upstream.clear_hosts": [HOST]})


def mail(corpus, subject, days_ago, signed=True):
    """Hanako's, as it lies in a mailbox of HOST: the field on top is its own."""
    came = email.utils.formatdate(time.time() - days_ago * DAY).encode()
    octets = (
        b"Date: " + came + b"\r\n"
        b"From: Hanako Yamada <hanako@" + DOMAIN.encode() + b">\r\n"
        b"To: taro@clear.example\r\n"
        b"Subject: " + subject.encode() + b"\r\n"
        b"\r\nHello.\r\n"
    )
    if signed:
        octets = corpus.dkimpy(octets, "ed")
    return (
        b"Return-Path: <hanako@" + DOMAIN.encode() + b">\r\n"
        b"Received: from mail.example.jp (mail.example.jp [192.0.2.25])\r\n"
        b"\tby mx.clear.example (Postfix) with ESMTP id 1\r\n"
        b"\tfor <taro@clear.example>; " + came + b"\r\n" + octets
    )


class Mailbox:
    """One mailbox, its server on one port for as long as the test lasts."""

    def __init__(self, mekiki, server, user="taro"):
        self.mekiki = mekiki
        self.server = server
        self.login = f"{user}%{HOST}:{server.port}"

    def fetch(self, *mails):
        """The verdicts on these new mails, all noted when this returns."""
        self.server.mails = list(mails)
        wanted = self.noted() + len(mails)
        with self.mekiki.client().login(self.login, "password") as client:
            client.lines("UIDL")
            verdicts = [
                take_marks(client.mail(f"RETR {n}"))[0][b"X-Mekiki-Verdict"].decode()
                for n in range(1, len(mails) + 1)
            ]
            client.quit()
        until(lambda: self.noted() == wanted, f"{wanted} mails are noted")
        return verdicts

    def noted(self):
        (known,), = rows(self.mekiki, "SELECT count(*) FROM mail WHERE account = ?",
                         self.login)
        return known


def rows(mekiki, query, *values):
    with sqlite3.connect(f"file:{mekiki.state}/mekiki.db?mode=ro", uri=True) as db:
        return db.execute(query, values).fetchall()


@pytest.fixture()
def server():
    with ScriptedServer() as server:
        yield server


def trust(mekiki, *arguments):
    return run([binary(), "trust", *arguments, "--state", mekiki.state]).stdout.decode()


def test_the_fourth_mail_is_of_a_known_sender(mekiki, corpus, server):
    box = Mailbox(mekiki, server)
    first = mail(corpus, "first", 20)
    assert box.fetch(first) == ["new"]
    assert box.fetch(mail(corpus, "second", 12)) == ["new"]
    assert box.fetch(mail(corpus, "third", 2)) == ["new"]
    assert box.fetch(mail(corpus, "fourth", 0)) == ["genuine"]
    # Another mailbox has learned nothing of it.
    assert Mailbox(mekiki, server, "jiro").fetch(first) == ["new"]

    noted = rows(mekiki, "SELECT level, uidl, author, subject FROM mail ORDER BY id")
    assert [level for level, *_ in noted] == ["new"] * 3 + ["genuine", "new"]
    # What they say is kept for their reader (history.keep).
    assert [row[1:] for row in noted] == [
        ("uid-1", f"hanako@{DOMAIN}", subject)
        for subject in ("first", "second", "third", "fourth", "first")]
    counted = run([binary(), "senders", "--state", mekiki.state]).stdout.decode()
    assert counted.splitlines()[1].split() == ["5", "5", "100%", "1", DOMAIN]


def test_neither_a_flood_nor_the_same_mail_makes_one(mekiki, corpus, server):
    box = Mailbox(mekiki, server)
    flood = [mail(corpus, f"flood {n}", 9) for n in range(20)]
    assert box.fetch(*flood) == ["new"] * 20
    old = mail(corpus, "old", 20)
    assert box.fetch(old) == ["new"]
    with mekiki.client().login(box.login, "password") as client:
        for _ in range(3):
            client.mail("RETR 1")
            client.mail("TOP 1 0")
    assert box.fetch(mail(corpus, "later", 0)) == ["new"]


def test_forged_mails_teach_nothing_and_are_kept_in_full(start, corpus, server):
    corpus.zone.add_address(HOST, ["127.0.0.1"])
    corpus.zone.add_text(f"_dmarc.{DOMAIN}", "v=DMARC1; p=reject")
    mekiki = start(corpus.zone, {"upstream.clear_hosts": [HOST]})
    del corpus.zone.names[f"_dmarc.{DOMAIN}"]
    box = Mailbox(mekiki, server)
    assert box.fetch(mail(corpus, "unsigned", 1, signed=False)) == ["forged"]
    assert rows(mekiki, "SELECT author, subject FROM mail") == [
        (f"hanako@{DOMAIN}", "unsigned")
    ]
    assert rows(mekiki, "SELECT * FROM pair") == []
    assert rows(mekiki, "SELECT * FROM sender") == []


def test_rules_count_from_the_next_mail_on(mekiki, corpus, server):
    box = Mailbox(mekiki, server)
    one = mail(corpus, "one", 1)
    assert box.fetch(one) == ["new"]
    added = trust(mekiki, "add", "author", f"*@{DOMAIN}", "--account", box.login)
    assert f"trust author *@{DOMAIN}, for {box.login}" in added
    assert box.fetch(mail(corpus, "two", 1)) == ["genuine"]
    assert Mailbox(mekiki, server, "jiro").fetch(one) == ["new"]
    trust(mekiki, "add", "signer", DOMAIN, "--distrust")
    assert box.fetch(mail(corpus, "three", 1)) == ["unverified"]
    listed = trust(mekiki, "list").splitlines()
    assert len(listed) == 2
    for line in listed:
        trust(mekiki, "remove", line.split()[0])
    assert box.fetch(mail(corpus, "four", 1)) == ["new"]


def test_a_mail_judged_by_hand_knows_its_account(mekiki, corpus, server, folder):
    box = Mailbox(mekiki, server)
    for subject, days in (("first", 20), ("second", 12), ("third", 2)):
        box.fetch(mail(corpus, subject, days))
    kept = folder / "kept.eml"
    kept.write_bytes(mail(corpus, "kept", 0))

    def judged(*more):
        out = run(
            [binary(), "verify", "--json", "--state", mekiki.state,
             "--dns", mekiki.folder / "zone.json", *more, kept]).stdout
        return json.loads(out)["verdict"]

    assert judged("--account", box.login) == "genuine"
    assert judged("--account", "jiro" + box.login[4:]) == "new"
    assert judged() == "new"
    # What is judged by hand is not learned.
    assert rows(mekiki, "SELECT count(*) FROM mail") == [(3,)]


@pytest.mark.parametrize("damage", ["not a database", "newer"])
def test_without_a_history_mails_are_delivered(start, zone, corpus, server, damage,
                                               folder):
    state = folder / damage.replace(" ", "-")
    run([binary(), "trust", "list", "--state", state])
    database = state / "mekiki.db"
    if damage == "newer":
        db = sqlite3.connect(database)
        db.execute("PRAGMA user_version = 99")
        db.close()
    else:
        database.write_text("x" * 10_000)
    mekiki = start(zone, {"upstream.clear_hosts": [HOST]}, state=state)
    says = {"newer": "was written by a newer Mekiki", "not a database": damage}
    assert "there is no history" in mekiki.log()
    assert says[damage] in mekiki.log()
    server.mails = [mail(corpus, "one", 1)]
    with mekiki.client().login(f"taro%{HOST}:{server.port}", "password") as client:
        marks, _ = take_marks(client.mail("RETR 1"))
    assert marks[b"X-Mekiki-Verdict"] == b"new"
    refused = run([binary(), "trust", "list", "--state", state], check=False)
    assert refused.returncode == 2
    assert says[damage] in refused.stderr.decode()
