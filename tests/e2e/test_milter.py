"""The milter, asked by a real Postfix: what stands in the mail that arrives,
and which mail is refused."""

import os
import re
import smtplib

import pytest

from harness.dovecot import Dovecot
from harness.keys import Ed25519Key, Zone
from harness.mekiki import AUTHSERV_ID
from harness.postfix import Postfix
from harness.waiting import until

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0, reason="NOT RUN: Postfix can be started by root alone"
)

BANK = "bank.example"  # sends from one host, and asks to reject the rest
SHOP = "shop.example"  # asks for nothing
HOST_OF_BANK = "198.51.100.4"
STRANGER = "203.0.113.66"
TARO = "taro@example.jp"


def make_zone():
    made = Zone()
    made.add_text(BANK, f"v=spf1 ip4:{HOST_OF_BANK} -all")
    made.add_text(f"_dmarc.{BANK}", "v=DMARC1; p=reject")
    made.add_text(SHOP, f"v=spf1 ip4:{HOST_OF_BANK} -all")
    made.add_text(f"_dmarc.{SHOP}", "v=DMARC1; p=none")
    made.add_failure("_dmarc.slow.example")
    made.add_failure("slow.example")
    return made


SETTINGS = {"milter.listen": ["127.0.0.1:0"], "milter.sign_networks": []}


class MailServer:
    """A Postfix that asks a Mekiki."""

    def __init__(self, folder, authority, start, zone, settings):
        self.mekiki = start(zone, SETTINGS | settings)
        self.dovecot = Dovecot(folder / "dovecot")
        where = settings.get("milter.listen", [None])[0] \
            or f"inet:127.0.0.1:{self.mekiki.milter_port}"
        self.postfix = Postfix(
            folder / "postfix", authority.issue("localhost"),
            self.dovecot.auth_socket, milter=where,
        )

    def end(self):
        self.postfix.end()
        self.dovecot.end()

    def send(self, mail, sender, client=STRANGER, recipients=(TARO,),
             helo="sender.example"):
        """As a mail server at that address would."""
        with smtplib.SMTP("127.0.0.1", self.postfix.mx_port, helo) as smtp:
            smtp.ehlo()
            code, said = smtp.docmd("XCLIENT", f"ADDR={client} NAME={helo}")
            assert code == 220, said
            smtp.ehlo()
            smtp.sendmail(sender, list(recipients), mail)

    def deliver(self, mail, sender, **how):
        """The mail as it arrives."""
        before = len(self.postfix.arrived("taro"))
        self.send(mail, sender, **how)
        return self.postfix.wait_for("taro", before + 1)[-1]


@pytest.fixture(scope="module")
def zone():
    return make_zone()


@pytest.fixture
def serve(folder, authority, start, zone, request):
    running = []

    def go(**settings):
        # Postfix runs as a user of its own, who must get there.
        place = folder / f"{request.node.name}-{len(running)}"
        place.mkdir()
        made = MailServer(place, authority, start, zone,
                          {k.replace("__", "."): v for k, v in settings.items()})
        running.append(made)
        return made

    yield go
    for one in running:
        one.end()


def mail(author=f"info@{BANK}", *fields, body=b"Hello.\r\n"):
    lines = [b"From: Bank <" + author.encode() + b">", b"To: " + TARO.encode(),
             b"Subject: Your account", b"Message-ID: <1@" + BANK.encode() + b">",
             *fields]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def header_of(octets):
    return octets.partition(b"\r\n\r\n")[0]


def field(octets, name):
    """The values of the fields of that name, unfolded, from the top."""
    unfolded = re.sub(rb"\r\n(?=[ \t])", b"", header_of(octets))
    return [line.partition(b":")[2].strip().decode()
            for line in unfolded.split(b"\r\n")
            if line.partition(b":")[0].lower() == name.lower().encode()]


def test_facts_of_the_session_decide(serve):
    server = serve()
    good = server.deliver(mail(), f"info@{BANK}", client=HOST_OF_BANK)
    forged = server.deliver(mail(), f"info@{BANK}")
    assert field(good, "X-DKIM-Check") == ["none"]
    assert field(forged, "X-Mekiki-Verdict") == ["forged"]
    assert field(good, "X-Mekiki-Verdict") != ["forged"]
    (results,) = field(good, "Authentication-Results")
    assert results.startswith(AUTHSERV_ID + ";")
    assert "spf=pass" in results and "dmarc=pass" in results
    assert "iprev=" in results
    (results,) = field(forged, "Authentication-Results")
    assert "spf=fail" in results and "dmarc=fail" in results
    # Labels are of accounts, which the mail server does not know.
    assert field(forged, "X-Mekiki-Label") == []
    # Our fields stand above all that others wrote.
    assert header_of(good).index(b"Authentication-Results") < \
        header_of(good).index(b"From:")


def test_imitated_fields_are_removed(serve):
    server = serve()
    arrived = server.deliver(
        mail(f"info@{BANK}",
             b"X-DKIM-Check: pass",
             b"X-Mekiki-Verdict: genuine",
             b"Authentication-Results: other.example; dkim=pass",
             b"Authentication-Results: " + AUTHSERV_ID.encode() + b"; dkim=pass",
             b"x-mekiki-verdict:\r\n genuine",
             b"X-DKIM-Check : pass",
             b"Comments: a\rX-Mekiki-Verdict: genuine",
             b"Disposition-Notification-To: info@" + BANK.encode(),
             b"X-DKIM-Check: pass"),
        f"info@{BANK}")
    assert field(arrived, "X-DKIM-Check") == ["none"]
    assert field(arrived, "X-Mekiki-Verdict") == ["forged"]
    others = field(arrived, "Authentication-Results")
    assert [o.split(";")[0] for o in others] == [AUTHSERV_ID, "other.example"]
    assert b"\rX-Mekiki" not in arrived.replace(b"\r\n", b"\n")
    assert field(arrived, "Disposition-Notification-To") == [f"info@{BANK}"]




def test_policy_is_bounded_by_both(serve):
    server = serve(milter__on_dmarc_fail="reject")
    with pytest.raises(smtplib.SMTPDataError) as refused:
        server.send(mail(), f"info@{BANK}")
    assert refused.value.smtp_code == 550
    text = refused.value.smtp_error.decode()
    assert text.startswith("5.7.1 ") and BANK in text and "postmaster@" in text
    # Its owner asks for nothing.
    arrived = server.deliver(mail(f"info@{SHOP}"), f"info@{SHOP}")
    assert "dmarc=fail" in field(arrived, "Authentication-Results")[0]
    # Not refused: it is proven.
    server.deliver(mail(), f"info@{BANK}", client=HOST_OF_BANK)


def test_a_mail_that_the_dns_leaves_open(serve):
    server = serve(milter__on_temperror="tempfail", milter__on_dmarc_fail="reject")
    with pytest.raises(smtplib.SMTPDataError) as refused:
        server.send(mail("info@slow.example"), "info@slow.example")
    assert refused.value.smtp_code == 451
