"""`mekiki send-test`: mails of our own through a real Postfix."""

import email
import email.policy
import os
import re
import time

import dkim
import pytest

from harness.certificates import Authority
from harness.dovecot import Dovecot
from harness.keys import RsaKey, Zone
from harness.mekiki import binary, to_toml
from harness.ports import free_ports
from harness.postfix import Postfix
from harness.process import run

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0, reason="NOT RUN: Postfix can be started by root alone"
)

TARO = "taro@example.jp"


@pytest.fixture(scope="module")
def postfix(folder, authority):
    certificate = authority.issue("localhost")
    dovecot = Dovecot(folder / "dovecot")
    made = Postfix(folder / "postfix", certificate, dovecot.auth_socket)
    yield made
    made.end()
    dovecot.end()


@pytest.fixture
def send_test(tmp_path, authority, postfix):
    def go(recipient=TARO, password=Dovecot.PASSWORD, mode=0o600, **settings):
        secret = tmp_path / "password"
        secret.write_text(password + "\n")
        secret.chmod(mode)
        chosen = {
            "host": "localhost",
            "port": postfix.port,
            "user": "mekiki",
            "password_file": "password",
            "extra_ca": str(authority.file),
            "from": "mekiki@example.jp",
        }
        chosen.update(settings)
        configuration = tmp_path / "mekiki.toml"
        configuration.write_text(
            to_toml(
                {
                    f"smtp.{key}": value
                    for key, value in chosen.items()
                    if value is not None
                }
            )
        )
        done = run(
            [binary(), "send-test", recipient, "--config", configuration], check=False
        )
        told = done.stdout.decode()
        assert Dovecot.PASSWORD not in told + done.stderr.decode()
        return done.returncode, told, done.stderr.decode()

    return go


def ways(postfix):
    return {
        "starttls": {"port": postfix.port},
        "tls": {"port": postfix.tls_port, "tls": "tls"},
        "clear": {
            "host": "127.0.0.1", "port": postfix.relay_port, "tls": "clear",
            "user": None, "password_file": None,
        },
    }


@pytest.mark.parametrize("way", ["starttls", "tls", "clear"])
def test_a_mail_that_arrives(postfix, send_test, way):
    before = len(postfix.arrived("taro"))
    code, told, complaints = send_test(**ways(postfix)[way])
    assert (code, complaints) == (0, ""), told
    steps = ["connected to", "greeted: 220", "are accepted", "mail is accepted: 250"]
    if way != "clear":
        steps += ["TLS is up and the certificate is right", "logged in as mekiki"]
    for step in steps:
        assert step in told
    assert "not signed by us" in told
    assert {line[:6] for line in told.splitlines()} == {"ok    ", "note  "}

    mails = postfix.wait_for("taro", before + 1)
    assert len(mails) == before + 1
    mail = email.message_from_bytes(mails[-1], policy=email.policy.SMTP)
    assert mail["Return-Path"] == "<>"
    assert mail["From"].addresses[0].addr_spec == "mekiki@example.jp"
    assert mail["To"] == TARO
    assert mail["Auto-Submitted"].startswith("auto-")
    assert "DKIM-Signature" not in mail
    assert "`mekiki send-test`" in mail.get_body().get_content()
    # RFC 3848
    assert ("with ESMTPSA" if way != "clear" else "with ESMTP ") in mail["Received"]


def test_a_signature_that_verifies(postfix, send_test, tmp_path):
    key = RsaKey()
    (tmp_path / "key.pem").write_bytes(key.pem)
    zone = Zone()
    zone.add_text("s1._domainkey.example.jp", key.record)
    texts = zone.texts()
    earliest = int(time.time())
    before = len(postfix.arrived("taro"))
    code, told, _ = send_test(
        dkim_domain="example.jp", dkim_selector="s1", dkim_key="key.pem"
    )
    assert code == 0, told
    assert "signed for example.jp with the key s1" in told
    assert "not signed" not in told
    mail = postfix.wait_for("taro", before + 1)[-1]

    def ask(name, timeout=5):
        return texts.get(name.decode().rstrip(".").lower(), "").encode()

    assert dkim.verify(mail, dnsfunc=ask)
    assert not dkim.verify(mail.replace(b"test mail", b"best mail"), dnsfunc=ask)
    signature = email.message_from_bytes(mail)["DKIM-Signature"]
    tags = dict(
        re.sub(r"\s", "", tag).split("=", 1) for tag in signature.split(";") if tag
    )
    assert tags["d"] == "example.jp" and tags["c"] == "relaxed/relaxed"
    assert earliest <= int(tags["t"]) <= int(time.time())


@pytest.mark.parametrize(
    "changes, expected, again",
    [
        ({"password": "wrong"}, "localhost refused the login: 535", True),
        ({"extra_ca": None}, "an authority that this machine does not know", True),
        ({"host": "127.0.0.1"}, "the certificate is for localhost, not 127.0.0.1",
         True),
        ({"recipient": "ghost@example.jp"}, "localhost refused the recipient: 550",
         False),
        ({"user": None, "password_file": None},
         "localhost refused the recipient: 554", True),
        ({"tls": "tls"}, "does not speak TLS at once there", True),
        ({"port": "closed"}, "refused the connection", True),
        ({"port": "relay"}, "offers no TLS (STARTTLS)", True),
    ],
)
def test_what_stops_it(postfix, send_test, changes, expected, again):
    if changes.get("port") == "closed":
        changes = {"port": free_ports(1)[0]}
    if changes.get("port") == "relay":
        changes = {"port": postfix.relay_port}
    before = len(postfix.arrived("taro"))
    code, told, _ = send_test(**changes)
    assert code == 1, told
    last, note = told.splitlines()[-2:]
    assert last.startswith("stop  ") and expected in last, told
    assert note == (
        "note  such a mail would be tried again later" if again
        else "note  such a mail would not be tried again"
    )
    assert len(postfix.arrived("taro")) == before


def test_a_certificate_of_another_authority(folder, postfix, send_test):
    other = Authority(folder / "other-authority", "Another authority")
    code, told, _ = send_test(extra_ca=str(other.file))
    assert code == 1
    assert "does not know (Test authority)" in told, told


@pytest.mark.parametrize(
    "changes, expected",
    [
        ({"host": None, "user": None, "password_file": None},
         "no mail can be sent, as smtp.host is not set"),
        ({"mode": 0o640}, "may be read or changed by others (mode 640)"),
        ({"password": ""}, "is empty"),
        ({"password_file": "absent"}, "absent cannot be read: No such file"),
        ({"password_file": "."}, "is no file"),
        ({"extra_ca": "password"}, "password: the certificate authorities cannot be"),
        ({"dkim_domain": "example.jp", "dkim_selector": "s1", "dkim_key": "password"},
         "password holds no private key"),
        ({"dkim_domain": "example.jp"}, "smtp.dkim_key go together"),
        ({"recipient": "taro"}, "expected an address such as taro@example.jp"),
        ({"recipient": f"{TARO}>\r\nDATA"}, "expected an address such as"),
    ],
)
def test_what_cannot_be_tried(send_test, changes, expected):
    code, told, complaints = send_test(**changes)
    assert (code, told) == (2, "")
    assert expected in complaints, complaints
