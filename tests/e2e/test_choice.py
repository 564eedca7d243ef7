"""Each account's own choice: made while Mekiki runs, in force from the next
login on, rehearsed, limited by the administrator and by a budget."""

import email
import email.policy
import re

import pytest

from harness.account import HOST, Account, mail, own_mail
from harness.forged import secret_word
from harness.mails import DOMAIN
from harness.scripted import ScriptedServer


@pytest.fixture(scope="module")
def zone(corpus):
    corpus.zone.add_address(HOST, ["127.0.0.1"])
    corpus.zone.add_text(f"_dmarc.{DOMAIN}", "v=DMARC1; p=reject")
    return corpus.zone


@pytest.fixture()
def server():
    with ScriptedServer() as made:
        yield made


def test_a_choice_counts_from_the_next_login_on(start, zone, server):
    account = Account(start(zone, {"upstream.clear_hosts": [HOST]}), server)
    assert account.fetch(mail("one")) == ["as it was"]
    shown = account.user("set", "--methods", "A,C", "--word", "secret-blossom")
    assert "A (rewritten), C (labels)" in shown and "secret-blossom" in shown
    assert account.fetch(mail("two"), mail("three", "example.org")) == [
        "rewritten", "as it was"
    ]
    # The rest of a choice stays when a part of it is changed.
    account.user("set", "--language", "ja")
    assert "secret-blossom" in account.user("show")
    account.wait_until_noted(3)
    told = account.user("rehearse")
    assert "3 mails: 0 genuine, 0 new, 1 unverified, 0 altered, 2 forged." in told
    assert "A would have rewritten 2 of 3 mails." in told
    assert "B would have warned of 2 of 3" in account.user("rehearse", "--methods", "B")

    account.user("set", "--default")
    assert account.fetch(mail("four")) == ["as it was"]
    assert "secret-blossom" not in account.mekiki.log()


@pytest.mark.parametrize(
    "user",
    ["taro@example.jp", "Taro@Example.JP", "recent:taro@example.jp",
     "taro%example.jp", "taro@example.jp/box"],
)
def test_a_choice_counts_however_the_login_is_spelled(start, zone, server, user):
    account = Account(start(zone, {"upstream.clear_hosts": [HOST]}), server, user)
    account.login = account.login.replace(HOST, HOST.upper())
    account.user("set", "--methods", "A")
    chosen = f"taro@example.jp%{HOST}:{server.port}"
    listed = account.user("list", account=False)
    assert chosen in listed and "@Example" not in listed, listed
    for spelling in ("taro@example.jp", "TARO@example.jp", "recent:Taro@example.jp"):
        account.login = f"{spelling}%{HOST}:{server.port}"
        assert account.fetch(mail("one")) == ["rewritten"], spelling
        # To the server goes what was written.
        assert f"USER {spelling}" in server.sessions[-1].commands


def test_what_is_not_allowed_is_not_done(start, zone, server):
    settings = {"upstream.clear_hosts": [HOST], "users.methods": "A,C",
                "users.allowed": "B,C,D"}
    account = Account(start(zone, settings), server)
    assert "the settings allow only the methods B,C,D" in account.user(
        "set", "--methods", "A", check=False)
    assert account.fetch(mail("one")) == ["as it was"]
    assert "but users.allowed leaves C" in account.user("show")


def test_too_many_warnings_become_labels(start, zone, server):
    settings = {"upstream.clear_hosts": [HOST], "users.methods": "A,C",
                "users.budget": 2}
    account = Account(start(zone, settings), server)
    flood = [own_mail(f"flood {n}") for n in range(13)]
    assert account.fetch(*flood) == ["rewritten"] * 10 + ["as it was"] * 3
    account.wait_until_noted(13)
    assert account.fetch(own_mail("later")) == ["as it was"]
    assert account.mekiki.log().count("users.budget") == 1
    assert "fallen back to labels" in account.user("rehearse")
    # Good mail brings the warnings back.
    account.wait_until_noted(14)
    good = [mail(f"good {n}", "example.org") for n in range(15)]
    assert account.fetch(*good) == ["as it was"] * 15
    account.wait_until_noted(29)
    assert account.fetch(own_mail("at last")) == ["rewritten"]


def test_the_warning_mail_counts_what_came_unmarked(start, zone, server):
    settings = {"upstream.clear_hosts": [HOST], "users.methods": "A,B,C",
                "users.budget": 2}
    account = Account(start(zone, settings), server)
    account.fetch(*[own_mail(f"flood {n}") for n in range(13)])
    account.wait_until_noted(13)
    account.fetch(own_mail("later"))
    account.wait_until_warned(11)
    server.mails = []
    with account.log_in() as client:
        *_, ours = [n.decode() for n, _ in map(bytes.split, client.lines("UIDL"))]
        octets = client.mail(f"RETR {ours}")
        client.quit()
    text = email.message_from_bytes(
        octets, policy=email.policy.default).get_content()
    assert "though they looked forged: 3." in " ".join(text.split())


def test_what_a_policy_refuses_does_not_use_the_budget_up(start, zone, server):
    settings = {"upstream.clear_hosts": [HOST], "users.methods": "A",
                "users.budget": 2}
    account = Account(start(zone, settings), server)
    flood = [mail(f"flood {n}") for n in range(13)]
    assert account.fetch(*flood, own_mail("last")) == ["rewritten"] * 14
    account.wait_until_noted(14)
    assert account.fetch(mail("later"), own_mail("last")) == ["rewritten"] * 2


@pytest.mark.parametrize("methods", ["none", "A", "B", "C,D"])
def test_no_mail_asks_for_a_receipt(start, zone, server, methods):
    account = Account(start(zone, {"upstream.clear_hosts": [HOST]}), server)
    account.user("set", "--methods", methods)
    asks = (b"Disposition-Notification-To: <spy@evil.example>\r\n"
            b"return-receipt-to:\r\n <spy@evil.example>\r\n")
    server.mails = [one.replace(b"Subject: ", asks + b"Subject: ")
                    for one in (mail("forged"), mail("other", "example.org"))]
    with account.log_in() as client:
        forged, other = (client.mail(f"RETR {n}").partition(b"\r\n\r\n")[0].lower()
                         for n in (1, 2))
        client.quit()
    assert b"x-mekiki-verdict: forged\r\n" in forged and b"spy@" not in forged
    assert b"x-mekiki-verdict: unverified\r\n" in other
    for name in (b"disposition-notification-to:", b"return-receipt-to:"):
        assert b"\r\n" + name not in other
        assert b"\r\nx-withheld-" + name in other


def test_a_mailbox_has_a_secret_word_from_the_first_login_on(start, zone, server):
    settings = {"upstream.clear_hosts": [HOST], "users.methods": "A,B"}
    account = Account(start(zone, settings), server)

    def word_of_a_rewritten_mail():
        server.mails = [mail("one")]
        with account.log_in() as client:
            parts = email.message_from_bytes(
                client.mail("RETR 1"), policy=email.policy.default).iter_parts()
            client.quit()
        return secret_word(list(parts)[2])

    word = word_of_a_rewritten_mail()
    assert re.fullmatch("([a-z][aiueo]){3} ([a-z][aiueo]){3}", word)
    assert f"secret word   {word} (made by Mekiki)" in account.user("show")
    other = Account(account.mekiki, server, "hanako")
    assert word not in other.user("show")
    account.wait_until_warned(1)
    with account.log_in() as client:
        told = email.message_from_bytes(client.mail("RETR 2"))
        client.quit()
    assert f"real notice: {word}" in told.get_payload(decode=True).decode()
    account.user("set", "--word", "marmalade")
    assert word_of_a_rewritten_mail() == "marmalade"
    assert word not in account.mekiki.log()
