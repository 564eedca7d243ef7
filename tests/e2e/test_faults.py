"""A session, and at each of its steps one fault after the other: of the server,
the client, the DNS, the disk. The client never takes a cut mail for a whole one,
the mailbox keeps what nobody deleted, and the next session is as any other."""

import concurrent.futures
import errno

import pytest

from harness.account import HOST, mail
from harness.dns import TYPES, DnsServer
from harness.faults import (
    OF_THE_CLIENT,
    OF_THE_DNS,
    OF_THE_SERVER,
    SETTINGS,
    FaultyDisk,
    assert_nobody_is_left,
    faulty_server,
    right_answer,
    run_session,
)
from harness.mails import DOMAIN
from harness.mekiki import Mekiki
from harness.waiting import until

FORGED_FIELD = b"X-DKIM-Check: pass\r\n"
TRACE, _, REST = mail("one", "friendly.example").partition(b"Date: ")
MAILS = [
    TRACE + FORGED_FIELD + b"Date: " + REST,
    mail("two", DOMAIN),
    mail("three", "friendly.example") + b"..dots\r\n" * 40_000,
]
CLEAN = [octets.replace(FORGED_FIELD, b"") for octets in MAILS]


@pytest.fixture(scope="module")
def zone(corpus):
    corpus.zone.add_address(HOST, ["127.0.0.1"])
    corpus.zone.add_text(f"_dmarc.{DOMAIN}", "v=DMARC1; p=reject")
    return corpus.zone


@pytest.fixture(scope="module")
def mekiki(start, zone):
    return start(zone, SETTINGS)


def assert_as_any_other(mekiki):
    with faulty_server(MAILS, 0, None) as server:
        seen = run_session(mekiki, server)
        assert seen.quit and len(seen.mails) == len(MAILS), seen.end
        assert seen.deleted == set(range(1, len(MAILS) + 1))
        seen.check(server, CLEAN)


def all_at_once(cases, function):
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        jobs = {pool.submit(function, case): case for case in cases}
        for job in concurrent.futures.as_completed(jobs):
            try:
                job.result()
            except BaseException as failure:
                raise AssertionError(f"at {jobs[job]}") from failure


# ---------------------------------------------------------------- the server


@pytest.mark.parametrize("fault", OF_THE_SERVER)
def test_a_server(mekiki, fault):
    with faulty_server(MAILS, 0, None) as server:
        run_session(mekiki, server).check(server, CLEAN)
        steps = server.on.count
    assert steps > 15

    def at(n):
        with faulty_server(MAILS, n, OF_THE_SERVER[fault]) as server:
            seen = run_session(mekiki, server)
            assert server.on.count >= n
            seen.check(server, CLEAN)
            if fault == "answers late":
                assert seen.quit and len(seen.mails) == len(MAILS)

    all_at_once(range(1, steps + 1), at)
    assert_nobody_is_left(mekiki)
    assert_as_any_other(mekiki)


# ---------------------------------------------------------------- the client


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
            seen.check(server, CLEAN)

    all_at_once(range(1, len(commands) + 1), at)
    assert_nobody_is_left(mekiki)
    assert_as_any_other(mekiki)


# ------------------------------------------------------------------- the DNS


@pytest.mark.parametrize("fault", OF_THE_DNS)
def test_a_name_server(start, zone, fault):
    """From the n-th question on; each mail arrives whole all the same."""

    def run_at(n):
        count = 0

        def answer(name, kind):
            nonlocal count
            # Without these there would be no session: the server, the root's key.
            if name == HOST or kind not in TYPES:
                return 0, right_answer(zone, name, kind)
            count += 1
            right = right_answer(zone, name, kind)
            return OF_THE_DNS[fault](right) if 0 < n <= count else (0, right)

        with DnsServer(answer) as dns:
            mekiki = start(None, SETTINGS | {"dns.resolvers": [dns.address],
                                             "dns.budget": "2s"})
            with faulty_server(MAILS, 0, None) as server:
                seen = run_session(mekiki, server)
                assert seen.quit and len(seen.mails) == len(MAILS), seen.end
                seen.check(server, CLEAN)
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
