"""The store beside the mail's path: while its database is copied, shrunk,
locked, out of room or gone, every mail is delivered, and nothing waits for it."""

import contextlib
import email.utils
import json
import os
import pathlib
import resource
import signal
import sqlite3
import subprocess
import time

import pytest

from harness.account import HOST, mail
from harness.mails import DOMAIN
from harness.mekiki import binary, take_marks
from harness.process import run
from harness.scripted import ScriptedServer
from harness.waiting import PATIENCE, until

DEADLINE = 0.2  # history.deadline
SLOW_MACHINE = 3.0  # less than one attempt to get a lock lasts


@pytest.fixture(scope="module")
def zone(corpus):
    corpus.zone.add_address(HOST, ["127.0.0.1"])
    return corpus.zone


@pytest.fixture()
def server():
    with ScriptedServer() as server:
        yield server


class Box:
    """A mailbox whose mails are all different, and what became of them."""

    def __init__(self, mekiki, server, user="taro"):
        self.mekiki = mekiki
        self.server = server
        self.login = f"{user}%{HOST}:{server.port}"
        self.fetched = 0

    def fetch(self, count=5):
        """Mails in one session; each comes whole, and in time."""
        mails = [mail(f"mail {self.fetched + n}", "other.example")
                 for n in range(count)]
        self.server.mails = mails
        self.fetched += count
        with self.mekiki.client().login(self.login, "password") as client:
            for number, original in enumerate(mails, 1):
                began = time.monotonic()
                _, rest = take_marks(client.mail(f"RETR {number}"))
                took = time.monotonic() - began
                assert rest == original
                assert took < DEADLINE + SLOW_MACHINE, f"late: {took:.1f} s"
            client.quit()

    def noted(self):
        """None while there is no database."""
        with contextlib.suppress(sqlite3.Error):
            with reading(self.mekiki.state / "mekiki.db") as db:
                return db.execute(
                    "SELECT count(*) FROM mail WHERE account = ?", (self.login,)
                ).fetchone()[0]
        return None

    def wait_until_noted(self, count=None):
        wanted = self.fetched if count is None else count
        until(lambda: self.noted() == wanted, f"{wanted} mails are noted")


@contextlib.contextmanager
def reading(database):
    db = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    try:
        yield db
    finally:
        db.close()


@contextlib.contextmanager
def locked(database):
    """No other can write."""
    db = sqlite3.connect(database, isolation_level=None)
    db.execute("BEGIN EXCLUSIVE")
    try:
        yield
    finally:
        db.execute("ROLLBACK")
        db.close()


def is_locked(database):
    db = sqlite3.connect(database, isolation_level=None, timeout=0)
    try:
        db.execute("BEGIN IMMEDIATE")
        return False
    except sqlite3.OperationalError:
        return True
    finally:
        db.close()


def store(mekiki, *words, **options):
    return run([binary(), "store", *words, "--state", mekiki.state], **options)


def count(mekiki, words):
    return mekiki.log().count(words)


@pytest.fixture()
def large(start, zone, folder, request):
    """With a history that takes a while to copy: 60,000 mails, a third of them
    removed again."""
    state = folder / request.node.name
    run([binary(), "trust", "list", "--state", state])
    db = sqlite3.connect(state / "mekiki.db")
    db.execute("INSERT INTO scope VALUES (1, 'account:a')")
    now = int(time.time())
    db.executemany(
        "INSERT INTO mail VALUES (NULL, 1, ?, 'a', '', ?, ?, 1, 'new', 'new-sender', "
        "'pass', 'pass', 'reject', 'example.jp', NULL, ?, 0, '', '', '')",
        ((str(n), now, now, "x" * 500) for n in range(60_000)),
    )
    db.execute("DELETE FROM mail WHERE id % 3 = 0")
    db.commit()
    db.close()
    return start(zone, {"upstream.clear_hosts": [HOST]}, state=state)


class Stopped:
    """`mekiki store ...`, stopped in the middle of its work."""

    def __init__(self, mekiki, *words, when):
        self.process = subprocess.Popen(
            [binary(), "store", *map(str, words), "--state", mekiki.state],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        until(lambda: when(self.process.pid) or self.process.poll() is not None,
              "it works")
        self.process.send_signal(signal.SIGSTOP)
        assert self.process.poll() is None, "it was too fast"
        assert when(self.process.pid), "it was too fast"

    def go_on(self):
        self.process.send_signal(signal.SIGCONT)
        out, err = self.process.communicate(timeout=PATIENCE)
        assert self.process.returncode == 0, err
        return out.decode()


def test_mails_come_and_are_noted_while_it_is_copied(large, server, folder):
    box = Box(large, server)
    box.fetch()
    box.wait_until_noted()
    copy = folder / "copy.db"

    def is_copying(_pid):
        return any(f.stat().st_size > 0 for f in folder.glob("copy.db.??????"))

    backup = Stopped(large, "backup", copy, when=is_copying)
    box.fetch()
    box.wait_until_noted()  # while it is being copied
    assert not copy.exists()
    assert "verified" in backup.go_on()
    assert copy.stat().st_mode & 0o777 == 0o600
    with reading(copy) as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        # As it was when the copy began.
        assert db.execute("SELECT count(*) FROM mail").fetchone()[0] == 40_005
    assert count(large, "[error]") == 0


def test_mails_come_while_it_is_shrunk_and_are_noted_then(large, server):
    box = Box(large, server)
    box.fetch()
    box.wait_until_noted()
    database = large.state / "mekiki.db"
    before = database.stat().st_size

    def is_rebuilt(pid):
        """Its new database lies in a file without a name. Mekiki itself locks the
        old one, too, now and then."""
        for file in pathlib.Path(f"/proc/{pid}/fd").iterdir():
            with contextlib.suppress(FileNotFoundError):  # closed meanwhile
                if "etilqs" in os.readlink(file):
                    return True
        return False

    vacuum = Stopped(large, "vacuum", when=is_rebuilt)
    box.fetch(20)
    assert is_locked(database) and box.noted() == 5
    assert " freed" in vacuum.go_on()
    box.wait_until_noted()
    box.fetch()
    box.wait_until_noted()
    assert count(large, "were not kept") == 0
    until(lambda: database.stat().st_size < before * 3 / 4, "the file is smaller")


def test_mails_come_while_it_is_read(large, server):
    """An export that nobody reads on: its pipe is full."""
    box = Box(large, server)
    with subprocess.Popen(
        [binary(), "store", "export", "--state", large.state], stdout=subprocess.PIPE
    ) as export:
        first = export.stdout.readline()
        box.fetch()
        box.wait_until_noted()
        # Nothing holds a view of the tables: the log can begin anew.
        with contextlib.closing(sqlite3.connect(large.state / "mekiki.db")) as db:
            busy = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        assert busy == 0
        rest = export.stdout.read().splitlines()
        assert export.wait(PATIENCE) == 0
    mails = [json.loads(line) for line in [first, *rest]]
    assert len(mails) == 40_005
    assert [m["account"] for m in mails[-5:]] == [box.login] * 5
    assert "integrity  good" in store(large, "check").stdout.decode()


def test_locked_for_long(start, zone, server):
    mekiki = start(zone, {"upstream.clear_hosts": [HOST]})
    box = Box(mekiki, server)
    box.fetch(1)
    box.wait_until_noted()
    with locked(mekiki.state / "mekiki.db"):
        box.fetch()
        until(lambda: "another program has locked the database" in mekiki.log(),
              "the log says so")
        box.fetch()
        assert box.noted() == 1
    box.wait_until_noted()
    until(lambda: count(mekiki, "events are kept again"), "the log says so")
    assert count(mekiki, "has locked the database") == 1
    assert count(mekiki, "were not kept") == 0
    # Nor does its end wait for it.
    with locked(mekiki.state / "mekiki.db"):
        box.fetch()
        mekiki.end()
    assert count(mekiki, "events were not kept (database is locked)") == 1


def test_out_of_room_until_there_is_some(start, zone, server):
    """Files of the process may not grow over a limit, as if the disk were full."""
    mekiki = start(zone, {"upstream.clear_hosts": [HOST], "log.level": "info"})
    box = Box(mekiki, server)
    wal = mekiki.state / "mekiki.db-wal"
    limit = 128 << 10

    def fill():
        box.fetch(1)
        box.wait_until_noted()
        return wal.stat().st_size > limit

    until(fill, "the log of the database is large enough")
    assert len(mekiki.log()) < limit / 2
    noted = box.fetched
    pid = mekiki.process.pid
    _, most = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (limit, most))
    for _ in range(3):
        box.fetch(3)
    until(lambda: count(mekiki, "were not kept (disk I/O error)"), "the log says so")
    assert count(mekiki, "were not kept") == 1
    assert box.noted() == noted
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (most, most))
    box.fetch(2)
    # And those of before, of which no attempt had been made yet.
    until(lambda: (box.noted() or 0) >= noted + 2, "mails are noted again")
    # The log says so behind the commit.
    until(lambda: count(mekiki, "events are kept again"), "the log says so")
    assert "integrity  good" in store(mekiki, "check").stdout.decode()


def signed(corpus, subject):
    now = email.utils.formatdate().encode()
    return corpus.dkimpy(
        b"Date: " + now + b"\r\nFrom: hanako@" + DOMAIN.encode() + b"\r\n"
        b"To: taro@clear.example\r\nSubject: " + subject.encode() + b"\r\n\r\nHello.\r\n",
        "ed",
    )


def test_removed_and_replaced(start, zone, server, corpus, folder):
    mekiki = start(zone, {"upstream.clear_hosts": [HOST], "history.deadline": "10s"})
    database = mekiki.state / "mekiki.db"
    box = Box(mekiki, server)

    def verdict(subject):
        server.mails = [signed(corpus, subject)]
        with mekiki.client().login(box.login, "password") as client:
            marks, rest = take_marks(client.mail("RETR 1"))
            assert rest == server.mails[0]
            client.quit()
        return marks[b"X-Mekiki-Verdict"]

    run([binary(), "trust", "add", "signer", DOMAIN, "--state", mekiki.state])
    assert verdict("one") == b"genuine"
    box.wait_until_noted(1)
    backup = folder / "backup.db"
    store(mekiki, "backup", backup)

    database.unlink()
    box.fetch()
    until(database.exists, "there is a new one")
    box.wait_until_noted(5)
    assert database.stat().st_mode & 0o777 == 0o600
    assert count(mekiki, "was removed or replaced") == 1
    assert verdict("two") == b"new"
    box.wait_until_noted(6)

    rubbish = folder / "rubbish"
    rubbish.write_bytes(b"x" * 10_000)
    rubbish.rename(database)
    for _ in range(3):
        box.fetch(2)
    until(lambda: "is not a database" in mekiki.log(), "the log says so")
    assert count(mekiki, "is not a database") == 1

    backup.rename(database)
    box.fetch(1)
    # Beside the one that it had: this one, and those that still waited.
    until(lambda: (box.noted() or 0) >= 2, "mails are noted there")
    assert verdict("three") == b"genuine"
    until(lambda: count(mekiki, "events are kept again"), "the log says so")
    assert "integrity  good" in store(mekiki, "check").stdout.decode()


@pytest.mark.parametrize("keep", ["none", "domains", "own", "full"])
def test_texts_are_kept_as_the_settings_say(start, corpus, server, keep):
    corpus.zone.add_address(HOST, ["127.0.0.1"])
    corpus.zone.add_text("_dmarc.bank.example", "v=DMARC1; p=reject")
    mekiki = start(corpus.zone,
                   {"upstream.clear_hosts": [HOST], "history.keep": keep})
    box = Box(mekiki, server)
    server.mails = [mail("secret matter", "bank.example"),
                    mail("private matter", "other.example")]
    with mekiki.client().login(box.login, "password") as client:
        verdicts = [take_marks(client.mail(f"RETR {n}"))[0][b"X-Mekiki-Verdict"]
                    for n in (1, 2)]
    assert verdicts == [b"forged", b"unverified"]
    box.wait_until_noted(2)
    mails = [json.loads(line)
             for line in store(mekiki, "export").stdout.splitlines()]
    subjects = [m["subject"] for m in mails]
    forged = "secret matter" if keep != "none" else None
    assert subjects == [forged, "private matter" if keep == "full" else None]
    if keep == "own":
        all_texts = store(mekiki, "export", "--texts").stdout.splitlines()
        assert json.loads(all_texts[1])["subject"] == "private matter"
    assert [m["author_domain"] for m in mails] == ["bank.example", "other.example"]
    mekiki.end()
    octets = (mekiki.state / "mekiki.db").read_bytes()
    assert not os.path.exists(mekiki.state / "mekiki.db-wal")
    assert (b"hanako@bank.example" in octets) == (keep != "none")
    assert (b"hanako@other.example" in octets) == (keep in ("own", "full"))
