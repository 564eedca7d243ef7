"""The milter, asked by a real Postfix and a real Sendmail: what stands in the mail that arrives,
and which mail is refused."""

import email.utils
import itertools
import json
import os
import re
import shutil
import smtplib
import stat

import dkim
import pytest

from harness.dovecot import Dovecot
from harness.keys import Ed25519Key, RsaKey, Zone
from harness.mekiki import AUTHSERV_ID, binary, to_toml
from harness.postfix import Postfix
from harness.process import run
from harness.sendmail import Sendmail
from harness.waiting import until

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0, reason="NOT RUN: mail servers can be started by root alone"
)

BANK = "bank.example"  # sends from one host, and asks to reject the rest
SHOP = "shop.example"  # asks for nothing
TARO = "taro@example.jp"


def make_zone():
    made = Zone()
    made.add_text(BANK, "v=spf1 ip4:198.51.100.4 ip4:127.0.0.4 ip4:192.0.2.77 -all")
    made.add_text(f"_dmarc.{BANK}", "v=DMARC1; p=reject")
    made.add_text(SHOP, "v=spf1 ip4:198.51.100.4 ip4:127.0.0.4 -all")
    made.add_text(f"_dmarc.{SHOP}", "v=DMARC1; p=none")
    made.add_failure("_dmarc.slow.example")
    made.add_failure("slow.example")
    return made


SETTINGS = {"milter.listen": ["127.0.0.1:0"], "milter.sign_networks": []}


class PostfixServer:
    """A Postfix that asks a Mekiki."""

    BANK, STRANGER = "198.51.100.4", "203.0.113.66"

    def __init__(self, folder, authority, milter):
        self.dovecot = Dovecot(folder / "dovecot")
        self.mta = Postfix(
            folder / "postfix", authority.issue("localhost"),
            self.dovecot.auth_socket,
            milter=milter if milter.startswith("unix:") else f"inet:{milter}",
        )

    def end(self):
        self.mta.end()
        self.dovecot.end()

    def connect(self, client, helo):
        """As a mail server at that address would."""
        smtp = smtplib.SMTP("127.0.0.1", self.mta.mx_port, helo)
        smtp.ehlo()
        code, said = smtp.docmd("XCLIENT", f"ADDR={client} NAME={helo}")
        assert code == 220, said
        return smtp


class SendmailServer:
    BANK, STRANGER = "127.0.0.4", "127.0.0.5"

    def __init__(self, folder, _authority, milter):
        host, _, port = milter.partition(":")
        self.mta = Sendmail(
            folder / "sendmail",
            milter if milter.startswith("unix:") else f"inet:{port}@{host}")

    def end(self):
        self.mta.end()

    def connect(self, client, helo):
        return smtplib.SMTP("127.0.0.1", self.mta.port, helo,
                            source_address=(client, 0))


class MailServer:
    """Sends mails through an MTA that asks a Mekiki."""

    def __init__(self, mekiki, mta):
        self.mekiki = mekiki
        self.mta = mta

    def send(self, mail, sender, client=None, recipients=(TARO,),
             helo="sender.example"):
        """As a mail server at that address would; else a stranger's."""
        with self.mta.connect(client or self.mta.STRANGER, helo) as smtp:
            smtp.ehlo()
            smtp.sendmail(sender, list(recipients), mail)

    def deliver(self, mail, sender, **how):
        """The mail as it arrives."""
        before = len(self.mta.mta.arrived("taro"))
        self.send(mail, sender, **how)
        return self.mta.mta.wait_for("taro", before + 1)[-1]


@pytest.fixture(scope="module")
def zone():
    return make_zone()


numbers = itertools.count()


@pytest.fixture(params=[PostfixServer, SendmailServer],
                ids=["postfix", "sendmail"])
def serve(request, folder, authority, start, zone):
    running = []

    def go(**settings):
        chosen = SETTINGS | {
            key.replace("__", ".").replace("milter_", "milter."): value
            for key, value in settings.items()}
        # Postfix runs as a user of its own, who must get there.
        place = folder / f"{next(numbers)}"  # short: sockets lie below
        place.mkdir()
        mekiki = start(zone, chosen)
        (where,) = chosen["milter.listen"]
        if not where.startswith("unix:"):
            where = f"127.0.0.1:{mekiki.milter_port}"
        running.append(request.param(place, authority, where))
        return MailServer(mekiki, running[-1])

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
    good = server.deliver(mail(), f"info@{BANK}", client=server.mta.BANK)
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
             b"Disposition-Notification-To: info@" + BANK.encode(),
             b"X-DKIM-Check: pass"),
        f"info@{BANK}")
    assert field(arrived, "X-DKIM-Check") == ["none"]
    assert field(arrived, "X-Mekiki-Verdict") == ["forged"]
    others = field(arrived, "Authentication-Results")
    assert [o.split(";")[0] for o in others] == [AUTHSERV_ID, "other.example"]
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
    server.deliver(mail(), f"info@{BANK}", client=server.mta.BANK)


def test_a_mail_that_the_dns_leaves_open(serve):
    server = serve(milter__on_temperror="tempfail", milter__on_dmarc_fail="reject")
    with pytest.raises(smtplib.SMTPDataError) as refused:
        server.send(mail("info@slow.example"), "info@slow.example")
    assert refused.value.smtp_code == 451


def test_a_mail_for_postmaster_is_taken(serve):
    server = serve(milter__on_dmarc_fail="reject", milter__excluded=["taro"])
    assert field(server.deliver(mail(), f"info@{BANK}"),
                 "X-Mekiki-Verdict") == ["forged"]


def test_quarantine_for_the_mailboxes_filters(serve):
    server = serve(milter__on_dmarc_fail="quarantine",
                   milter__quarantine_by="header")
    arrived = server.deliver(mail(), f"info@{BANK}")
    assert field(arrived, "X-Mekiki-Disposition") == ["quarantine"]
    good = server.deliver(mail(), f"info@{BANK}", client=server.mta.BANK)
    assert field(good, "X-Mekiki-Disposition") == []


def test_a_rehearsal_only_tells(serve):
    server = serve(milter__on_dmarc_fail="reject", milter__mode="rehearse")
    server.deliver(mail(), f"info@{BANK}")
    assert "would be reject" in server.mekiki.process.output()


@pytest.mark.parametrize("serve", [PostfixServer], indirect=True, ids=["postfix"])
def test_by_a_local_socket(serve, folder):
    """Sendmail takes none below a folder that all may write, such as /tmp."""
    place = folder / "run"
    place.mkdir()
    shutil.chown(place, group="postfix")
    place.chmod(0o2750)
    socket = place / "milter.sock"
    server = serve(milter__listen=[f"unix:{socket}"])
    assert field(server.deliver(mail(), f"info@{BANK}"),
                 "X-Mekiki-Verdict") == ["forged"]
    assert stat.S_IMODE(socket.stat().st_mode) == 0o660
    assert socket.group() == "postfix"


def test_mail_of_our_own_is_not_judged(serve):
    server = serve(milter__sign_networks=["198.51.100.0/24", "127.0.0.4"])
    arrived = server.deliver(mail(f"info@{BANK}", b"X-DKIM-Check: pass"),
                             f"info@{BANK}", client=server.mta.BANK)
    assert field(arrived, "X-DKIM-Check") == []
    assert field(arrived, "Authentication-Results") == []


OWN = "own.example"


@pytest.fixture(scope="module")
def keys(folder, zone):
    """Of OWN, both algorithms: the settings that name them."""
    made = []
    for selector, key in (("rsa", RsaKey()), ("ed", Ed25519Key())):
        zone.add_text(f"{selector}._domainkey.{OWN}", key.record)
        file = folder / f"{selector}.pem"
        file.write_bytes(key.pem)
        file.chmod(0o600)
        made.append({"domain": OWN, "selector": selector, "key": str(file)})
    return made


def signatures(octets):
    """d= and s= of the signatures, from the top."""
    found = []
    for value in field(octets, "DKIM-Signature"):
        tags = dict(tag.strip().split("=", 1) for tag in value.split(";") if tag.strip())
        found.append((tags["d"], tags["s"]))
    return found


def verifies(octets, zone, index):
    """What dkimpy says; `index` counts signatures from the top."""
    texts = zone.texts()
    try:
        return dkim.DKIM(octets).verify(
            idx=index,
            dnsfunc=lambda name, timeout=5: texts[name.decode().rstrip(".")].encode())
    except dkim.ValidationError:
        return False


def test_mail_of_our_own_is_signed(serve, keys, zone):
    server = serve(milter__sign_networks=["198.51.100.4", "127.0.0.4"],
                   milter_sign=keys)
    body = b"".join(b"line %d  \r\n" % n for n in range(5000)) + b"\r\n\r\n"
    arrived = server.deliver(
        mail(f"taro@mail.{OWN}", b"Date: Mon, 30 Nov 2026 12:00:00 +0900",
             b"MIME-Version: 1.0", b"X-DKIM-Check: pass", body=body),
        f"taro@{OWN}", client=server.mta.BANK)
    assert field(arrived, "X-DKIM-Check") == []
    assert signatures(arrived) == [(OWN, "rsa"), (OWN, "ed")]
    assert verifies(arrived, zone, 0) and verifies(arrived, zone, 1)
    assert not verifies(arrived.replace(b"line 7", b"line 8"), zone, 0)
    assert not verifies(b"Subject: another\r\n" + arrived, zone, 1)
    # Not in the name of others, nor of strangers.
    other = server.deliver(mail("info@other.example"), f"taro@{OWN}",
                           client=server.mta.BANK)
    assert signatures(other) == []
    forged = server.deliver(mail(f"taro@{OWN}"), f"taro@{OWN}")
    assert signatures(forged) == []
    # Another host has taken it before: a content filter hands it over.
    if server.mta.BANK == "127.0.0.4":
        back = server.deliver(
            mail(f"taro@{OWN}", b"Received: from evil.example by filter.example; "
                 b"Mon, 30 Nov 2026 12:00:00 +0900"),
            f"taro@{OWN}", client=server.mta.BANK)
        assert signatures(back) == []


def test_a_key_that_the_dns_contradicts_signs_nothing(serve, keys, tmp_path):
    other = tmp_path / "other.pem"
    other.write_bytes(RsaKey().pem)
    other.chmod(0o600)
    server = serve(milter__sign_networks=["198.51.100.4", "127.0.0.4"],
                   milter_sign=[keys[0] | {"key": str(other)}, keys[1]])
    until(lambda: "does not fit its key" in server.mekiki.process.output(),
          "the record was compared with its key")
    arrived = server.deliver(mail(f"taro@{OWN}"), f"taro@{OWN}",
                             client=server.mta.BANK)
    assert signatures(arrived) == [(OWN, "ed")]


def test_a_key_file_is_for_its_owner(tmp_path, keys, zone):
    other = tmp_path / "other.pem"
    other.write_bytes(RsaKey().pem)
    other.chmod(0o640)
    assert "by others (mode 640)" in refusal(tmp_path, zone,
                                             keys[0] | {"key": str(other)})
    other.write_bytes(b"no key")
    other.chmod(0o600)
    assert str(other) in refusal(tmp_path, zone, keys[0] | {"key": str(other)})


def refusal(tmp_path, zone, key):
    """Why it does not start with this key."""
    settings = tmp_path / "mekiki.toml"
    settings.write_text(to_toml({"listen.pop3": [], "milter.sign": [key]}))
    names = tmp_path / "zone.json"
    zone.write(names)
    done = run([binary(), "serve", "--config", settings, "--dns", names, "--state",
                tmp_path / "state"], check=False)
    assert done.returncode == 2
    return (done.stdout + done.stderr).decode()


def test_a_rehearsal_of_what_came(serve):
    server = serve()
    server.deliver(mail(), f"info@{BANK}")
    server.deliver(mail(f"info@{SHOP}"), f"info@{SHOP}")
    settings = server.mekiki.configuration

    def rehearsed():
        done = run([binary(), "milter", "rehearse", "--json", "--config", settings,
                    "--state", server.mekiki.state])
        return [json.loads(line) for line in done.stdout.splitlines()]

    until(lambda: len(rehearsed()) == 1, "the forged mail is noted")
    settings.write_text(settings.read_text() + '\nmilter.on_dmarc_fail = "reject"\n')
    assert rehearsed() == [{"author_domain": BANK, "policy": "reject",
                            "action": "reject", "mails": 1}]


def test_no_header_makes_mekiki_look_away(serve):
    """Where the MTA takes mail unseen whose milter is gone, this would be a way
    around it, for the next mail of the session, too."""
    server = serve(milter__on_dmarc_fail="reject")
    with server.mta.connect(server.mta.STRANGER, "sender.example") as smtp:
        smtp.ehlo()
        for fields in ([b"X: y"] * 10_001, [b"X-DKIM-Check: pass"] * 101, []):
            code, said = smtp.docmd("MAIL", f"FROM:<info@{BANK}>")
            assert code == 250, said
            smtp.docmd("RCPT", f"TO:<{TARO}>")
            code, said = smtp.data(mail(f"info@{BANK}", *fields))
            assert code in (550, 552), said  # Sendmail has a limit of its own
            smtp.docmd("RSET")
    assert "only this server writes" in server.mekiki.process.output()
    assert server.mta.mta.arrived("taro") == []


def test_mail_of_a_relay_is_judged_by_its_trace(serve):
    server = serve(milter__on_dmarc_fail="reject", authserv_id="mx.example.jp",
                   milter__relays=["198.51.100.0/24", "127.0.0.4"])

    def relayed(client):
        stamp = email.utils.formatdate().encode()
        return mail(
            f"info@{BANK}", b"Received: from sender.example (unknown [" + client + b"])"
            b"\r\n\tby backup.example.jp (Postfix) with ESMTP id 1; " + stamp)

    with pytest.raises(smtplib.SMTPDataError):
        server.send(relayed(b"203.0.113.66"), f"info@{BANK}", client=server.mta.BANK)
    arrived = server.deliver(relayed(b"192.0.2.77"), f"info@{BANK}",
                             client=server.mta.BANK)
    assert "dmarc=pass" in field(arrived, "Authentication-Results")[0]


@pytest.mark.parametrize("serve", [SendmailServer], indirect=True, ids=["sendmail"])
def test_what_sendmail_writes_anew_is_not_signed(serve, keys, zone):
    server = serve(milter__sign_networks=["127.0.0.0/8"], milter_sign=keys)
    octets = mail(f"taro@{OWN}", b"Cc: a@example.jp,b@example.jp")
    arrived = server.deliver(octets, f"taro@{OWN}", client=server.mta.BANK)
    assert verifies(arrived, zone, 0) and verifies(arrived, zone, 1)
    # By its own program for sending.
    local = server.deliver(
        mail(f"taro@{OWN}", b"Received: (from taro@localhost)\r\n\tby localhost "
             b"(8.17.1.9/8.17.1.9/Submit) id 1; Mon, 30 Nov 2026 12:00:00 +0900"),
        f"taro@{OWN}", client=server.mta.BANK)
    assert len(signatures(local)) == 2
