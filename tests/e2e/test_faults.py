"""A session, and at each of its steps one fault after the other: of the server,
the client, the DNS, the disk. The client never takes a cut mail for a whole one,
the mailbox keeps what nobody deleted, and the next session is as any other."""

import concurrent.futures
import contextlib
import errno

import pytest

from harness.account import mail
from harness.dns import TYPES, DnsServer
from harness.faults import FaultyDisk, faulty_server
from harness.http import HttpClient
from harness.mails import DOMAIN
from harness.mekiki import Mekiki, first_difference, take_marks
from harness.pop3 import Broken
from harness.waiting import until

HOST = "clear.example"
FORGED_FIELD = b"X-DKIM-Check: pass\r\n"
TRACE, _, REST = mail("one", "friendly.example").partition(b"Date: ")
MAILS = [
    TRACE + FORGED_FIELD + b"Date: " + REST,
    mail("two", DOMAIN),
    mail("three", "friendly.example") + b"..dots\r\n" * 40_000,
]
CLEAN = [octets.replace(FORGED_FIELD, b"") for octets in MAILS]
SETTINGS = {
    "upstream.clear_hosts": [HOST],
    "upstream.silence_timeout": "2s",
    "client.idle_timeout": "60s",
    "users.methods": "B",
    "users.budget": 0,
}


class Seen:
    """What the client of one session saw."""

    def __init__(self):
        self.mails = {}
        self.deleted = set()  # answered by +OK
        self.asked_to_delete = set()
        self.said_quit = False
        self.quit = False  # answered by +OK
        self.end = None

    def check(self, server):
        until(lambda: not any(t.is_alive() for t in server.threads[1:]),
              "the server's side ends")
        for number, octets in self.mails.items():
            marks, rest = take_marks(octets)
            assert rest == CLEAN[number - 1], first_difference(rest, CLEAN[number - 1])
            assert marks[b"X-DKIM-Check"] == b"none"
        assert server.deleted <= self.asked_to_delete
        if not self.said_quit:
            assert server.deleted == set()
        if self.quit:
            assert server.deleted == self.deleted


def run_session(mekiki, server, before=lambda client, number, command: None):
    """Commands one after the other, whatever is refused, until the connection
    ends. `before` is called ahead of each."""
    seen = Seen()
    number = 0
    client = mekiki.client()

    def ask(command, multi_line=False):
        nonlocal number
        number += 1
        before(client, number, command)
        if command.startswith("DELE"):
            seen.asked_to_delete.add(int(command.split()[1]))
        seen.said_quit |= command == "QUIT"
        if not client.ask(command).startswith(b"+OK"):
            return None
        return client.body() if multi_line else b""

    try:
        with client:
            if ask(f"USER taro%{HOST}:{server.port}") is None:
                return seen
            if ask("PASS password") is None:
                return seen
            ask("STAT")
            ask("LIST", multi_line=True)
            ask("UIDL", multi_line=True)
            ask("TOP 1 0", multi_line=True)
            for i in range(1, len(MAILS) + 1):
                body = ask(f"RETR {i}", multi_line=True)
                if body is None:
                    continue
                seen.mails[i] = b"\r\n".join(
                    line[1:] if line.startswith(b".") else line
                    for line in body.split(b"\r\n"))
                if ask(f"DELE {i}") is not None:
                    seen.deleted.add(i)
            ask("NOOP")
            seen.quit = ask("QUIT") is not None
    except (Broken, ConnectionError) as broken:
        seen.end = broken
    return seen


@pytest.fixture(scope="module")
def zone(corpus):
    corpus.zone.add_address(HOST, ["127.0.0.1"])
    corpus.zone.add_text(f"_dmarc.{DOMAIN}", "v=DMARC1; p=reject")
    return corpus.zone


@pytest.fixture(scope="module")
def mekiki(start, zone):
    return start(zone, SETTINGS)


def assert_nobody_is_left(mekiki):
    def sessions():
        with HttpClient(mekiki.admin_port) as http:
            text = http.get("/metrics")[2]
        return next(line for line in text.splitlines()
                    if line.startswith("mekiki_sessions "))

    until(lambda: sessions() == "mekiki_sessions 0", "all sessions end")


def assert_as_any_other(mekiki):
    with faulty_server(MAILS, 0, None) as server:
        seen = run_session(mekiki, server)
        assert seen.quit and len(seen.mails) == len(MAILS), seen.end
        assert seen.deleted == set(range(1, len(MAILS) + 1))
        seen.check(server)


def all_at_once(cases, function):
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        jobs = {pool.submit(function, case): case for case in cases}
        for job in concurrent.futures.as_completed(jobs):
            try:
                job.result()
            except BaseException as failure:
                raise AssertionError(f"at {jobs[job]}") from failure


# ---------------------------------------------------------------- the server


def half(session, right):
    octets = right()
    session.send(octets[: len(octets) // 2])


def half_and(then):
    def fault(session, right):
        half(session, right)
        then(session)

    return fault


def late(session, right):
    session.pause(0.2)
    session.send(right())


OF_THE_SERVER = {
    "stalls": lambda session, right: session.stall(),
    "ends": lambda session, right: session.close(),
    "resets": lambda session, right: session.reset(),
    "stalls halfway": half_and(lambda session: session.stall()),
    "ends halfway": half_and(lambda session: session.close()),
    "resets halfway": half_and(lambda session: session.reset()),
    "answers garbage": lambda session, right: session.send(b"\xff\0 ?\x1b[2J\r\n"),
    "answers an endless line": lambda session, right: session.send(b"+" * 1_000_000),
    "answers nothing but a dot": lambda session, right: session.send(b".\r\n"),
    "refuses": lambda session, right: session.line("-ERR [SYS/TEMP] not now"),
    "answers late": late,
}


@pytest.mark.parametrize("fault", OF_THE_SERVER)
def test_a_server(mekiki, fault):
    with faulty_server(MAILS, 0, None) as server:
        run_session(mekiki, server).check(server)
        steps = server.on.count
    assert steps > 15

    def at(n):
        with faulty_server(MAILS, n, OF_THE_SERVER[fault]) as server:
            seen = run_session(mekiki, server)
            assert server.on.count >= n
            seen.check(server)
            if fault == "answers late":
                assert seen.quit and len(seen.mails) == len(MAILS)

    all_at_once(range(1, steps + 1), at)
    assert_nobody_is_left(mekiki)
    assert_as_any_other(mekiki)


# ---------------------------------------------------------------- the client


def close(client, command):
    client.close()
    raise Broken(b"", "by the client")


def ask_and_close(client, command):
    client.send(command.encode() + b"\r\n")
    close(client, command)


def half_a_command(client, command):
    client.send(command.encode()[:-1])
    close(client, command)


def garbage(client, command):
    client.send(b"\xff\0 ?\x1b[2J\r\n")
    assert client.line().startswith(b"-ERR")


def endless(client, command):
    with contextlib.suppress(OSError):
        client.send(b"N" * 1_000_000)
    close(client, command)


def no_more_reading(client, command):
    client.send(command.encode() + b"\r\n" + b"RETR 3\r\n" * 20)
    close(client, command)


OF_THE_CLIENT = {
    "ends": close,
    "ends without waiting for the answer": ask_and_close,
    "ends within a command": half_a_command,
    "sends garbage": garbage,
    "sends an endless line": endless,
    "asks for much and reads nothing": no_more_reading,
}


@pytest.mark.parametrize("fault", OF_THE_CLIENT)
def test_a_client(mekiki, fault):
    commands = []
    with faulty_server(MAILS, 0, None) as server:
        run_session(mekiki, server, lambda _client, _n, command: commands.append(command))

    def at(n):
        def before(client, number, command):
            if number == n:
                seen_quit.append(command == "QUIT")
                OF_THE_CLIENT[fault](client, command)

        seen_quit = []
        with faulty_server(MAILS, 0, None) as server:
            seen = run_session(mekiki, server, before)
            # A QUIT that went out without waiting may have been carried out.
            seen.said_quit |= seen_quit == [True]
            seen.check(server)

    all_at_once(range(1, len(commands) + 1), at)
    assert_nobody_is_left(mekiki)
    assert_as_any_other(mekiki)


# ------------------------------------------------------------------- the DNS


OF_THE_DNS = {
    "is silent": lambda right: None,
    "answers late": lambda right: (0.3, right),
    "says there is nothing": lambda right: (0, []),
}


@pytest.mark.parametrize("fault", OF_THE_DNS)
def test_a_name_server(start, zone, fault):
    """From the n-th question on; each mail arrives whole all the same."""

    def values(name, kind):
        found = zone.names.get(name, {}).get(kind, [])
        if kind == "TXT":  # in pieces or whole
            return ["".join(value) for value in found]
        return list(found)

    def run_at(n):
        count = 0

        def answer(name, kind):
            nonlocal count
            # Without these there would be no session: the server, the root's key.
            if name == HOST or kind not in TYPES:
                return 0, values(name, kind)
            count += 1
            right = values(name, kind)
            return OF_THE_DNS[fault](right) if 0 < n <= count else (0, right)

        with DnsServer(answer) as dns:
            mekiki = start(None, SETTINGS | {"dns.resolvers": [dns.address],
                                             "dns.budget": "2s"})
            with faulty_server(MAILS, 0, None) as server:
                seen = run_session(mekiki, server)
                assert seen.quit and len(seen.mails) == len(MAILS), seen.end
                seen.check(server)
            mekiki.end()
        return count

    steps = run_at(0)
    assert steps > 3
    all_at_once(range(1, steps + 1), run_at)


# ------------------------------------------------------------------ the disk


@pytest.mark.parametrize("reason", [errno.ENOSPC, errno.EIO])
def test_a_disk(start, folder, zone, reason):
    """From the n-th change of a file on. Mail goes on, judged and marked; once
    there is room again, what comes is noted."""
    place = folder / f"disk-{reason}"
    disk = FaultyDisk(place / "disk", place / "state", reason)
    mekiki = start(zone, SETTINGS | {"history.deadline": "200ms"},
                   state=place / "state", env=disk.environment)
    disk.fail_from(0)
    assert_as_any_other(mekiki)
    until(lambda: "mekiki.db" in str(list((place / "state").iterdir())), "a history")
    steps = disk.seen()
    assert steps > 10
    for n in [1, 2, 3, 5, 8, *range(13, steps + 1, steps // 4)]:
        disk.fail_from(n)
        assert_as_any_other(mekiki)
    assert mekiki.is_alive()
    disk.fail_from(0)
    until(lambda: noted_again(mekiki, disk), "mails are noted again")


def noted_again(mekiki, disk):
    before = disk.seen()
    assert_as_any_other(mekiki)
    return disk.seen() > before


def test_a_disk_at_the_start(folder, zone):
    """It starts, or says in a sentence why not."""
    place = folder / "start"
    disk = FaultyDisk(place / "disk", place / "state", errno.ENOSPC)
    started = Mekiki(place / "first", zone, SETTINGS, state=place / "state",
                     env=disk.environment)
    steps = disk.seen()
    started.end()
    assert steps > 5
    for n in range(1, steps + 1):
        state = place / f"state-{n}"
        other = disk.environment | {"FAULTS_FOLDER": str(state)}
        disk.fail_from(n)
        try:
            mekiki = Mekiki(place / f"at-{n}", zone, SETTINGS, state=state, env=other)
        except AssertionError as problem:
            last = str(problem).strip().splitlines()[-1]
            assert "mekiki: " in last or "error" in last, problem
            assert str(state) in str(problem), problem
            continue
        try:
            assert_as_any_other(mekiki)
        finally:
            mekiki.end()
