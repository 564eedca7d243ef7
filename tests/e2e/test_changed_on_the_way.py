"""The experiment of the original system: a relay between the proxy and the
mail server changes the body on the way, and pass turns to fail."""

import pytest

from harness.dovecot import Dovecot
from harness.mails import plain_mail
from harness.mekiki import assert_marked
from harness.relay import Relay

HOST = "pop.example.jp"
BODY = b"Dear Hanako,\r\n\r\nplease pay 100 yen to account 1234.\r\n"


@pytest.fixture(scope="module")
def mails(corpus):
    mail = plain_mail(b"invoice", BODY)
    return {
        "opendkim": corpus.opendkim(mail),
        "ed25519": corpus.dkimpy(mail, "ed"),
        "simple": corpus.dkimpy(mail, "rsa", canonicalize=(b"simple", b"simple")),
        "unsigned": mail,
    }


def fetch(start, corpus, authority, dovecot, port):
    corpus.zone.add_address(HOST, ["127.0.0.1"])
    mekiki = start(
        corpus.zone,
        {"upstream.clear_hosts": [HOST], "upstream.extra_ca": str(authority.file)},
    )
    with mekiki.client() as client:
        client.login(f"taro%{HOST}:{port}", dovecot.PASSWORD)
        count = len(client.lines("LIST"))
        got = [client.mail(f"RETR {number}") for number in range(1, count + 1)]
        client.quit()
    return got


@pytest.mark.parametrize(
    ["what", "change", "expected"],
    [
        ("nothing", lambda octets: octets, "pass"),
        ("the account", lambda octets: octets.replace(b"1234", b"6666"), "fail"),
        ("one bit", lambda octets: octets.replace(b"100 yen", b"101 yen"), "fail"),
        ("the subject", lambda octets: octets.replace(b": invoice", b": urgent"),
         "fail"),
        ("a footer", lambda octets: octets.replace(b"1234.", b"1234.\r\n-- \r\nad"),
         "fail"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_change_turns_pass_to_fail(
    start, folder, corpus, authority, mails, what, change, expected
):
    dovecot = Dovecot(folder / f"dovecot-{what.replace(' ', '-')}")
    relay = Relay(dovecot.port, change)
    try:
        dovecot.add_user("taro", mails.values())
        got = fetch(start, corpus, authority, dovecot, relay.port)
        for (name, original), delivered in zip(mails.items(), got):
            check = "none" if name == "unsigned" else expected
            assert_marked(delivered, change(original), check)
    finally:
        relay.end()
        dovecot.end()


def test_under_tls_the_relay_can_change_nothing(
    start, folder, corpus, authority, mails
):
    dovecot = Dovecot(folder / "dovecot-tls", authority.issue(HOST))
    relay = Relay(
        dovecot.port, lambda octets: octets.replace(b"1234", b"6666"), is_text=False
    )
    try:
        dovecot.add_user("taro", mails.values())
        got = fetch(start, corpus, authority, dovecot, relay.port)
        for (name, original), delivered in zip(mails.items(), got):
            check = "none" if name == "unsigned" else "pass"
            assert_marked(delivered, original, check)
    finally:
        relay.end()
        dovecot.end()
