"""Mails as a provider would hold them: signed, tampered with, unsigned."""

import dataclasses
import email.utils

import dkim

from .keys import Ed25519Key, RsaKey, Zone
from .opendkim import Signer

DOMAIN = "example.jp"
LIST = "dev.lists.example.com"  # a mailing list
# Once for a run, so that a mail made twice is the same mail.
NOW = email.utils.formatdate().encode()


@dataclasses.dataclass
class Mail:
    name: str
    octets: bytes
    check: str  # what X-DKIM-Check must say
    forged: bytes = b""  # the fields on top that must not reach the client

    @property
    def clean(self):
        """What must reach the client, below our fields."""
        return self.octets[len(self.forged) :]


def plain_mail(subject, body, *extra_fields):
    fields = [
        b"Received: from mx.example.jp (mx.example.jp [192.0.2.25])\r\n"
        b"\tby pop.example.jp with ESMTP id 1; " + NOW,
        b"Date: " + NOW,
        b"From: Taro <taro@example.jp>",
        b"To: hanako@example.jp",
        b"Subject: " + subject,
        b"Message-ID: <" + subject.replace(b" ", b".") + b"@example.jp>",
        *extra_fields,
    ]
    return b"\r\n".join(fields) + b"\r\n\r\n" + body


BODIES = {
    "text": b"Hello,\r\n\r\nthis is the text.\r\n",
    "dots": b".\r\n..\r\n.hidden\r\nend.\r\n.\r\n",
    "empty": b"",
    "blank": b"\r\n\r\n\r\n",
    "eight-bit": "今日は。\r\n".encode() * 20 + "漢字".encode("euc-jp") + b"\r\n",
    "long-line": b"x" * 200_000 + b"\r\n",
    "large": b"".join(b"line %d of many\r\n" % i for i in range(40_000)),
    "spaces": b"  two  spaces \t\r\n\ttab\t \r\n \r\n",
}


class Corpus:
    """Mails signed by OpenDKIM and dkimpy, with the zone of their keys."""

    def __init__(self, folder):
        self.zone = Zone()
        self.rsa = RsaKey()
        self.ed25519 = Ed25519Key()
        self.zone.add_text(f"rsa._domainkey.{DOMAIN}", self.rsa.record)
        self.zone.add_text(f"ed._domainkey.{DOMAIN}", self.ed25519.record)
        self.zone.add_text(f"ed._domainkey.{LIST}", self.ed25519.record)
        self.zone.add_text(f"revoked._domainkey.{DOMAIN}", "v=DKIM1; k=rsa; p=")
        self.zone.add_failure(f"slow._domainkey.{DOMAIN}")
        key = folder / "rsa.pem"
        folder.mkdir(parents=True, exist_ok=True)
        key.write_bytes(self.rsa.pem)
        key.chmod(0o600)
        self.signers = []
        for way in ("relaxed/relaxed", "simple/simple", "relaxed/simple"):
            place = folder / f"signer-{len(self.signers)}"
            self.signers.append(Signer(place, DOMAIN, "rsa", key, way))
        self.mails = list(self._make())

    def end(self):
        for signer in self.signers:
            signer.end()

    def dkimpy(self, mail, selector, domain=DOMAIN, **options):
        if selector == "ed":
            options.update(signature_algorithm=b"ed25519-sha256")
        field = dkim.sign(
            mail,
            selector.encode(),
            domain.encode(),
            self.ed25519.seed if selector == "ed" else self.rsa.pem,
            canonicalize=options.pop("canonicalize", (b"relaxed", b"relaxed")),
            include_headers=[b"from", b"subject", b"date", b"to"],
            linesep=b"\r\n",
            **options,
        )
        return field + mail

    def signed(self, mail):
        return self.dkimpy(mail, "ed")

    def listed(self, mail):
        """Signed by its author; the list then added a footer and its signature."""
        field = b"List-Id: <" + LIST.encode() + b">\r\n"
        sent_on = field + self.signed(mail) + b"-- \r\nYou are on the list.\r\n"
        return self.dkimpy(sent_on, "ed", domain=LIST)

    def opendkim(self, mail, signer=0):
        return self.signers[signer].sign(mail)

    def _make(self):
        for number, (name, body) in enumerate(BODIES.items()):
            mail = plain_mail(b"body " + name.encode(), body)
            signed = self.opendkim(mail, number % len(self.signers))
            yield Mail(f"opendkim, {name}", signed, "pass")

        mail = plain_mail(b"good", BODIES["text"])
        signed = self.opendkim(mail)
        yield Mail("unsigned", mail, "none")
        yield Mail("ed25519", self.dkimpy(mail, "ed"), "pass")
        yield Mail("body changed", signed.replace(b"the text", b"the test"), "fail")
        yield Mail(
            "ed25519, body changed",
            self.dkimpy(mail, "ed").replace(b"the text", b"the test"),
            "fail",
        )
        yield Mail(
            "subject changed", signed.replace(b"Subject: good", b"Subject: bad"), "fail"
        )
        yield Mail("line added", signed + b"an advertisement\r\n", "fail")
        yield Mail(
            "re-signed after a change",
            self.opendkim(signed.replace(b"the text", b"the test")),
            "pass",
        )
        for selector in ("revoked", "slow", "absent"):
            yield Mail(
                f"key {selector}",
                signed.replace(b"s=rsa", b"s=" + selector.encode(), 1),
                "none",
            )
        forged = (
            b"X-DKIM-Check: pass\r\nx-dkim-CHECK :\r\n pass\r\n"
            b"X-Mekiki-Verdict: genuine\r\nX-Mekiki-Label: genuine-0\r\n"
            b"X-Mekiki-Anything: yes\r\n"
            b"Authentication-Results: mekiki.test; dkim=pass header.d=bank.example\r\n"
        )
        yield Mail("forged marks", forged + mail, "none", forged)
        yield Mail("forged marks, signed", forged + signed, "pass", forged)


def senders_mails(zone, count, domains):
    """Signed mails of 8 KB by so many domains in turn, which get into the zone."""
    key = RsaKey()
    for n in range(domains):
        zone.add_text(f"s._domainkey.sender{n}.example", key.record)
        zone.add_text(f"sender{n}.example", "v=spf1 ip4:198.51.100.7 -all")
    mails = []
    for n in range(count):
        domain = b"sender%d.example" % (n % domains)
        line = b"Line %d of an ordinary mail, as long as lines mostly are.\r\n" % n
        mail = (
            b"Received: from out.sender.example (out.sender.example [198.51.100.7])\r\n"
            b"\tby mx.example.jp with ESMTPS id %06d; " % n + NOW + b"\r\n"
            b"From: Hanako <hanako@" + domain + b">\r\nTo: taro@example.jp\r\n"
            b"Subject: Mail %d\r\nDate: " % n + NOW + b"\r\n"
            b"Message-ID: <%d@" % n + domain + b">\r\n\r\n" + line * (8192 // len(line))
        )
        field = dkim.sign(
            mail, b"s", domain, key.pem,
            include_headers=[b"From", b"To", b"Subject", b"Date", b"Message-ID"],
            canonicalize=(b"relaxed", b"relaxed"),
        )  # fmt: skip
        mails.append(field + mail)
    return mails
