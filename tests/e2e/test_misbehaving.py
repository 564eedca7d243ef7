"""Servers that break the rules at every step, and what the client sees of it:
never a cut mail that looks complete, never a deletion, never lost step."""

import contextlib
import threading

import pytest

from harness.mekiki import assert_marked, take_marks
from harness.pop3 import Broken, stuff, unstuff
from harness.scripted import ScriptedServer
from harness.waiting import until

HOST = "clear.example"  # may be logged in to without TLS
TLS_HOST = "tls.example"
MAIL = (
    b"From: Taro <taro@example.jp>\r\n"
    b"X-DKIM-Check: pass\r\n"
    b"Subject: dots\r\n"
    b"\r\n"
    b"..\r\n.\r\ntext\r\n.text\r\n\r\nend\r\n"
)
CLEAN = MAIL.replace(b"X-DKIM-Check: pass\r\n", b"")
MAILS = [MAIL, b"Subject: two\r\n\r\ntwo\r\n", b"Subject: three\r\n\r\nthree\r\n"]


@pytest.fixture(scope="module")
def mekiki(start, corpus, authority):
    zone = corpus.zone
    zone.add_address(HOST, ["127.0.0.1"])
    zone.add_address(TLS_HOST, ["127.0.0.1"])
    return start(
        zone,
        {
            "upstream.clear_hosts": [HOST],
            "upstream.extra_ca": str(authority.file),
            "upstream.silence_timeout": "4s",
            "limits.line": 4096,
        },
    )


@pytest.fixture(scope="module")
def certificate(authority):
    return authority.issue(TLS_HOST)


@pytest.fixture(scope="module")
def bystander(mekiki):
    """Another user's session, which must never notice anything."""
    with ScriptedServer(MAILS) as server, log_in(mekiki, server) as client:
        yield client


@pytest.fixture(autouse=True)
def others_are_served(bystander):
    yield
    assert bystander.ok("STAT") == b"+OK 3 %d" % sum(map(len, MAILS))


def log_in(mekiki, server, leg="clear", host=HOST):
    name = f"taro%{host}:{server.port}"
    return mekiki.client(leg).login(name, "password")


def ended(client):
    """What came until the end, and how it ended."""
    broken = client.rest()
    return broken.octets, broken.how


# ------------------------------------------------ answers read as clients do


def answering(*lines):
    """Whatever is asked, these lines."""

    def answer(session, _command):
        for line in lines:
            session.line(line)

    return answer


@pytest.mark.parametrize(
    "ok", ["+OK,", "+OK.", "+ok!", "+OK:", "+OK-", "+OK\t", "+OK  ", "+OK +OK"]
)
def test_status_lines_with_other_signs(mekiki, certificate, ok):
    """Greeting, STLS, USER, PASS and the commands of a session."""

    def stls(session, _command):
        session.line(f"{ok} starting TLS")
        session.start_tls()

    said = answering(f"{ok} gone")
    on = {"STLS": stls, "USER": said, "PASS": said, "DELE": said, "NOOP": said,
          "GREETING": answering(f"{ok} ready")}
    with ScriptedServer(MAILS, on, certificate) as server:
        with log_in(mekiki, server, host=TLS_HOST) as client:
            assert client.ask("DELE 1") == f"{ok} gone".encode()
            assert client.ask("NOOP") == f"{ok} gone".encode()
            client.quit()


@pytest.mark.parametrize("no", ["-ERR:", "-ERR,", "-ERR.", "-ERR\t", "-err!", "+ERR"])
def test_refusals_with_other_signs(mekiki, no):
    on = {"DELE": answering(f"{no} no such message"), "RETR": answering(no)}
    with ScriptedServer(MAILS, on) as server, log_in(mekiki, server) as client:
        assert client.ask("DELE 1") == f"{no} no such message".encode()
        assert client.ask("RETR 1") == no.encode()
        assert client.ok("STAT")


@pytest.mark.parametrize("command", ["LIST 2", "UIDL 2"])
def test_a_whole_list_for_one_mail(mekiki, command):
    """The next answer is the next command's."""
    verb = command.split()[0]
    whole = answering("+OK 3 messages", f"1 {verb}", " 2\t70", "3 80 octets", ".")
    with ScriptedServer(MAILS, {verb: whole}) as server:
        with log_in(mekiki, server) as client:
            for _ in range(3):
                assert client.ok(command) == b"+OK 3 messages"
                assert client.ok("STAT") == b"+OK 3 %d" % sum(map(len, MAILS))
            assert client.mail("RETR 2").endswith(MAILS[1])
            client.quit()


@pytest.mark.parametrize(
    ["command", "upstreams"],
    [("STAT  ", "STAT"), ("LIST ", "LIST"), ("LIST  1", "LIST 1"),
     ("UIDL\t1 ", "UIDL 1"), ("RETR 1 ", "RETR 1"), ("DELE  1", "DELE 1"),
     ("NOOP\t", "NOOP")],
)
def test_commands_with_more_white_space(mekiki, command, upstreams):
    with ScriptedServer(MAILS) as server, log_in(mekiki, server) as client:
        client.ok(command)
        assert upstreams in server.commands()


# ---------------------------------------------------------------- cut mails

RETR_REPLY = b"+OK 1 octets\r\n" + stuff(MAIL)
STATUS_LINE = RETR_REPLY.index(b"\n") + 1


def cutting(reply, octets, ending):
    """A command's reply, cut off after so many octets."""

    def behave(session, _command):
        session.send(reply[:octets])
        getattr(session, ending)()

    return behave


def assert_cut(client, octets):
    """The client saw no mail, or one that was broken off."""
    got, how = ended(client)
    if octets < STATUS_LINE:
        assert not got.startswith(b"+OK"), got
    else:
        assert how == "reset", (octets, got, how)
    assert b"\r\n.\r\n" not in got, (octets, got)


@pytest.mark.parametrize("command", ["RETR 1", "TOP 1 99"])
@pytest.mark.parametrize("ending", ["close", "reset"])
def test_a_cut_mail_never_looks_complete(mekiki, command, ending):
    with ScriptedServer(MAILS) as server:
        for octets in range(len(RETR_REPLY)):
            server.on[command.split()[0]] = cutting(RETR_REPLY, octets, ending)
            with log_in(mekiki, server) as client:
                client.send(command.encode() + b"\r\n")
                assert_cut(client, octets)
        assert not server.deleted


@pytest.mark.parametrize("leg", ["stls", "tls"])
@pytest.mark.parametrize("ending", ["close", "orderly"])
def test_a_mail_cut_under_tls_never_looks_complete(
    mekiki, certificate, leg, ending
):
    """With close_notify or without, the end in the middle is no end."""

    def behave(session, _command):
        session.send(RETR_REPLY[: session.server.cut])
        if ending == "orderly":
            with contextlib.suppress(OSError):
                session.socket.unwrap()
        session.close()

    with ScriptedServer(
        MAILS, {"RETR": behave}, certificate, implicit_tls=True
    ) as server:
        for octets in range(0, len(RETR_REPLY), 7):
            server.cut = octets
            with log_in(mekiki, server, "tls", TLS_HOST) as client:
                client.send(b"RETR 1\r\n")
                assert_cut(client, octets)


def test_a_prefetched_mail_that_was_cut_is_not_delivered(mekiki):
    def behave(session, command):
        reply = session.reply(command)
        if command == "RETR 3":
            session.send(reply[:-5])
            session.close()
        session.send(reply)

    with ScriptedServer(MAILS, {"RETR": behave}) as server:
        with log_in(mekiki, server) as client:
            client.mail("RETR 1")
            client.mail("RETR 2")
            client.send(b"RETR 3\r\n")
            got, _ = ended(client)
            assert not got.startswith(b"+OK") or b"\r\n.\r\n" not in got, got


@pytest.mark.parametrize("command", ["LIST", "UIDL"])
def test_a_cut_listing_never_looks_complete(mekiki, command):
    with ScriptedServer(MAILS) as server:
        with log_in(mekiki, server) as client:
            client.lines(command)
            reply = server.sessions[0].reply(command)
        for octets in range(len(reply)):
            server.on[command] = cutting(reply, octets, "close")
            with log_in(mekiki, server) as client:
                client.send(command.encode() + b"\r\n")
                got, _ = ended(client)
                assert b"\r\n.\r\n" not in got, got


# ------------------------------------------------------ one step goes wrong


def many(count):
    return [b"Subject: %d\r\n\r\nmail %d\r\n" % (n, n) for n in range(1, count + 1)]


def refuse(session, _command):
    session.line("-ERR [SYS/TEMP] not now")


def garbage(session, _command):
    session.send(b"\x00\xff* BAD \r\n")


def empty_line(session, _command):
    session.send(b"\r\n")


def endless_line(session, _command):
    while True:
        session.send(b"+OK " + b"x" * 65536)


def close(session, _command):
    session.close()


def reset(session, _command):
    session.reset()


def stall(session, _command):
    session.stall()


BEHAVIOURS = [refuse, garbage, empty_line, endless_line, close, reset, stall]
AT_LOGIN = ["GREETING", "USER", "PASS"]
AFTER_LOGIN = ["STAT", "LIST", "UIDL", "RETR", "TOP", "DELE", "NOOP", "RSET", "QUIT"]
ARGUMENTS = {"RETR": "RETR 1", "TOP": "TOP 1 2", "DELE": "DELE 1"}


@pytest.mark.parametrize("behave", BEHAVIOURS, ids=lambda f: f.__name__)
@pytest.mark.parametrize("step", AT_LOGIN)
def test_login_fails_when_the_server_breaks_the_rules(mekiki, step, behave):
    # Without SASL there is no other way in than USER and PASS.
    with ScriptedServer(MAILS, {step: behave}, capabilities=["UIDL"]) as server:
        with mekiki.client() as client:
            client.ok(f"USER taro%{HOST}:{server.port}")
            answer = client.refused("PASS password")
            assert answer.startswith((b"-ERR [SYS/", b"-ERR [AUTH]")), answer
            server.on.clear()
            client.login(f"taro%{HOST}:{server.port}", "password")
            client.ok("STAT")
        if step != "PASS":
            assert "PASS password" not in server.sessions[0].commands


@pytest.mark.parametrize("behave", BEHAVIOURS, ids=lambda f: f.__name__)
def test_capabilities_that_break_the_rules(mekiki, behave):
    with ScriptedServer(MAILS, {"CAPA": behave}) as server:
        with log_in(mekiki, server) as client:
            client.send(b"CAPA\r\n")  # the server is taken to know RFC 1939
            assert client.line().startswith(b"+OK")
            assert b"UIDL\r\n" in client.body()
            client.ok("STAT")
            for number, mail in enumerate(MAILS, 1):
                client.mail(f"RETR {number}")
                client.ok(f"DELE {number}")
            client.quit()
        # What broke at it once is not asked again.
        asked = server.commands().count("CAPA")
        with log_in(mekiki, server) as client:
            client.ok("STAT")
        assert server.commands().count("CAPA") == asked


def late(session, command):
    """Answers when nobody waits for it any more."""
    session.pause(2.5)
    session.send(session.reply(command))


@pytest.mark.parametrize("verb", ["CAPA", "LIST"])
@pytest.mark.parametrize("behave", [*BEHAVIOURS, late], ids=lambda f: f.__name__)
def test_what_we_ask_for_ourselves_never_becomes_a_mail(mekiki, verb, behave):
    """Before we prefetch we ask for the capabilities and sizes. The client gets
    each mail right, or its connection breaks."""
    mails = many(8)
    with ScriptedServer(mails, {verb: behave}) as server:
        with log_in(mekiki, server) as client:
            got = []
            with contextlib.suppress(Broken, ConnectionError, AssertionError):
                for number in range(1, len(mails) + 1):
                    got.append(client.mail(f"RETR {number}"))
            assert len(got) >= 2
            for mail, delivered in zip(mails, got):
                assert_marked(delivered, mail, "none")
            if behave is refuse:
                assert len(got) == len(mails)
    assert not server.deleted


@pytest.mark.parametrize("behave", BEHAVIOURS, ids=lambda f: f.__name__)
@pytest.mark.parametrize("verb", AFTER_LOGIN)
def test_a_command_fails_when_the_server_breaks_the_rules(mekiki, verb, behave):
    command = ARGUMENTS.get(verb, verb)
    with ScriptedServer(MAILS) as server:
        with log_in(mekiki, server) as client:
            client.ok("DELE 2")
            server.on[verb] = behave
            if behave is refuse:
                answer = client.refused(command)
                assert answer.startswith(b"-ERR [SYS/TEMP] not now"), answer
                if verb != "QUIT":
                    server.on.clear()
                    client.ok("NOOP")
                    assert client.ok("LIST 3") == b"+OK 3 %d" % len(MAILS[2])
            else:
                client.send(command.encode() + b"\r\n")
                got, _ = ended(client)
                assert not got.startswith(b"+OK"), got
        if verb != "QUIT":
            assert not server.deleted


# ------------------------------------------------------------------- lies


@pytest.mark.parametrize(
    "listing",
    [
        b"1 1\r\n2 1\r\n3 1\r\n",
        b"1 99999999\r\n2 99999999\r\n3 99999999\r\n",
        b"1 0\r\n2 0\r\n3 0\r\n",
        b"3 5\r\n2 5\r\n1 5\r\n1 7\r\n",
        b"1\r\nx y\r\n\r\n-1 -1\r\n99999999999999999999 1\r\n4294967295 4294967295\r\n",
        b"0 5\r\n200001 5\r\n1 18446744073709551616\r\n",
        b"1 5\r\n" * 5000,
        b"",
    ],
)
def test_wrong_sizes_change_no_mail(mekiki, listing):
    def lie(session, command):
        if command == "LIST":
            session.send(b"+OK\r\n" + listing + b".\r\n")
        else:
            session.send(session.reply(command))

    mails = [b"Subject: %d\r\n\r\nmail %d\r\n" % (n, n) for n in range(1, 41)]
    with ScriptedServer(mails, {"LIST": lie}) as server:
        with log_in(mekiki, server) as client:
            assert b"".join(
                line + b"\r\n" for line in client.lines("LIST")
            ) == listing
            for number, mail in enumerate(mails, 1):
                assert_marked(client.mail(f"RETR {number}"), mail, "none")
            client.quit()
        assert server.commands().count("RETR 7") == 1


def test_an_endless_list_of_capabilities(mekiki):
    def endless(session, _command):
        session.line("+OK")
        while True:
            session.send(b"X-THING\r\n" * 1000)

    with ScriptedServer(MAILS, {"CAPA": endless}) as server:
        with log_in(mekiki, server) as client:
            client.send(b"CAPA\r\n")
            assert client.line().startswith(b"+OK")
            assert b"UIDL\r\n" in client.body()
            client.ok("STAT")


def test_a_listing_without_end_is_cut_off_when_the_client_goes(mekiki):
    def endless(session, _command):
        session.line("+OK")
        while True:
            session.send(b"1 1\r\n" * 1000)

    with ScriptedServer(MAILS, {"LIST": endless}) as server:
        before = mekiki.memory()
        with log_in(mekiki, server) as client:
            client.ok("LIST")
            for _ in range(200_000):
                client.line()
        assert mekiki.memory() - before < 64 << 20


def test_dots_that_the_server_forgot_to_stuff(mekiki):
    """As every client would: one dot goes from the start of a line."""
    sent = b"Subject: x\r\n\r\n.hidden\r\n..two\r\nend\r\n"

    def unstuffed(session, _command):
        session.send(b"+OK\r\n" + sent + b".\r\n")

    with ScriptedServer(MAILS, {"RETR": unstuffed}) as server:
        with log_in(mekiki, server) as client:
            assert_marked(
                client.mail("RETR 1"),
                sent.replace(b"\r\n.", b"\r\n"),
                "none",
            )
            client.ok("STAT")


@pytest.mark.parametrize(
    "body", [b"a\n.\nb\r\n", b"a\n.\r\nb\r\n", b"a\n.", b"\n.\r\n+OK 0 0\r\n.\n"]
)
def test_a_dot_after_a_bare_lf_ends_no_mail(mekiki, body):
    """Neither for us nor for clients that would take it for the end."""
    mail = b"Subject: x\r\n\r\n" + body + b"\r\n"
    with ScriptedServer([mail]) as server, log_in(mekiki, server) as client:
        client.ok("RETR 1")
        _, rest = take_marks(client.body())
        assert rest == mail.replace(b"\n.", b"\n.."), rest
        client.ok("STAT")


def test_octets_after_the_end_do_not_become_answers(mekiki):
    """What a server says unasked is no answer to the next command."""

    def talkative(session, command):
        session.send(session.reply(command) + b"a line too much\r\n")

    with ScriptedServer(MAILS, {"RETR": talkative}) as server:
        with log_in(mekiki, server) as client:
            client.mail("RETR 1")
            client.send(b"STAT\r\n")
            got, _ = ended(client)
            assert not got.startswith(b"+OK"), got


def test_endless_line_in_a_mail(mekiki):
    mail = b"Subject: x\r\n\r\n" + b"y" * 3_000_000 + b"\r\n"
    header = b"Subject: " + b"z" * 3_000_000 + b"\r\n\r\ntext\r\n"
    with ScriptedServer([mail, header]) as server, log_in(mekiki, server) as client:
        assert_marked(client.mail("RETR 1"), mail, "none")
        assert_marked(client.mail("RETR 2"), header, "none")
        client.quit()


# --------------------------------------------------------------- prefetch


def test_the_next_mails_are_asked_for_ahead(mekiki):
    mails = [mail + b".dots\r\n" for mail in many(20)]
    with ScriptedServer(mails) as server, log_in(mekiki, server) as client:
        client.ok("STAT")
        for number in (1, 2, 3):
            client.mail(f"RETR {number}")
            client.ok(f"DELE {number}")
        server.wait_for("TOP 5")
        client.ok("NOOP")
        client.ok("DELE 4")
        client.refused("RETR 4")
        for number in (5, 6, 12, 13, 14, 15, 7):
            expected = mails[number - 1]
            assert_marked(client.mail(f"RETR {number}"), expected, "none")
        client.quit()
        until(lambda: server.deleted, "QUIT arrived")
        assert server.deleted == {1, 2, 3, 4}
        # By RETR only what the client wanted, and no mail twice but the proof.
        fetched = [c.split()[1] for c in server.commands() if c[:4] in ("RETR", "TOP ")]
        assert sorted(map(int, fetched)).count(1) <= 2
        assert "RETR 8" not in server.commands()


@pytest.mark.parametrize("expire", ["EXPIRE 0", "EXPIRE 0 USER"])
def test_nothing_is_asked_ahead_where_reading_deletes(mekiki, expire):
    capabilities = ["TOP", "UIDL", "PIPELINING", expire]
    with ScriptedServer(many(9), capabilities=capabilities) as server:
        with log_in(mekiki, server) as client:
            for number in range(1, 6):
                client.mail(f"RETR {number}")
            client.ok("NOOP")
            assert expire.encode() in client.lines("CAPA")
            client.quit()
        asked = [c for c in server.commands() if c.startswith("RETR")]
        assert asked == [f"RETR {number}" for number in range(1, 6)]


def in_lock_step(session, command):
    """Minds a command that comes before the last one was answered."""
    session.socket.setblocking(False)
    try:
        assert not session.socket.recv(1), "a command was pipelined"
    except BlockingIOError:
        pass
    finally:
        session.socket.setblocking(True)
    assert not session.buffer, "a command was pipelined"
    session.send(session.reply(command))


@pytest.mark.parametrize("capa", ["refused", "without"])
def test_a_server_without_pipelining_gets_one_command_at_a_time(mekiki, capa):
    verbs = ("USER", "PASS", "RETR", "TOP", "LIST", "STAT", "UIDL", "DELE", "NOOP")
    on = {verb: in_lock_step for verb in verbs}
    if capa == "refused":
        on["CAPA"] = refuse
    with ScriptedServer(many(12), on, capabilities=["TOP", "UIDL"]) as server:
        with log_in(mekiki, server) as client:
            commands = [f"RETR {n}" for n in range(1, 13)] + ["NOOP"] * 5 + ["STAT"]
            client.send("".join(c + "\r\n" for c in commands).encode())
            for mail in many(12):
                assert client.line().startswith(b"+OK")
                assert_marked(unstuff(client.body()), mail, "none")
            for _ in range(6):
                assert client.line().startswith(b"+OK")
            client.quit()


def test_a_server_without_uidl_and_top(mekiki):
    on = {"UIDL": refuse, "TOP": refuse}
    with ScriptedServer(MAILS, on, capabilities=["USER"]) as server:
        with log_in(mekiki, server) as client:
            capabilities = client.lines("CAPA")
            assert b"UIDL" not in capabilities and b"TOP" not in capabilities
            client.refused("UIDL")
            client.refused("UIDL 1")
            client.refused("TOP 1 0")
            assert_marked(client.mail("RETR 1"), CLEAN, "none")
            client.quit()


# ---------------------------------------------------------- clients that go


BIG = b"Subject: big\r\n\r\n" + b"0123456789abcdef\r\n" * 1_000_000


def sessions_are_over(server):
    return lambda: not any(
        thread.is_alive() for thread in server.threads[1:]
    )


@pytest.mark.parametrize("leg", ["clear", "tls"])
def test_a_client_that_vanishes_in_the_middle_of_a_mail(
    mekiki, certificate, leg
):
    tls = leg == "tls"
    with ScriptedServer(
        [BIG], certificate=certificate if tls else None, implicit_tls=tls
    ) as server:
        client = log_in(mekiki, server, leg, TLS_HOST if tls else HOST)
        client.ok("DELE 1")
        client.ok("RSET")
        client.ok("RETR 1")
        client.close()
        until(sessions_are_over(server), "the upstream's session ended")
        assert not server.deleted
        with log_in(mekiki, server, leg, TLS_HOST if tls else HOST) as again:
            assert_marked(again.mail("RETR 1"), BIG, "none")


# A write that fails after close_notify once kept the loop busy for ever.
@pytest.mark.parametrize("step", ["handshake", "greeting", "login", "mail"])
@pytest.mark.parametrize("leg", ["tls", "stls"])
def test_a_client_that_ends_tls_and_goes(
    mekiki, bystander, certificate, leg, step
):
    with ScriptedServer(
        [BIG], certificate=certificate, implicit_tls=leg == "tls"
    ) as server:
        for _ in range(5):
            greeting = step != "handshake" or leg == "stls"
            client = mekiki.client(leg, greeting=greeting)
            if step in ("login", "mail"):
                client.login(f"taro%{TLS_HOST}:{server.port}", "password")
            commands = {"login": b"NOOP\r\n" * 50, "mail": b"RETR 1\r\n"}
            client.send(commands.get(step, b""))
            client.end_tls()
            assert bystander.ok("NOOP")


@pytest.mark.parametrize("step", ["GREETING", "USER", "PASS"])
def test_a_client_that_vanishes_during_the_login_is_not_the_servers_fault(
    mekiki, step
):
    with ScriptedServer(MAILS, {step: lambda session, *_: session.stall()}) as server:
        name = f"{step.lower()}%{HOST}:{server.port}"
        client = mekiki.client()
        client.ok(f"USER {name}")
        client.send(b"PASS x\r\n")
        if step == "GREETING":
            until(lambda: server.sessions, "the server was connected to")
        else:
            server.wait_for(step)
        client.close()
        line = f'no login to "{name}": "-ERR [SYS/TEMP] Mekiki: the client left'
        until(lambda: line in mekiki.log(), f"{line} in the log")


def test_a_client_that_vanishes_while_the_server_sends(mekiki):
    go_on = threading.Event()

    def halfway(session, command):
        reply = session.reply(command)
        session.send(reply[: len(reply) // 2])
        go_on.wait(30)
        session.send(reply[len(reply) // 2 :])

    with ScriptedServer([BIG], {"RETR": halfway}) as server:
        client = log_in(mekiki, server)
        client.send(b"DELE 1\r\nRETR 1\r\n")
        server.wait_for("RETR")
        client.close()
        go_on.set()
        until(sessions_are_over(server), "the upstream's session ended")
        assert not server.deleted


def test_a_client_that_stops_reading_holds_up_nobody(mekiki):
    with ScriptedServer([BIG]) as server:
        sleeper = log_in(mekiki, server)
        sleeper.send(b"RETR 1\r\nRETR 1\r\nRETR 1\r\n")
        server.wait_for("RETR")
        with log_in(mekiki, server) as client:
            assert_marked(client.mail("RETR 1"), BIG, "none")
            client.quit()
        sleeper.close()
        until(sessions_are_over(server), "the upstream's sessions ended")


def test_a_client_that_stops_in_the_middle_of_a_command(mekiki):
    with ScriptedServer(MAILS) as server:
        client = log_in(mekiki, server)
        client.send(b"DELE 1\r\nQUI")
        client.line()
        client.close()
        until(sessions_are_over(server), "the upstream's session ended")
        assert not server.deleted


def test_a_server_that_goes_while_the_client_is_idle(mekiki):
    with ScriptedServer(MAILS) as server:
        client = log_in(mekiki, server)
        client.ok("DELE 1")
    # The server is gone now.
    try:
        answer = client.ask("QUIT")
        assert answer.startswith(b"-ERR"), answer
    except (Broken, BrokenPipeError, ConnectionResetError):
        pass
    client.close()
