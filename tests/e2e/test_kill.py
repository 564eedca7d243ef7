"""Killed (SIGKILL) at random moments under load, again and again: no mail is
lost, none is cut, and no warning is forgotten.

`MEKIKI_KILLS` says how often (50), `MEKIKI_SEED` which moments."""

import email
import email.policy
import os
import random
import sqlite3
import threading

import pytest

from harness.account import HOST, mail
from harness.dovecot import Dovecot
from harness.mails import DOMAIN
from harness.mekiki import Mekiki, first_difference, take_marks
from harness.pop3 import Broken, unstuff
from harness.waiting import PATIENCE

KILLS = int(os.environ.get("MEKIKI_KILLS", 50))
SEED = int(os.environ.get("MEKIKI_SEED", 20150401))
MAILBOXES = 5
SETTINGS = {"upstream.clear_hosts": [HOST], "users.methods": "B", "users.budget": 0,
            "history.deadline": "10s"}


class Refused(Exception):
    """The session cannot go on; the next one may."""


class Under:
    """The program that is killed and started again, and how many answers its
    clients have got from it."""

    def __init__(self, folder, zone, rng):
        self.folder = folder
        self.zone = zone
        self.rng = rng
        self.lives = 0
        self.answers = 0
        self.kills = 0
        self.over = False  # readers are to stop
        self.heard = threading.Condition()
        self.mekiki = self.begin()

    def begin(self):
        self.lives += 1
        return Mekiki(self.folder / f"life-{self.lives}", self.zone, SETTINGS,
                      state=self.folder / "state")

    def hear(self):
        with self.heard:
            self.answers += 1
            self.heard.notify_all()

    def kill_all(self, times):
        for _ in range(times):
            with self.heard:
                then = self.answers + self.rng.randint(1, 60)
                came = self.heard.wait_for(
                    lambda: self.over or self.answers >= then, PATIENCE)
                assert came, "the readers are stuck"
                if self.over:
                    return
            assert self.mekiki.is_alive(), self.mekiki.log()[-4000:]
            self.mekiki.process.kill()
            self.mekiki.ended = True
            self.kills += 1
            self.mekiki = self.begin()


class Reader:
    """A person with a mailbox, whose client does not ask twice for what it has."""

    def __init__(self, name, under, dovecot, rng):
        self.name = name
        self.under = under
        self.dovecot = dovecot
        self.rng = rng
        self.sent = {}  # subject: octets
        self.got = {}  # subject: unique-id
        self.warnings = ""
        self.forged = set()  # subjects
        self.here = set()  # unique-ids of what is whole here
        self.failure = None
        dovecot.add_user(name)

    def more(self):
        for _ in range(self.rng.randint(1, 6)):
            number = len(self.sent)
            subject = f"{self.name}-{number}-"
            is_forged = self.rng.random() < 0.4
            octets = mail(subject, DOMAIN if is_forged else "friendly.example")
            octets += b"..a line\r\n" * self.rng.choice([0, 10, 30_000])
            self.dovecot.deliver(self.name, octets)
            self.sent[subject] = octets
            if is_forged:
                self.forged.add(subject)

    def ask(self, client, command):
        answer = client.ask(command)
        self.under.hear()
        if not answer.startswith(b"+OK"):
            raise Refused(answer)
        return answer

    def body(self, client, command):
        self.ask(client, command)
        return client.body()

    def session(self):
        """Fetches what is not here yet, and perhaps deletes what is."""
        with self.under.mekiki.client() as client:
            self.ask(client, f"USER {self.name}%{HOST}:{self.dovecot.port}")
            self.ask(client, f"PASS {Dovecot.PASSWORD}")
            names = [line.decode().split() for line in
                     self.body(client, "UIDL").split(b"\r\n")[:-1]]
            deletes = self.rng.random() < 0.5
            for number, name in names:
                if name not in self.here:
                    self.fetch(client, number, name)
                if deletes:
                    self.ask(client, f"DELE {number}")
            self.ask(client, "QUIT")

    def fetch(self, client, number, name):
        self.ask(client, f"RETR {number}")
        octets = unstuff(client.body())
        self.under.hear()
        self.here.add(name)
        if name.startswith("mekiki-"):
            self.warnings += email.message_from_bytes(
                octets, policy=email.policy.default).get_content()
            return
        _, original = take_marks(octets)
        subject = original.partition(b"Subject: ")[2].partition(b"\r\n")[0].decode()
        assert original == self.sent[subject], first_difference(
            original, self.sent[subject])
        self.got[subject] = name

    def is_untold(self):
        return [s for s in self.forged & set(self.got)
                if s not in self.warnings]

    def is_done(self):
        return len(self.got) == len(self.sent) and not self.is_untold() and (
            self.dovecot.stored(self.name) == 0)

    def run(self):
        quiet = 0  # sessions that changed nothing although all goes well
        try:
            while not self.under.over:
                if self.is_done():
                    if self.under.kills == KILLS:
                        return
                    self.more()
                before = (len(self.here), self.dovecot.stored(self.name))
                try:
                    self.session()
                    changed = before != (len(self.here), self.dovecot.stored(self.name))
                    quiet = 0 if changed else quiet + 1
                except (Broken, OSError, Refused):
                    pass
                assert quiet < 100, (
                    f"{self.name} never gets {set(self.sent) - set(self.got)}, is never"
                    f" told of {self.is_untold()}")
        except BaseException as failure:
            self.failure = failure
            self.under.over = True


@pytest.fixture(scope="module")
def dovecot(folder):
    made = Dovecot(folder / "dovecot")
    yield made
    made.end()


def test_nothing_is_lost_or_forgotten(folder, corpus, dovecot):
    zone = corpus.zone
    zone.add_address(HOST, ["127.0.0.1"])
    zone.add_text(f"_dmarc.{DOMAIN}", "v=DMARC1; p=reject")
    rng = random.Random(SEED)
    under = Under(folder / "under", zone, rng)
    readers = [Reader(f"reader{i}", under, dovecot, random.Random(rng.random()))
               for i in range(MAILBOXES)]
    threads = [threading.Thread(target=r.run) for r in readers]
    for thread in threads:
        thread.start()
    try:
        under.kill_all(KILLS)
        for thread in threads:
            thread.join(PATIENCE)
    finally:
        under.over = True
        for thread in threads:
            thread.join()
        last = under.mekiki
        ended = last.process.end()
    assert [r.failure for r in readers if r.failure] == []
    assert [r.name for r in readers if not r.is_done()] == []
    assert under.kills == KILLS
    assert sum(len(r.forged) for r in readers) > KILLS / 5
    assert ended == 0, last.log()[-4000:]
    with sqlite3.connect(folder / "under" / "state" / "mekiki.db") as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        [(noted,)] = db.execute("SELECT count(*) FROM mail").fetchall()
    sent = sum(len(r.sent) for r in readers)
    print(f"{under.kills} kills, {sent} mails, {noted} in the history")
