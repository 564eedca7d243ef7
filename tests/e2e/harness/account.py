"""One mailbox behind Mekiki, its server scripted, and its user's choice."""

import email
import sqlite3

from .mails import DOMAIN, NOW
from .mekiki import binary, take_marks
from .process import run
from .waiting import until

HOST = "clear.example"


def mail(subject, author=DOMAIN, sign=lambda octets: octets, local="hanako"):
    """Unsigned, it is forged where the author's domain says p=reject."""
    return (
        b"Return-Path: <" + local.encode() + b"@" + author.encode() + b">\r\n"
        b"Received: from mail.example.jp (mail.example.jp [192.0.2.25])\r\n"
        b"\tby mx.clear.example (Postfix) with ESMTP id 1\r\n"
        b"\tfor <taro@clear.example>; " + NOW + b"\r\n"
    ) + sign(
        b"Date: " + NOW + b"\r\n"
        b"From: Hanako Yamada <" + local.encode() + b"@" + author.encode() + b">\r\n"
        b"To: taro@clear.example\r\n"
        b"Subject: " + subject.encode() + b"\r\n"
        b"\r\nSend money.\r\n"
    )


def own_mail(subject):
    """In the name of its recipient, which forges by our own guess."""
    return mail(subject, HOST, local="taro")


class Account:
    def __init__(self, mekiki, server, user="taro"):
        self.mekiki = mekiki
        self.server = server
        self.login = f"{user}%{HOST}:{server.port}"

    def user(self, command, *options, check=True, account=True):
        login = [self.login] if account else []
        done = run([binary(), "user", command, *login, *options, "--config",
                    self.mekiki.folder / "mekiki.toml", "--state", self.mekiki.state],
                   check=check)
        return (done.stdout if check else done.stderr).decode()

    def log_in(self):
        return self.mekiki.client().login(self.login, "password")

    def fetch(self, *mails):
        """How each arrives: "rewritten", or else as it was."""
        self.server.mails = list(mails)
        got = []
        with self.log_in() as client:
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

    def count(self, rows):
        """How many rows there are in a table of the store."""
        with sqlite3.connect(
            f"file:{self.mekiki.state}/mekiki.db?mode=ro", uri=True
        ) as db:
            return db.execute(f"SELECT count(*) FROM {rows}").fetchone()[0]

    def wait_until_noted(self, count):
        until(lambda: self.count("mail") == count, f"{count} mails are noted")

    def wait_until_warned(self, count):
        """Of so many mails in all, told yet or not."""
        rows = f"warning WHERE account LIKE '%:{self.server.port}'"
        until(lambda: self.count(rows) == count, f"{count} warnings are noted")
