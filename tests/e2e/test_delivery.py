"""Mails that are forged, slow, or larger than there is room for: our fields
are true, whatever the mail brought along."""

import email
import re
import resource
import signal
import threading

import pytest

from harness.mails import plain_mail
from harness.mekiki import (
    AUTHSERV_ID,
    OUR_FIELDS,
    assert_marked,
    header_fields,
    take_marks,
)
from harness.pop3 import stuff, unstuff
from harness.scripted import ScriptedServer
from harness.waiting import until

HOST = "clear.example"
SETTINGS = {
    "upstream.clear_hosts": [HOST],
    "upstream.silence_timeout": "3s",
    "client.first_lines": "1s",
}


@pytest.fixture(scope="module")
def zone(corpus):
    corpus.zone.add_address(HOST, ["127.0.0.1"])
    return corpus.zone


@pytest.fixture(scope="module")
def mekiki(start, zone):
    return start(zone, SETTINGS)


@pytest.fixture(scope="module")
def roomless(start, zone):
    """No mail over 1 MiB is kept."""
    return start(zone, {**SETTINGS, "mail.largest": "1MiB", "mail.memory": "64KiB"})


def log_in(mekiki, server):
    return mekiki.client().login(f"taro%{HOST}:{server.port}", "password")


# ------------------------------------------------------------ forged fields

FORGED = [
    b"X-DKIM-Check: pass\r\n",
    b"x-dkim-CHECK: pass\r\n",
    b"X-DKIM-Check : pass\r\n",
    b"X-DKIM-Check\t: pass\r\n",
    b"X-DKIM-Check:\r\n pass\r\n",
    b"X-DKIM-Check\r\n : pass\r\n",
    b"Subject: a\rX-DKIM-Check: pass\r\n",
    b"Subject: a\nX-DKIM-Check: pass\nX-Other: b\r\n",
    b"Subject: a\n X-DKIM-Check: pass\n\rX-DKIM-Check: pass\r\n",
    b"X-DKIM-Check: fail\r\nX-DKIM-Check: pass\r\nX-DKIM-Check: none\r\n",
    b"X-Mekiki-Verdict: genuine\r\nX-MEKIKI-LABEL: genuine-1\r\nX-Mekiki-: a\r\n",
    b"Authentication-Results: mekiki.test; dkim=pass\r\n",
    b"Authentication-Results: MEKIKI.TEST 1;\r\n dkim=pass\r\n",
    b"Authentication-Results: (a (b) ;) mekiki.test (c); dkim=pass\r\n",
    b'authentication-results : "mekiki.test"; dkim=pass\r\n',
    b'Authentication-Results: "mekiki\\.test"; dkim=pass\r\n',
]
BEFORE = b"Received: by mx; Thu, 01 Jan 2026 00:00:00 +0000\r\n"
AFTER = b"From: taro@example.jp\r\n"
OTHERS = b"Authentication-Results: mx.example.jp; spf=pass\r\nX-DKIM-Checks: yes\r\n"


def assert_only_ours(mail, check="none"):
    """Our fields are there once each for a tolerant reader: Python's, which
    takes CR, LF and CRLF for line ends."""
    seen = email.message_from_bytes(mail)
    for name in OUR_FIELDS:
        values = seen.get_all(name.decode())
        if name == b"Authentication-Results":
            values = [v for v in values if AUTHSERV_ID in v.lower().replace("\\", "")]
        assert len(values) == 1, (name, values, mail)
    assert seen.get_all("X-DKIM-Check") == [check], mail
    for key in seen.keys():
        squeezed = re.sub(r"\s", "", key).lower()
        assert squeezed != "x-dkim-check" or key == "X-DKIM-Check", mail
        assert not squeezed.startswith("x-mekiki-") or key.startswith("X-Mekiki-")


@pytest.mark.parametrize("forged", FORGED)
@pytest.mark.parametrize("place", ["top", "middle", "bottom", "only", "no body"])
def test_forged_fields_are_removed(mekiki, roomless, forged, place):
    mail = {
        "top": forged + BEFORE + AFTER + OTHERS + b"\r\ntext\r\n",
        "middle": BEFORE + OTHERS + forged + AFTER + b"\r\ntext\r\n",
        "bottom": BEFORE + AFTER + OTHERS + forged + b"\r\ntext\r\n",
        "only": forged + b"\r\ntext\r\n",
        "no body": BEFORE + OTHERS + forged,
    }[place]
    large = mail + b"z" * (2 << 20) + b"\r\n" if place != "no body" else mail
    with ScriptedServer([mail, large]) as server:
        for instance, number in ((mekiki, 1), (roomless, 2)):
            with log_in(instance, server) as client:
                for command in (f"RETR {number}", f"TOP {number} 0"):
                    got = client.mail(command)
                    assert_only_ours(got)
                    marks, rest = take_marks(got)
                    if place in ("top", "middle", "bottom"):
                        assert OTHERS in rest
                client.quit()


@pytest.mark.parametrize(
    "first", [b" X-DKIM-Check: pass\r\n", b"\tfolded\r\n", b" \r\n", b"\r\n", b""]
)
def test_a_folded_first_line_does_not_flow_into_our_fields(mekiki, first):
    mail = first + BEFORE + AFTER + b"\r\ntext\r\n"
    with ScriptedServer([mail]) as server, log_in(mekiki, server) as client:
        for command in ("RETR 1", "TOP 1 99"):
            got = client.mail(command)
            assert_only_ours(got)
            assert got.endswith(mail.replace(b"X-DKIM-Check:", b"X-DKIM-Chec-:"))
            fields = dict(header_fields(got))
            for name in OUR_FIELDS:
                assert b"folded" not in fields[name] and b"pass" not in fields[name]


# -------------------------------------------------------------- odd mails


@pytest.mark.parametrize(
    "mail",
    [
        b"",
        b"\r\n",
        b"\r\n\r\n",
        b"no header at all\r\n",
        b"Subject: no body\r\n",
        b"Subject: no blank line\r\ntext without a colon\r\nmore\r\n",
        b"Subject: nul \0 in it\r\n\r\n\0\0\0\r\n",
        b": empty name\r\nSubject: x\r\n\r\ntext\r\n",
        b"From someone Thu Jan  1 00:00:00 2026\r\nSubject: x\r\n\r\ntext\r\n",
        b"Subject: lf only\nFrom: a@example.jp\n\ntext\n\r\n",
        b"Subject: cr only\rFrom: a@example.jp\r\rtext\r\r\n",
        bytes(range(1, 256)).replace(b"\r", b"").replace(b"\n", b"") + b"\r\n",
        b"".join(b"X-Field-%d: value\r\n" % n for n in range(10_000)) + b"\r\ntext\r\n",
        b"DKIM-Signature: " * 1000 + b"\r\n\r\ntext\r\n",
        b"DKIM-Signature: v=1; a=rsa-sha256; d=example.jp; s=rsa; h=from; bh=; b=\r\n"
        * 300
        + b"From: a@example.jp\r\n\r\ntext\r\n",
        b"Subject: lines\r\n\r\n" + b"\r\n" * 100_000,
        b"Subject: dots\r\n\r\n" + b".\r\n" * 50_000,
    ],
    ids=range(17),
)
def test_odd_mails_pass_unchanged(mekiki, mail):
    with ScriptedServer([mail]) as server, log_in(mekiki, server) as client:
        got = client.mail("RETR 1")
        marks, rest = take_marks(got)
        # Our fields need an end of their own where the mail has no header, and
        # a fence where its first line looks folded.
        before = rest[: len(rest) - len(mail)]
        assert rest.endswith(mail), rest[:300]
        assert before in (b"", b"\r\n", b"X-Mekiki-Orphan:\r\n"), before
        assert marks[b"X-DKIM-Check"] in (b"none", b"fail")
        client.quit()


# ------------------------------------------------------------- slow servers

SLOW = (
    b"X-DKIM-Check: pass\r\n"
    b"Received: from a\r\n\tby b; Thu, 01 Jan 2026 00:00:00 +0000\r\n"
    b"Authentication-Results: mx.example.jp; spf=pass\r\n"
    b"MIME-Version: 1.0\r\n"
    b"Subject: slow\r\n"
    b"From: Taro <taro@example.jp>\r\n"
    b"X-Mekiki-Verdict: genuine\r\n"
    b"Content-Type: text/plain\r\n"
    b"X-Long:" + b" word" * 300 + b"\r\n"
    b"Date: Thu, 01 Jan 2026 00:00:00 +0000\r\n"
    b"To: hanako@example.jp\r\n"
    b"\r\n"
    b"The text.\r\n.dot\r\n"
)
NEVER_EARLY = (b"authentication-results", b"content-", b"mime-version", b"subject",
               b"x-dkim-check", b"x-mekiki-")


class Slow:
    """Sends the mail up to `at`, then an octet now and then until `go_on`."""

    def __init__(self, mail, at, then="send"):
        self.reply = b"+OK\r\n" + stuff(mail)
        self.at = at + 5
        self.then = then
        self.go_on = threading.Event()

    def __call__(self, session, _command):
        session.send(self.reply[: self.at])
        at = self.at
        while not self.go_on.wait(0.4):
            if session.server.stopping.is_set():
                session.close()
            if at < len(self.reply) - 20:
                session.send(self.reply[at : at + 1])
                at += 1
        if self.then == "send":
            session.send(self.reply[at:])
        else:
            getattr(session, self.then)()


@pytest.mark.parametrize("at", [0, 10, SLOW.index(b"Date:"), SLOW.index(b"The text")])
@pytest.mark.parametrize("command", ["RETR", "TOP"])
def test_a_waiting_client_gets_lines_of_the_header(mekiki, at, command):
    slow = Slow(SLOW, at)
    with ScriptedServer([SLOW], {command: slow}) as server:
        with log_in(mekiki, server) as client:
            client.send(f"{command} 1 99\r\n".encode() if command == "TOP"
                        else b"RETR 1\r\n")
            assert client.line().startswith(b"+OK")
            early = [client.line() for _ in range(2 if at > 100 else 0)]
            originals = SLOW.partition(b"\r\n\r\n")[0].split(b"\r\n")
            for line in early:
                assert line in originals, line
                assert not line.lower().startswith(NEVER_EARLY), line
            slow.go_on.set()
            got = unstuff(b"".join(line + b"\r\n" for line in early) + client.body())
            assert_only_ours(got)
            clean = re.sub(rb"(?m)^X-(DKIM-Check|Mekiki-Verdict):.*\r\n", b"", SLOW)
            header, _, body = got.partition(b"\r\n\r\n")
            clean_header, _, clean_body = clean.partition(b"\r\n\r\n")
            assert body == clean_body
            fields = [f for f in re.split(rb"\r\n(?![ \t])", header)
                      if not f.startswith(tuple(OUR_FIELDS[:1] + OUR_FIELDS[2:]))
                      and not f.startswith((b"Authentication-Results: mekiki.test",
                                            b"X-Mekiki-Wait:"))]
            assert sorted(fields) == sorted(
                re.split(rb"\r\n(?![ \t])", clean_header)
            )
            client.ok("STAT")
            client.quit()


@pytest.mark.parametrize("then", ["close", "reset", "stall"])
def test_a_slow_mail_that_is_given_up_was_no_mail(mekiki, then):
    slow = Slow(SLOW, SLOW.index(b"The text"), then)
    with ScriptedServer([SLOW], {"RETR": slow}) as server:
        with log_in(mekiki, server) as client:
            client.ok("DELE 1")
            client.ok("RSET")
            client.ok("RETR 1")
            client.line()
            slow.go_on.set()
            broken = client.rest()
            assert broken.how == "reset"
            assert b"\r\n.\r\n" not in broken.octets
        assert not server.deleted


def test_a_slow_signed_mail_is_judged_all_the_same(mekiki, corpus):
    for mail in corpus.mails:
        if mail.name in ("opendkim, text", "body changed", "unsigned"):
            slow = Slow(mail.octets, mail.octets.index(b"\r\n\r\n") + 6)
            with ScriptedServer([mail.octets], {"RETR": slow}) as server:
                with log_in(mekiki, server) as client:
                    client.ok("RETR 1")
                    early = client.line() + b"\r\n"
                    slow.go_on.set()
                    got = unstuff(early + client.body())
                    assert_only_ours(got, mail.check)
                    assert got.endswith(mail.octets.partition(b"\r\n\r\n")[2])


def test_a_slow_mail_that_outgrows_the_room(roomless):
    mail = SLOW + b"0123456789abcdef\r\n" * 200_000
    slow = Slow(mail, mail.index(b"The text"))
    with ScriptedServer([mail], {"RETR": slow}) as server:
        with log_in(roomless, server) as client:
            client.ok("RETR 1")
            early = client.line() + b"\r\n"
            slow.go_on.set()
            got = unstuff(early + client.body())
            assert_only_ours(got)
            assert got.endswith(mail.partition(b"\r\n\r\n")[2])
            assert b"\r\nX-Mekiki-Verdict: unverified\r\n" in got
            client.ok("STAT")


# ------------------------------------------------------------- out of room


def big(octets):
    line = b"0123456789abcdef0123456789abcdef0123456789abcdef\r\n"
    return plain_mail(b"big", line * (octets // len(line)))


def test_a_mail_over_the_limit_is_delivered_unjudged(roomless):
    mail = big(3 << 20)
    forged = b"X-DKIM-Check: pass\r\n" + mail
    with ScriptedServer([forged, big(1000)]) as server:
        with log_in(roomless, server) as client:
            marks = assert_marked(client.mail("RETR 1"), mail, "none")
            assert marks[b"X-Mekiki-Verdict"] == b"unverified"
            assert_marked(client.mail("RETR 2"), big(1000), "none")
            client.quit()


def test_a_mail_over_the_limit_that_is_cut_is_broken_off(roomless):
    def cut(session, command):
        session.send(session.reply(command)[:-1000])
        session.close()

    with ScriptedServer([big(3 << 20)], {"RETR": cut}) as server:
        with log_in(roomless, server) as client:
            client.ok("RETR 1")
            broken = client.rest()
            assert broken.how == "reset" and b"\r\n.\r\n" not in broken.octets


def test_a_full_disk_costs_no_mail(start, zone):
    """Files cannot grow beyond 300 kB, as if the disk were full."""

    def small_files():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))

    mekiki = start(zone, {**SETTINGS, "log.level": "info"}, before=small_files)
    mails = [big(5 << 20), big(1000), big(200_000)]
    with ScriptedServer(mails) as server, log_in(mekiki, server) as client:
        for _ in range(2):
            for number, mail in enumerate(mails, 1):
                marks = assert_marked(client.mail(f"RETR {number}"), mail, "none")
                assert marks[b"X-Mekiki-Verdict"] == b"unverified"
        client.quit()
    until(lambda: "no room" in mekiki.log(), "the log tells of it")


def test_a_large_mail_waits_in_a_file_without_a_name(mekiki):
    mail = big(3 << 20)
    halfway = threading.Event()

    def pausing(session, command):
        reply = session.reply(command)
        session.send(reply[: 2 << 20])
        halfway.wait(30)
        session.send(reply[2 << 20 :])

    with ScriptedServer([mail], {"RETR": pausing}) as server:
        with log_in(mekiki, server) as client:
            client.send(b"RETR 1\r\n")
            server.wait_for("RETR")
            assert not [f for f in (mekiki.state / "spool").iterdir()]
            halfway.set()
            client.line()
            assert_marked(unstuff(client.body()), mail, "none")


# -------------------------------------------------------------- large TOP


def test_top_of_a_large_mail_gives_the_header_alone(start, zone):
    mekiki = start(zone, {**SETTINGS, "mail.top_whole": "64KiB"})
    mail = b"X-DKIM-Check: pass\r\n" + big(1 << 20)
    with ScriptedServer([mail]) as server, log_in(mekiki, server) as client:
        client.lines("LIST")
        got = client.mail("TOP 1 3")
        marks, rest = take_marks(got)
        assert marks[b"X-Mekiki-Verdict"] == b"unverified"
        assert marks[b"X-DKIM-Check"] == b"none"
        header, _, body = rest.partition(b"\r\n\r\n")
        assert header == mail.partition(b"\r\n")[2].partition(b"\r\n\r\n")[0]
        assert body.count(b"\r\n") <= 3
        client.quit()
