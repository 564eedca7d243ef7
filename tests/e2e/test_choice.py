"""Each account's own choice: made while Mekiki runs, in force from the next
login on, rehearsed, limited by the administrator and by a budget."""

import email
import email.utils
import sqlite3

import pytest

from harness.mails import DOMAIN
from harness.mekiki import binary, take_marks
from harness.process import run
from harness.scripted import ScriptedServer
from harness.waiting import until

HOST = "clear.example"


def mail(subject, author=DOMAIN):
    """Unsigned: forged where the author's domain says p=reject."""
    now = email.utils.formatdate().encode()
    return (
        b"Return-Path: <hanako@" + author.encode() + b">\r\n"
        b"Received: from mail.example.jp (mail.example.jp [192.0.2.25])\r\n"
        b"\tby mx.clear.example (Postfix) with ESMTP id 1\r\n"
        b"\tfor <taro@clear.example>; " + now + b"\r\n"
        b"Date: " + now + b"\r\n"
        b"From: Hanako Yamada <hanako@" + author.encode() + b">\r\n"
        b"To: taro@clear.example\r\n"
        b"Subject: " + subject.encode() + b"\r\n"
        b"\r\nSend money.\r\n"
    )


@pytest.fixture(scope="module")
def zone(corpus):
    corpus.zone.add_address(HOST, ["127.0.0.1"])
    corpus.zone.add_text(f"_dmarc.{DOMAIN}", "v=DMARC1; p=reject")
    return corpus.zone


@pytest.fixture()
def server():
    with ScriptedServer() as made:
        yield made


class Account:
    def __init__(self, mekiki, server):
        self.mekiki = mekiki
        self.server = server
        self.login = f"taro%{HOST}:{server.port}"

    def user(self, command, *options, check=True):
        done = run([binary(), "user", command, self.login, *options, "--config",
                    self.mekiki.folder / "mekiki.toml", "--state", self.mekiki.state],
                   check=check)
        return (done.stdout if check else done.stderr).decode()

    def fetch(self, *mails):
        """How each arrives: "rewritten", or else as it was."""
        self.server.mails = list(mails)
        got = []
        with self.mekiki.client().login(self.login, "password") as client:
            for number, original in enumerate(mails, 1):
                mail = client.mail(f"RETR {number}")
                arrived = email.message_from_bytes(mail)
                if arrived.is_multipart():
                    got.append("rewritten")
                else:
                    assert b"Send money." in mail
                    got.append("as it was")
                assert take_marks(mail)[0][b"X-Mekiki-Label"]
            client.quit()
        return got

    def wait_until_noted(self, count):
        def noted():
            with sqlite3.connect(
                f"file:{self.mekiki.state}/mekiki.db?mode=ro", uri=True
            ) as db:
                return db.execute("SELECT count(*) FROM mail").fetchone()[0]

        until(lambda: noted() == count, f"{count} mails are noted")


def test_a_choice_counts_from_the_next_login_on(start, zone, server):
    account = Account(start(zone, {"upstream.clear_hosts": [HOST]}), server)
    assert account.fetch(mail("one")) == ["as it was"]
    shown = account.user("set", "--methods", "A,C", "--word", "secret-blossom")
    assert "A (rewritten), C (labels)" in shown and "secret-blossom" in shown
    assert account.fetch(mail("two"), mail("three", "example.org")) == [
        "rewritten", "as it was"
    ]
    # The rest of a choice stays when a part of it is changed.
    account.user("set", "--language", "ja")
    assert "secret-blossom" in account.user("show")
    account.wait_until_noted(3)
    told = account.user("rehearse")
    assert "3 mails: 0 genuine, 0 new, 1 unverified, 0 altered, 2 forged." in told
    assert "A would have rewritten 2 of 3 mails." in told
    assert "B would have warned of 2 of 3" in account.user("rehearse", "--methods", "B")

    account.user("set", "--default")
    assert account.fetch(mail("four")) == ["as it was"]
    assert "secret-blossom" not in account.mekiki.log()


def test_what_is_not_allowed_is_not_done(start, zone, server):
    settings = {"upstream.clear_hosts": [HOST], "users.methods": "A,C",
                "users.allowed": "B,C,D"}
    account = Account(start(zone, settings), server)
    assert "the settings allow only the methods B,C,D" in account.user(
        "set", "--methods", "A", check=False)
    assert account.fetch(mail("one")) == ["as it was"]
    assert "but users.allowed leaves C" in account.user("show")


def test_too_many_warnings_become_labels(start, zone, server):
    settings = {"upstream.clear_hosts": [HOST], "users.methods": "A,C",
                "users.budget": 2}
    account = Account(start(zone, settings), server)
    flood = [mail(f"flood {n}") for n in range(13)]
    assert account.fetch(*flood) == ["rewritten"] * 10 + ["as it was"] * 3
    account.wait_until_noted(13)
    assert account.fetch(mail("later")) == ["as it was"]
    assert account.mekiki.log().count("users.budget") == 1
    assert "fallen back to labels" in account.user("rehearse")
    # Good mail brings the warnings back.
    account.wait_until_noted(14)
    good = [mail(f"good {n}", "example.org") for n in range(15)]
    assert account.fetch(*good) == ["as it was"] * 15
    account.wait_until_noted(29)
    assert account.fetch(mail("at last")) == ["rewritten"]
