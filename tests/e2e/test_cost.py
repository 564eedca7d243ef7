"""What a mail costs, compared with cost.json: instructions by callgrind, and how
often a thread waits. Neither depends on how fast or how busy the machine is.

`make renew-cost` (MEKIKI_RENEW=1) writes cost.json anew; say in the commit why."""

import contextlib
import json
import os
import pathlib
import platform
import sqlite3
import statistics
import struct

import pytest

from harness.account import HOST
from harness.callgrind import by_object, callgrind
from harness.keys import Zone
from harness.lockstep import LockstepServer, Threads, wait_for_rest
from harness.mails import senders_mails
from harness.mekiki import binary, is_sanitized
from harness.process import program, run
from harness.waiting import until

MOST_RATIO = 1.1
FEW, MANY = 20, 120  # their difference leaves out what starting costs
RUNS = 3
COMMITS = 5  # of one mail each
# By themselves: they are many, and say only how much we hash and verify. valgrind
# does not know the instructions for hashing, so in life they are fewer.
CRYPTO = {"libcrypto", "libssl", "libsodium"}
SETTINGS = {"upstream.clear_hosts": [HOST], "log.level": "info"}

BASELINE = pathlib.Path(__file__).with_name("cost.json")
RENEWS = bool(os.environ.get("MEKIKI_RENEW"))

pytestmark = [
    pytest.mark.skipif(
        is_sanitized() or bool(os.environ.get("MEKIKI_NOT_OPTIMIZED")),
        reason="NOT RUN: only what people get is measured",
    ),
    pytest.mark.skipif(
        platform.machine() != "x86_64", reason="NOT RUN: cost.json is of x86_64"
    ),
]


def compare(what, measured, details=None):
    """With the baseline, or makes it the baseline."""
    baseline = json.loads(BASELINE.read_text()) if BASELINE.exists() else {}
    total = round(measured, 2)
    if RENEWS:
        baseline[what] = {"a mail": total} | (details or {})
        BASELINE.write_text(json.dumps(baseline, indent=2) + "\n")
        return
    before = baseline[what]
    ratio = total / before["a mail"]
    print(f"{what} a mail: {total}, {ratio:.3f} times the baseline")
    assert ratio <= MOST_RATIO, "\n".join(
        [f"{what}: {ratio:.2f} times the baseline; `make renew-cost` if that is meant"]
        + [f"  {name}: {value}, before {before.get(name, 0)}"
           for name, value in {"a mail": total, **(details or {})}.items()]
    )


@pytest.fixture(scope="module")
def zone():
    made = Zone()
    made.add_address(HOST, ["127.0.0.1"])
    return made


@pytest.fixture(scope="module")
def mails(zone):
    # One domain: what a commit says of a domain is read again at its next mail.
    return senders_mails(zone, MANY + COMMITS, domains=1)


class Session:
    """Of a mailbox with these mails; each is fetched and deleted."""

    def __init__(self, mekiki, mails):
        self.mekiki = mekiki
        self.done = 0
        with contextlib.ExitStack() as stack:
            self.server = stack.enter_context(LockstepServer(mails, mekiki.process.pid))
            self.client = stack.enter_context(mekiki.client())
            self.client.login(f"taro%{HOST}:{self.server.port}", "x")
            self.threads = stack.enter_context(Threads(mekiki.process.pid))
            self.upstream = stack.enter_context(Threads(self.server.pid))
            self.stack = stack.pop_all()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stack.close()

    def rest(self):
        wait_for_rest(self.threads, self.upstream)

    def fetch(self, count):
        for number in range(self.done + 1, self.done + count + 1):
            self.rest()
            assert b"X-DKIM-Check: pass\r\n" in self.client.mail(f"RETR {number}")
            self.rest()
            self.client.ok(f"DELE {number}")
        self.rest()
        self.done += count


# -------------------------------------------------------------- instructions


@contextlib.contextmanager
def nothing_written(state):
    """The history is committed ten times a second. Under valgrind that would be
    for every few mails, other than in life, so it is made to wait."""
    with contextlib.closing(
        sqlite3.connect(state / "mekiki.db", isolation_level=None)
    ) as db:
        db.execute("BEGIN IMMEDIATE")
        yield
        db.execute("COMMIT")


def count_noted(state):
    with contextlib.closing(sqlite3.connect(state / "mekiki.db")) as db:
        return db.execute("SELECT count(*) FROM mail").fetchone()[0]


def instructions(start, zone, mails, out):
    """{object: instructions} of a whole run."""
    # The sandbox would forbid what valgrind needs.
    mekiki = start(zone, SETTINGS | {"sandbox.enabled": False}, wrapper=callgrind(out))
    with Session(mekiki, mails) as session:
        with nothing_written(mekiki.state):
            session.fetch(len(mails))
            session.client.quit()
        until(lambda: count_noted(mekiki.state) == len(mails), "all are noted")
    mekiki.end()
    return by_object(out)


@pytest.fixture(scope="module")
def counted(folder, start, zone, mails):
    """{object: instructions} of a mail."""
    stripped = folder / "mekiki"
    # valgrind 3.19 cannot read what clang 19 writes for debuggers.
    run([program("strip"), "-o", stripped, binary()])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MEKIKI", str(stripped))
        few, many = (
            instructions(start, zone, mails[:count], folder / f"callgrind.{count}")
            for count in (FEW, MANY)
        )
    return {name: round((many[name] - few.get(name, 0)) / (MANY - FEW))
            for name in sorted(many)}


def compare_instructions(what, counts):
    compare(what, sum(counts.values()),
            {name: count for name, count in counts.items() if count >= 1000})


def test_instructions_a_mail(counted):
    compare_instructions(
        "instructions", {n: c for n, c in counted.items() if n not in CRYPTO})


def test_instructions_of_cryptography_a_mail(counted):
    compare_instructions(
        "instructions of OpenSSL and libsodium",
        {n: c for n, c in counted.items() if n in CRYPTO})


# ---------------------------------------------------------- context switches


class Counter:
    """What happened since."""

    def __init__(self, session):
        self.session = session
        self.log = session.mekiki.state / "mekiki.db-shm"
        self.before = self._read()

    def _read(self):
        # sqlite.org/walformat.html: iChange, "incremented each transaction"
        (commits,) = struct.unpack_from("=I", self.log.read_bytes(), 8)
        return self.session.threads.waits(), commits

    def since(self):
        return [now - then for now, then in zip(self._read(), self.before)]


def switches(start, zone, mails):
    """A mail, without what the history's commits cost, which come by time."""
    mekiki = start(zone, SETTINGS)
    with Session(mekiki, mails) as session:
        session.fetch(FEW)
        counter = Counter(session)
        session.fetch(MANY - FEW)
        all_waits, all_commits = counter.since()
        counter = Counter(session)
        for number in range(1, COMMITS + 1):
            session.fetch(1)
            until(lambda: counter.since()[1] >= number, "it is written")
            session.rest()
        waits, commits = counter.since()
        session.client.quit()
    mekiki.end()
    assert all_commits < (MANY - FEW) / 2, "each mail has a commit of its own"
    # all_waits = (MANY - FEW) * mail + all_commits * commit
    # waits = COMMITS * mail + commits * commit
    mail = (all_waits * commits - waits * all_commits) / (
        (MANY - FEW) * commits - COMMITS * all_commits)
    print(f"{all_waits} switches, {all_commits} commits; then {waits} and {commits}; "
          f"{mail:.2f} a mail")
    return mail


def test_context_switches_a_mail(start, zone, mails):
    found = [switches(start, zone, mails) for _ in range(RUNS)]
    compare("context switches", statistics.median(found))
