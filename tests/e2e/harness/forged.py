"""Forged mails with bodies of all shapes, and what method A makes of them."""

import base64
import email
import email.policy
import email.utils
import quopri
import re
import time

from .keys import Zone
from .scripted import ScriptedServer

HOST = "pop.home.example"
USER = "taro@home.example"
SETTINGS = {
    "upstream.clear_hosts": [HOST],
    "client.first_lines": "1s",
    "users.methods": "A",
    "users.budget": 0,
}


def make_zone():
    """bank.example names its one server, and asks to reject all others."""
    made = Zone()
    made.names["home.example"] = {"MX": [[10, "mx.home.example"]]}
    made.add_address("mx.home.example", ["192.0.2.10"])
    made.add_address(HOST, ["127.0.0.1"])
    made.add_text("bank.example", "v=spf1 ip4:198.51.100.4 -all")
    made.add_text("_dmarc.bank.example", "v=DMARC1; p=reject")
    return made


def mail(content, subject=b"Subject: Your account\r\n", client="203.0.113.66"):
    """Of info@bank.example, which did not send it, or did (198.51.100.4).
    `content`: the fields that describe the body, an empty line, the body."""
    now = email.utils.formatdate(time.time() - 3600).encode()
    return (
        b"Return-Path: <info@bank.example>\r\n"
        b"Received: from out.bank.example (unknown [" + client.encode() + b"])\r\n"
        b"\tby mx.home.example (Postfix) with ESMTPS id 000014\r\n"
        b"\tfor <taro@home.example>; " + now + b"\r\n"
        b"From: Bank <info@bank.example>\r\n"
        b"To: taro@home.example\r\n"
        b"Disposition-Notification-To: spy@evil.example\r\n"
        b"Date: " + now + b"\r\n" + subject + content
    )


def fetch(mekiki, mails):
    with ScriptedServer(mails) as server:
        with mekiki.client() as client:
            client.login(f"{USER}%{HOST}:{server.port}", "x")
            got = [client.mail(f"RETR {i + 1}") for i in range(len(mails))]
            client.quit()
    return got


def parse_rewritten(octets):
    """(message, its text, the attached original), by Python's email. There is
    nothing else in it but the secret word, and nothing that a client could take
    for something else."""
    seen = email.message_from_bytes(octets, policy=email.policy.default)
    assert seen.get_content_type() == "multipart/mixed" and not seen.defects
    text, original, word = seen.iter_parts()
    assert not text.defects and not original.defects and not word.defects
    assert text.get_content_type() == "text/plain"
    assert original.get_content_type() == "application/octet-stream"
    assert original.get_content_disposition() == "attachment"
    assert original.get_filename() == "original-mail.bin"
    assert secret_word(word) not in text.get_content()
    for name in ("Content-Type", "MIME-Version"):
        assert len(seen.get_all(name)) == 1
    assert "Disposition-Notification-To" not in seen
    assert all(len(line) <= 998 for line in octets.split(b"\r\n"))
    return seen, text.get_content(), original.get_content()


def withheld(octets):
    """A mail that is not forged, as it arrives: nobody is asked for a receipt."""
    return octets.replace(b"\r\nDisposition-Notification-To:",
                          b"\r\nX-Withheld-Disposition-Notification-To:", 1)


def secret_word(part):
    """That of a real notice, of the part where no client would quote it."""
    assert part.get_content_type() == "application/octet-stream"
    assert part.get_content_disposition() == "attachment"
    assert part.get_filename() == "secret-word.txt"
    return re.split("[:：] ?", part.get_content().decode().strip())[-1]


def quoted(text):
    return "\n".join(
        line[2:] for line in text.splitlines() if line.startswith(">")
    )


def plain(charset, text, encoding="8bit", label=None):
    octets = text if isinstance(text, bytes) else text.encode(charset)
    if encoding == "base64":
        octets = base64.encodebytes(octets)
    elif encoding == "quoted-printable":
        octets = quopri.encodestring(octets)
    octets = octets.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    return (
        b"Content-Type: text/plain; charset=" + (label or charset).encode()
        + b"\r\nContent-Transfer-Encoding: " + encoding.encode()
        + b"\r\n\r\n" + octets + b"\r\n"
    )


JAPANESE = "お客様の口座は①停止されました。\nhttps://bank.example.evil.example/?a=1 から再開"
INERT = ("お客様の口座は①停止されました。\n"
         "hxxps[:]//bank[.]example[.]evil[.]example/?a=1 から再開")
HTML = (
    "<html><head><style>p{color:red}</style><title>x</title></head><body>"
    "<script>alert(1)</script><p>Please <a href='http://evil.example/?u=7'>log "
    "in</a> now &amp; here.</p><img src='http://evil.example/p.png' alt='logo'>"
    "<form action=http://evil.example/><input name=pw></form></body></html>"
)
INNER = (
    b"--in\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nplain words\r\n"
    b"--in\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<b>html words</b>\r\n"
    b"--in--\r\n"
)
NESTED = (
    b'Content-Type: multipart/mixed; boundary="out"\r\n\r\npreamble\r\n'
    b"--out\r\nContent-Type: multipart/alternative; boundary=in\r\n\r\n" + INNER
    + b"--out\r\nContent-Type: application/pdf;\r\n"
    b" name*=utf-8''%E8%AB%8B%E6%B1%82%E6%9B%B8.pdf\r\n"
    b"Content-Transfer-Encoding: base64\r\n\r\n"
    + base64.encodebytes(b"x" * 3000).replace(b"\n", b"\r\n")
    + b"--out\r\nContent-Type: image/png\r\nContent-Disposition: inline;\r\n"
    b' filename="=?UTF-8?B?5YaZ55yfLnBuZw==?="\r\n\r\nPNG\r\n--out--\r\nepilogue\r\n'
)
BODIES = {
    "utf-8": (plain("utf-8", JAPANESE), INERT),
    "iso-2022-jp": (plain("iso-2022-jp", JAPANESE.replace("①", "一"), "7bit"),
                    INERT.replace("①", "一")),
    "shift_jis": (plain("cp932", JAPANESE, "base64", "Shift_JIS"), INERT),
    "euc-jp": (plain("eucJP", JAPANESE.replace("①", "一"), "quoted-printable",
                     "EUC-JP"), INERT.replace("①", "一")),
    "shift_jis called utf-8": (plain("cp932", JAPANESE, label="utf-8"), INERT),
    "utf-8 called iso-8859-1": (plain("utf-8", JAPANESE, label="iso-8859-1"), INERT),
    "no such charset": (plain("utf-8", JAPANESE, label="x-nothing"), INERT),
    "broken utf-8": (plain("utf-8", b"caf\xc3\xa9 \xff ok"), "café � ok"),
    "latin": (plain("iso-8859-1", "Grüße, 5 £"), "Grüße, 5 £"),
    "not described": (b"\r\nHello\r\n", "Hello"),
    "no body": (b"", ""),
    "html": (b"Content-Type: text/html; charset=utf-8\r\n\r\n" + HTML.encode(),
             "Please log in <hxxp[:]//evil[.]example/?u=7> now & here.\n[logo]"),
    "nested": (NESTED, "plain words"),
    "signed": (
        b"Content-Type: multipart/signed; boundary=s; "
        b"protocol=application/pgp-signature\r\n\r\n--s\r\n\r\nsigned words\r\n"
        b"--s\r\nContent-Type: application/pgp-signature\r\n\r\nxx\r\n--s--\r\n",
        "signed words"),
    "encrypted": (
        b"Content-Type: application/pkcs7-mime; name=smime.p7m\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\nAAAA\r\n", ""),
    "our own delimiters": (
        b"Content-Type: multipart/mixed; boundary=\"=_mekiki_0\"\r\n\r\n"
        b"--=_mekiki_0\r\n\r\nwords\r\n--=_mekiki_0--\r\n", "words"),
}
