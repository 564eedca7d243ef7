"""Mails made to cost the most, through the daemon: they are delivered in time,
whatever the DNS does, and nobody else has to wait for them."""

import base64
import hashlib
import threading
import time

import pytest

from harness.dns import DnsServer
from harness.mails import plain_mail
from harness.mekiki import is_sanitized, take_marks
from harness.scripted import ScriptedServer

HOST = "127.0.0.1"
MIB = 1 << 20
SLOWER = 10 if is_sanitized() else 1

# dns.budget, dns.deadline of the last question, and the work.
IN_TIME = 8 + 5 + 2 * SLOWER
AT_ONCE = 1.5 * SLOWER

TRACE = (
    b"Return-Path: <x@evil.example>\r\n"
    b"Received: from mail.evil.example (unknown [192.0.2.9])\r\n"
    b"\tby mx.provider.example (Postfix) with ESMTPS id 2\r\n"
    b"\tfor <taro@provider.example>; Sat, 21 Nov 2026 11:59:30 +0000\r\n"
)


def signatures(count, body):
    """What a sender would write whose keys have 8192 bits."""
    digest = base64.b64encode(hashlib.sha256(body).digest())
    b = base64.b64encode(b"B" * 1024)
    return b"".join(
        b"DKIM-Signature: v=1; a=rsa-sha256; c=simple/simple; d=d%d.evil.example;\r\n"
        b"\ts=s%d; h=%s; bh=%s;\r\n\tb=%s\r\n" % (i, i, b"from:" * 900 + b"to", digest, b)
        for i in range(count)
    )


def seals(count):
    return b"".join(
        b"ARC-Seal: i=%d; a=rsa-sha256; cv=%s; d=l%d.evil.example; s=s; t=1; b=QUJD\r\n"
        b"ARC-Message-Signature: i=%d; a=rsa-sha256; d=l%d.evil.example; s=s;\r\n"
        b"\th=from:to; bh=QUJD; b=QUJD\r\n"
        b"ARC-Authentication-Results: i=%d; l.example; spf=pass%s\r\n"
        % (i, b"none" if i == 1 else b"pass", i, i, i, i, b" (a comment)" * 200)
        for i in range(count, 0, -1)
    )


def trace_fields(count):
    return b"".join(
        b"Received: from h%d.provider.example (h%d.provider.example [203.0.113.7])\r\n"
        b"\tby h%d.provider.example with ESMTP id 7\r\n" % (i, i, i)
        for i in range(count)
    )


def authors(count):
    return b",\r\n ".join(
        b"=?utf-8?q?a_name?= <a%d@a.b.c.d.e.f.g.h.i.j.k.e%d.example>" % (i, i)
        for i in range(count)
    )


BODY = b">From  \t \r\n--\r\n-- x\r\n=20 \r\n<x</body \r\n" * 10_000

COSTLY = {
    "signatures": TRACE + signatures(100, BODY) + b"From: x@evil.example\r\n\r\n" + BODY,
    "seals": TRACE + seals(50) + b"From: x@evil.example\r\n\r\n" + BODY,
    "received": TRACE + trace_fields(8000) + b"From: x@evil.example\r\n\r\nx\r\n",
    "more received than is read": TRACE
    + trace_fields(40_000)
    + b"From: x@evil.example\r\n\r\nx\r\n",
    "authors": TRACE + b"From: " + authors(10_000) + b"\r\n\r\nx\r\n",
    "all of it": TRACE
    + seals(50)
    + signatures(40, BODY)
    + trace_fields(2000)
    + b"From: "
    + authors(100)
    + b"\r\nReply-To: "
    + authors(1000)
    + b"\r\n\r\n"
    + BODY,
}

SMALL = plain_mail(b"small", b"text\r\n").replace(b"example.jp", b"quick.example")


def costly_key():
    octets = b"\x30\x82\x04\x0f\x02\x82\x04\x01\0" + b"\xa5" * 1023
    octets += b"\x0f\x02\x08" + b"\x7f" * 8
    return "v=DKIM1; p=" + base64.b64encode(octets).decode()


def hostile(name, kind):
    """The most that an answer can hold."""
    if "._domainkey." in name:
        return [costly_key()]
    if kind == "TXT" and not name.startswith("_dmarc."):
        name = name[-100:].strip(".")
        return [f"v=spf1 include:a.{name} mx:b.{name} ptr exists:%{{l}}.c.{name} -all"]
    if kind == "MX":
        return [(i, f"mx{i}.{name[-100:].strip('.')}") for i in range(10)]
    if kind == "A":
        return [f"203.0.113.{i}" for i in range(8)]
    if kind == "PTR":
        return [f"p{i}.evil.example" for i in range(10)]
    return []


def settings(dns, **more):
    return {
        "dns.resolvers": [dns.address],
        "dns.dnssec": "off",
        "upstream.clear_hosts": [HOST],
        "checks.iprev": True,
        "checks.senderid": True,
        "checks.adsp": True,
    } | more


def name(server):
    return f"taro@provider.example%{HOST}:{server.port}"


def timed(action, *arguments):
    began = time.monotonic()
    return action(*arguments), time.monotonic() - began


@pytest.mark.parametrize("which", COSTLY)
def test_an_answering_dns(start, which):
    """At most a second of work, within what it may need of memory."""
    mail = COSTLY[which]
    with DnsServer(lambda n, kind: (0, hostile(n, kind))) as dns:
        mekiki = start(settings=settings(dns))
        with ScriptedServer([SMALL, mail]) as server, mekiki.client() as client:
            client.login(name(server), "x").mail("RETR 1")
            before, idle = mekiki.cpu(), mekiki.memory()
            delivered, seconds = timed(client.mail, "RETR 2")
            spent = mekiki.cpu() - before
            grown = mekiki.memory("VmHWM") - idle
            marks, rest = take_marks(delivered)
            assert rest == mail
            assert marks[b"X-Mekiki-Verdict"] not in (b"genuine", b"altered")
            print(f"{which}: {spent:.2f} s of CPU, {seconds:.2f} s, "
                  f"{grown / MIB:.1f} MiB, {len(set(dns.asked))} questions")
            assert spent <= 1 * SLOWER
            assert seconds <= IN_TIME
            assert is_sanitized() or grown <= 24 * MIB
            client.quit()


def is_quick(n):
    """What the small mail makes us ask for."""
    return n.endswith("quick.example") or n in (
        "_dmarc.example",
        "25.2.0.192.in-addr.arpa",
    )


@pytest.mark.parametrize("which", ["signatures", "all of it"])
@pytest.mark.parametrize("delay", [None, 0.9])
def test_a_dns_that_is_silent_or_slow(start, which, delay):
    """The deadlines hold, and another session has its mail meanwhile."""

    def answer(n, kind):
        if is_quick(n):
            return 0, []
        return None if delay is None else (delay, hostile(n, kind))

    with DnsServer(answer) as dns:
        mekiki = start(settings=settings(dns))
        with ScriptedServer([COSTLY[which]]) as slow, ScriptedServer([SMALL]) as quick:
            with mekiki.client(timeout=60 * SLOWER) as one, mekiki.client() as other:
                one.login(name(slow), "x")
                got = []
                waiting = threading.Thread(
                    target=lambda: got.append(timed(one.mail, "RETR 1"))
                )
                waiting.start()
                slow.wait_for("RETR")
                other.login(f"taro@quick.example%{HOST}:{quick.port}", "x")
                for _ in range(5):
                    mail, seconds = timed(other.mail, "RETR 1")
                    assert take_marks(mail)[1] == SMALL
                    assert seconds <= AT_ONCE, dns.asked[-5:]
                    assert timed(other.ok, "NOOP")[1] <= AT_ONCE
                assert waiting.is_alive(), "it was not slow at all"
                waiting.join()
                delivered, seconds = got[0]
                print(f"{which}, DNS {delay}: {seconds:.1f} s")
                marks, rest = take_marks(delivered)
                assert rest == COSTLY[which]
                assert seconds <= IN_TIME
                if delay is None:
                    assert b"temperror" in marks[b"Authentication-Results"]
                    assert marks[b"X-Mekiki-Verdict"] == b"unverified"
                one.quit()
                other.quit()


def test_a_mailbox_of_them(start):
    """Fetched ahead, they wait for the DNS together, not one after another."""
    with DnsServer(lambda n, kind: None) as dns:
        mekiki = start(settings=settings(dns))
        mails = [COSTLY["authors"], COSTLY["signatures"]] * 3
        with ScriptedServer(mails) as server:
            with mekiki.client(timeout=60 * SLOWER) as client:
                client.login(name(server), "x")
                for number, mail in enumerate(mails, 1):
                    delivered, seconds = timed(client.mail, f"RETR {number}")
                    print(f"{number}: {seconds:.1f} s")
                    assert take_marks(delivered)[1] == mail
                    assert seconds <= IN_TIME
                client.quit()
