"""Memory: it does not grow with the mail, and an idle session costs little."""

import threading

import pytest

from harness.mails import plain_mail
from harness.mekiki import assert_marked, is_sanitized
from harness.pop3 import Client, client_context
from harness.scripted import ScriptedServer

pytestmark = pytest.mark.skipif(
    is_sanitized(), reason="SANITIZERS USE MEMORY OF THEIR OWN: NOT MEASURED"
)

CLEAR = "clear.example"
TLS = "tls.example"
MIB = 1 << 20
SESSIONS = 400


@pytest.fixture(scope="module")
def zone(corpus):
    for host in (CLEAR, TLS):
        corpus.zone.add_address(host, ["127.0.0.1"])
    return corpus.zone


@pytest.fixture(scope="module")
def settings(authority):
    return {
        "upstream.clear_hosts": [CLEAR],
        "upstream.extra_ca": str(authority.file),
        "limits.sessions": 5000,
        "limits.sessions_per_client": 5000,
        "log.level": "info",
    }


@pytest.mark.parametrize("leg", ["clear", "tls"])
def test_a_mail_of_100_mb_needs_no_more_memory(
    start, zone, settings, authority, corpus, leg
):
    line = b"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcd\r\n"
    mail = plain_mail(b"very large", line * (100 * 1000 * 1000 // len(line)))
    signed = corpus.opendkim(mail)
    mekiki = start(zone, settings)
    tls = leg == "tls"
    host = TLS if tls else CLEAR
    certificate = authority.issue(TLS) if tls else None
    small = plain_mail(b"small", b"text\r\n")
    with ScriptedServer(
        [small, signed], certificate=certificate, implicit_tls=tls
    ) as server:
        with mekiki.client(leg) as client:
            client.login(f"taro%{host}:{server.port}", "x")
            client.mail("RETR 1")
            idle = mekiki.memory()
            assert_marked(client.mail("RETR 2"), signed, "pass")
            grown = mekiki.memory("VmHWM") - idle
            print(f"a mail of 100 MB, {leg}: {grown / MIB:.1f} MiB more")
            assert grown < 16 * MIB, grown
            client.quit()


def test_mails_of_all_sessions_share_a_limit(start, zone, settings):
    """Half of each has come when its server stalls."""
    half = plain_mail(b"large", b"0123456789abcdef0123456789abcd\r\n" * 6000)[:190_000]
    stalled = threading.Semaphore(0)

    def stall(session, _command):
        session.send(b"+OK\r\n" + half)
        stalled.release()
        session.stall()

    def held(limit):
        mekiki = start(zone, settings | {"limits.memory": limit,
                                         "client.first_lines": "10m"})
        with ScriptedServer([half], on={"RETR": stall}) as server:
            clients = [mekiki.client().login(f"taro{i}%{CLEAR}:{server.port}", "x")
                       for i in range(100)]
            before = mekiki.memory()
            for client in clients:
                client.send(b"RETR 1\r\n")
                stalled.acquire()
            # What was sent is read: a further session is served after that.
            mekiki.client().quit()
            for client in clients:
                client.close()
            return mekiki.memory("VmHWM") - before

    assert held("1GiB") > 100 * 190_000
    assert held("1MiB") < 100 * 100_000


def idle_cost(mekiki, log_in):
    """Octets of resident memory for each of many idle sessions."""
    first = [log_in() for _ in range(20)]  # what is needed once is there now
    before = mekiki.memory()
    sessions = [log_in() for _ in range(SESSIONS)]
    cost = (mekiki.memory() - before) / SESSIONS
    for client in first + sessions:
        client.close()
    return cost


def test_an_idle_plain_session_costs_less_than_12_kb(start, zone, settings):
    mekiki = start(zone, settings)
    with ScriptedServer([plain_mail(b"one", b"text\r\n")]) as server:
        name = f"taro%{CLEAR}:{server.port}"

        def log_in():
            client = mekiki.client().login(name, "x")
            client.ok("STAT")
            return client

        cost = idle_cost(mekiki, log_in)
        print(f"idle session, plain: {cost / 1000:.1f} kB")
        assert cost < 12_000, cost


def test_an_idle_tls_session_costs_less_than_48_kb(start, zone, settings, authority):
    mekiki = start(zone, settings)
    context = client_context(mekiki.ca)
    with ScriptedServer(
        [plain_mail(b"one", b"text\r\n")],
        certificate=authority.issue(TLS),
        implicit_tls=True,
    ) as server:
        name = f"taro%{TLS}:{server.port}"

        def log_in():
            client = Client(mekiki.tls_port, tls=context).login(name, "x")
            client.ok("STAT")
            return client

        cost = idle_cost(mekiki, log_in)
        print(f"idle session, TLS on both legs: {cost / 1000:.1f} kB")
        assert cost < 48_000, cost


def test_a_session_after_a_large_mail_is_as_small_as_before(start, zone, settings):
    """Room for a large mail is given back."""
    mekiki = start(zone, settings)
    mail = plain_mail(b"large", b"0123456789abcdef\r\n" * 500_000)
    with ScriptedServer([mail] * 3) as server:
        name = f"taro%{CLEAR}:{server.port}"
        with mekiki.client() as client:
            client.login(name, "x").mail("RETR 1")
        before = mekiki.memory()
        clients = []
        for _ in range(30):
            client = mekiki.client().login(name, "x")
            client.mail("RETR 1")
            clients.append(client)
        grown = (mekiki.memory() - before) / len(clients)
        assert grown < 100_000, grown
        for client in clients:
            client.close()


def test_many_prefetched_mails_stay_within_their_window(start, zone, settings):
    mekiki = start(zone, settings)
    mail = plain_mail(b"middle", b"0123456789abcdef\r\n" * 10_000)
    with ScriptedServer([mail] * 100) as server:
        with mekiki.client() as client:
            client.login(f"taro%{CLEAR}:{server.port}", "x")
            before = mekiki.memory()
            for number in range(1, 60):
                client.mail(f"RETR {number}")
            client.ok("NOOP")
            assert mekiki.memory("VmHWM") - before < 16 * MIB
            client.quit()
