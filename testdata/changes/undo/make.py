#!/usr/bin/python3
"""Makes the mails of this folder: signed by dkimpy, then changed by Python's
email package in the ways of Mailman's decoration (its footer goes into the
text, becomes a part of a mixed mail, or wraps any other mail), which writes
the whole mail anew. The key is ../rsa1024-pkcs8.pem; zone.json answers for it.
"""
import base64
import copy
import email
import json
import pathlib
import subprocess
import time

import dkim
from email import policy
from email.charset import Charset
from email.generator import BytesGenerator
from email.message import Message
from email.mime.application import MIMEApplication
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from io import BytesIO

time.time = lambda: 1_700_000_000  # of the signatures

here = pathlib.Path(__file__).parent
key_file = here.parent / "rsa1024-pkcs8.pem"
footer = ("_______________________________________________\n"
          "Dinner mailing list -- dinner@lists.example.net\n"
          "To unsubscribe send an email to dinner-leave@lists.example.net\n")


def as_bytes(msg):
    out = BytesIO()
    BytesGenerator(out, mangle_from_=False, maxheaderlen=0,
                   policy=policy.compat32.clone(linesep="\r\n")).flatten(msg)
    return out.getvalue()


def finish_header(msg):
    msg["From"] = "Joe <joe@example.com>"
    msg["To"] = "dinner@lists.example.net"
    msg["Subject"] = "Is dinner ready?"
    msg["Date"] = "Fri, 11 Jul 2003 21:00:37 -0700"
    msg["Message-ID"] = "<20030712040037.46341@example.com>"
    return msg


def sign(mail, canonicalize):
    field = dkim.sign(
        mail, b"sel", b"example.com", key_file.read_bytes(),
        canonicalize=canonicalize,
        include_headers=[b"from", b"to", b"subject", b"date", b"message-id",
                         b"mime-version", b"content-type",
                         b"content-transfer-encoding"])
    return field + mail


def text(charset, body, how=None):
    msg = Message()
    msg["MIME-Version"] = "1.0"
    c = Charset(charset)
    c.body_encoding = how
    msg.set_payload(body, c)
    return finish_header(msg)


def decorate(mail):
    """What Mailman's decoration does with a footer."""
    msg = email.message_from_bytes(mail)
    if msg.get_content_type() == "text/plain":
        charset = msg.get_content_charset() or "us-ascii"
        old = msg.get_payload(decode=True).decode(charset)
        if not old.endswith("\n"):
            old += "\n"
        del msg["content-transfer-encoding"]
        del msg["content-type"]
        msg.set_payload(old.replace("\r\n", "\n") + footer, charset)
        # The type stood where it was, as the list's software keeps it.
        return msg
    part = MIMEText(footer, "plain", "us-ascii")
    part["Content-Disposition"] = "inline"
    if msg.get_content_type() == "multipart/mixed":
        msg.attach(part)
        return msg
    inner = Message()
    for name in ("content-type", "content-transfer-encoding"):
        if name in msg:
            inner[name] = msg[name]
        del msg[name]
    inner.set_payload(copy.copy(msg.get_payload()))
    msg["Content-Type"] = 'multipart/mixed; boundary="===============2=="'
    msg.set_payload([inner, part])
    return msg


def write(name, mail, canonicalize=(b"relaxed", b"relaxed"), subject=True):
    signed = sign(mail, canonicalize)
    assert dkim.verify(signed, dnsfunc=lambda *_, **__: record.encode())
    msg = decorate(signed)
    if subject:
        old = msg["Subject"]
        msg.replace_header("Subject", "[Dinner] " + old)
    out = as_bytes(msg)
    assert not dkim.verify(out, dnsfunc=lambda *_, **__: record.encode())
    (here / (name + ".eml")).write_bytes(out)


der = subprocess.run(["openssl", "pkey", "-in", key_file, "-pubout",
                      "-outform", "DER"], capture_output=True, check=True)
record = "v=DKIM1; k=rsa; p=" + base64.b64encode(der.stdout).decode()
(here / "zone.json").write_text(json.dumps(
    {"sel._domainkey.example.com": {"TXT": [record]}}, indent=1) + "\n")

japanese = "今日は。\n\n負けました。食事はまだですか。\n\n-- \n太郎\n"
write("ascii", as_bytes(text("us-ascii", "Hi.\n\nFrom here on we lost.\n")))
write("ascii-simple",
      as_bytes(text("us-ascii", "Hi.\n\nWe lost.\n")), (b"relaxed", b"simple"))
write("iso-2022-jp", as_bytes(text("iso-2022-jp", japanese)))
write("utf-8-8bit",
      as_bytes(text("utf-8", "x")).split(b"\r\n\r\n")[0].replace(
          b"Encoding: base64", b"Encoding: 8bit") +
      b"\r\n\r\n" + japanese.replace("\n", "\r\n").encode())
write("utf-8-base64",
      as_bytes(text("utf-8", japanese, email.charset.BASE64)))
write("utf-8-quoted-printable",
      as_bytes(text("utf-8", japanese, email.charset.QP)))

alternative = MIMEMultipart("alternative", boundary="b2")
alternative.attach(MIMEText("Hi.\n", "plain", "us-ascii"))
alternative.attach(MIMEText("<html><body>Hi.</body></html>\n", "html",
                            "us-ascii"))
write("alternative", as_bytes(finish_header(alternative)))
write("html", as_bytes(finish_header(
    MIMEText("<html><body>Hi.</body></html>\n", "html", "utf-8"))))
mixed = MIMEMultipart("mixed", boundary="b1")
mixed.attach(MIMEText(japanese, "plain", "utf-8"))
mixed.attach(MIMEApplication(b"%PDF-1.4\n" * 20, "pdf", name="plan.pdf"))
mail = as_bytes(finish_header(mixed))
write("mixed", mail)
write("mixed-no-prefix", mail, subject=False)
