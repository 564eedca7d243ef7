"""Method B: one more mail behind those of the mailbox tells of the forged ones.

Numbers, sizes and unique-ids are what RFC 1939 asks for, whatever happens."""

import email
import email.policy
import poplib
import sqlite3
import urllib.parse

import pytest

from harness.account import HOST, Account, mail
from harness.keys import Zone
from harness.mails import DOMAIN
from harness.mekiki import take_marks
from harness.process import program, run
from harness.scripted import ScriptedServer
from harness.waiting import until

SETTINGS = {"upstream.clear_hosts": [HOST], "users.methods": "B,C", "users.budget": 0,
            "history.deadline": "10s"}


@pytest.fixture(scope="module")
def zone(corpus):
    corpus.zone.add_address(HOST, ["127.0.0.1"])
    corpus.zone.add_text(f"_dmarc.{DOMAIN}", "v=DMARC1; p=reject")
    return corpus.zone


@pytest.fixture(scope="module")
def mekiki(start, zone):
    return start(zone, SETTINGS)


@pytest.fixture()
def server():
    with ScriptedServer() as made:
        yield made


@pytest.fixture()
def account(mekiki, server):
    return Account(mekiki, server)


def warnings_of(account):
    """(number of the upstream's mails, [(uid, octets)]) as a client sees them."""
    with account.log_in() as client:
        sizes = dict(line.split() for line in client.lines("LIST"))
        names = dict(line.split() for line in client.lines("UIDL"))
        count, octets = client.ok("STAT").split()[1:3]
        assert int(count) == len(sizes) == len(names)
        assert int(octets) == sum(map(int, sizes.values()))
        ours = [n for n in names if names[n].startswith(b"mekiki-")]
        assert ours == list(names)[len(names) - len(ours):], "ours stand last"
        found = []
        for n in ours:
            octets = client.mail(f"RETR {n.decode()}")
            assert len(octets) == int(sizes[n])
            assert client.ok(f"LIST {n.decode()}") == b"+OK " + n + b" " + sizes[n]
            assert client.ok(f"UIDL {n.decode()}") == b"+OK " + n + b" " + names[n]
            found.append((names[n].decode(), octets))
        client.quit()
    return len(names) - len(ours), found


def read(octets):
    parsed = email.message_from_bytes(octets, policy=email.policy.default)
    assert not parsed.defects
    return parsed, parsed.get_content()


def test_a_forged_mail_is_told_of_at_the_next_login(mekiki, account):
    account.user("set", "--word", "marmalade")
    account.fetch(mail("Your invoice"), mail("Hello", "unknown.example"))
    account.wait_until_warned(1)
    others, [(name, octets)] = warnings_of(account)
    assert others == 2
    parsed, text = read(octets)
    assert parsed["Subject"] == "[Mekiki] Forged: “Your invoice”"
    assert parsed["To"] == f"taro@{HOST}"
    assert parsed["Auto-Submitted"] == "auto-generated"
    [value] = mekiki.label_values(account.login)
    assert parsed["X-Mekiki-Label"] == f"warning-{value}"
    assert "Your invoice" in text and "Hanako Yamada" in text
    assert "Hello" not in text
    assert "asks not to trust unproven mails" in text
    assert "real notice: marmalade" in text
    assert "marmalade" not in mekiki.log()
    # It stays, and says the same, as long as it is not deleted.
    assert warnings_of(account) == (2, [(name, octets)])


def test_a_flood_is_told_in_one_mail_and_each_mail_once(account):
    account.fetch(*[mail(f"flood {n}") for n in range(60)])
    account.wait_until_warned(60)
    _, [(_, first)] = warnings_of(account)
    parsed, text = read(first)
    assert parsed["Subject"] == "[Mekiki] 60 mails to be careful with"
    assert "flood 49" in text and "flood 50" not in text
    assert "and 10 more" in text
    account.fetch(*account.server.mails)  # the same ones once more
    assert [octets for _, octets in warnings_of(account)[1]] == [first]
    account.fetch(mail("another"))
    account.wait_until_warned(61)
    _, [_, (_, second)] = warnings_of(account)
    assert "another" in read(second)[1] and "flood" not in read(second)[1]


def test_it_is_deleted_as_other_mails_are(account, server):
    account.fetch(mail("one"), mail("two"))
    account.wait_until_warned(2)
    with account.log_in() as client:  # which goes away without QUIT
        client.ok("DELE 3")
    _, [(_, kept)] = warnings_of(account)
    with account.log_in() as client:
        client.ok("DELE 3")
        client.refused("DELE 3")
        client.refused("RETR 3")
        client.refused("TOP 3 0")
        client.refused("LIST 3")
        assert client.ok("STAT").split()[1] == b"2"
        assert [line.split()[0] for line in client.lines("LIST")] == [b"1", b"2"]
        client.ok("DELE 1")
        assert client.lines("UIDL") == [b"2 uid-2"]
        client.ok("RSET")
        assert len(client.lines("LIST")) == 3
        client.refused("RETR 4")
        client.quit()
    assert warnings_of(account)[1][0][1] == kept

    def refuse(session, command):
        session.line("-ERR some deleted messages not removed")

    server.on["QUIT"] = refuse  # RFC 1939 6
    with account.log_in() as client:
        client.ok("DELE 3")
        client.refused("QUIT")
    del server.on["QUIT"]
    # Whatever the server says of its own mails, this one was read and deleted.
    until(lambda: warnings_of(account)[1] == [], "the warning is gone")


def test_top_of_it(account):
    account.fetch(mail("one"))
    account.wait_until_warned(1)
    _, [(_, octets)] = warnings_of(account)
    header, gap, body = octets.partition(b"\r\n\r\n")
    with account.log_in() as client:
        assert client.mail("TOP 2 0") == header + gap
        assert client.mail("TOP 2 1") == header + gap + body.split(b"\r\n")[0] + b"\r\n"
        assert client.mail("TOP 2 99999") == octets
        # Pipelined with the upstream's, in order.
        client.send(b"RETR 2\r\nRETR 1\r\nSTAT\r\nRETR 2\r\nQUIT\r\n")
        assert client.line() == b"+OK"
        ours = client.body()
        assert client.line().startswith(b"+OK ")
        assert b"Send money." in client.body()
        assert client.line().startswith(b"+OK 2 ")
        assert client.line() == b"+OK"
        assert client.body() == ours
        assert client.line().startswith(b"+OK")


def test_a_mail_that_comes_meanwhile_takes_no_number_of_ours(account, server):
    account.fetch(mail("one"))
    account.wait_until_warned(1)
    with account.log_in() as client:
        server.mails.append(mail("two"))
        lines = client.lines("LIST")
        assert [line.split()[0] for line in lines] == [b"1", b"2"]
        assert b"mekiki-" in client.lines("UIDL")[1]
        client.quit()


def test_curl_and_poplib_read_it(mekiki, account, folder):
    account.fetch(mail("one"))
    account.wait_until_warned(1)
    _, [(_, octets)] = warnings_of(account)
    user = urllib.parse.quote(account.login)
    got = run([program("curl"), "-s",
               f"pop3://{user}:password@127.0.0.1:{mekiki.port}/2"]).stdout
    assert got == octets
    client = poplib.POP3("127.0.0.1", mekiki.port)
    client.user(account.login)
    client.pass_("password")
    assert client.stat()[0] == 2
    _, lines, size = client.retr(2)
    assert b"\r\n".join(lines) + b"\r\n" == octets and size == len(octets)
    client.quit()


def test_it_survives_a_restart(start, zone, server):
    first = start(zone, SETTINGS)
    account = Account(first, server)
    account.fetch(mail("told"))
    account.wait_until_warned(1)
    _, [told] = warnings_of(account)
    account.fetch(mail("told"), mail("waits"))
    account.wait_until_warned(2)
    first.end()
    again = Account(start(zone, SETTINGS, state=first.state), server)
    _, [before, after] = warnings_of(again)
    assert before == told
    assert "waits" in read(after[1])[1]


def test_who_has_not_chosen_it_sees_the_upstream_alone(account, server):
    account.user("set", "--methods", "C,D")
    account.fetch(mail("one"))
    asked = len(server.commands())
    assert warnings_of(account) == (1, [])
    assert server.commands()[asked:].count("STAT") == 1  # the client's own
    account.fetch(mail("two"))
    account.user("set", "--methods", "B")
    assert warnings_of(account) == (1, [])  # what was before is not told


def test_without_its_store_the_mailbox_is_as_it_was(start, zone, server):
    mekiki = start(zone, SETTINGS)
    account = Account(mekiki, server)
    account.fetch(mail("one"))
    account.wait_until_warned(1)
    _, [(name, _)] = warnings_of(account)
    with account.log_in() as client:
        with sqlite3.connect(mekiki.state / "mekiki.db") as db:
            db.execute("DELETE FROM warning_mail")
        assert name.encode() in client.lines("UIDL")[1]
        assert client.refused("RETR 2").startswith(b"-ERR [SYS/TEMP]")
        assert b"Send money." in client.mail("RETR 1")
        client.quit()
    assert warnings_of(account) == (1, [])


# ------------------------------------------------------------ second thoughts

SELECTOR = "late"


def second_zone(key=None):
    made = Zone()
    made.add_address(HOST, ["127.0.0.1"])
    made.add_text(f"_dmarc.{DOMAIN}", "v=DMARC1; p=reject")
    if key:
        made.add_text(f"{SELECTOR}._domainkey.{DOMAIN}", key)
    else:
        # The selector is none that the sender made up: the domain leads it on.
        made.names[f"{SELECTOR}._domainkey.{DOMAIN}"] = {
            "CNAME": [f"{SELECTOR}.keys.example"]}
        made.add_failure(f"{SELECTOR}.keys.example")
    return made


@pytest.mark.parametrize("when, tampered, told", [
    ("forged", True, "forged"),
    ("forged", False, None),
    ("new", False, "new sender"),
])
def test_a_second_judgement_is_told(start, corpus, server, when, tampered, told):
    """The key could not be had when the mail was fetched; later it can."""
    signed = mail("To be judged again", sign=lambda m: corpus.dkimpy(m, SELECTOR))
    if tampered:
        signed = signed.replace(b"Send money.", b"Send Money.")
    settings = {**SETTINGS, "users.when": when, "dns.deadline": "100ms"}
    first = start(second_zone(), settings)
    account = Account(first, server)
    account.server.mails = [signed]
    with account.log_in() as client:
        assert b"X-Mekiki-Verdict: unverified\r\n" in client.mail("RETR 1")
        client.quit()
    assert warnings_of(account) == (1, [])
    first.end()
    with sqlite3.connect(first.state / "mekiki.db") as db:
        assert db.execute("UPDATE pending SET due = 0").rowcount == 1
    again = Account(
        start(second_zone(corpus.rsa.record), settings, state=first.state), server)
    until(lambda: "judged again, and decided" in again.mekiki.log(), "it is judged again")
    if not told:
        assert warnings_of(again) == (1, [])
        return
    # It is written beside the session.
    until(lambda: warnings_of(again)[1], "it is in the listing")
    parsed, text = read(warnings_of(again)[1][0][1])
    assert parsed["Subject"] == "[Mekiki] What is known of a mail has changed"
    assert "To be judged again" in text
    assert f'called "unverified". By what is known now it is "{told}"' in " ".join(text.split())


@pytest.mark.parametrize("record, told", [("v=spf1 -all", "forged"), ("v=spf1 ip4:192.0.2.25 -all", None)])
@pytest.mark.parametrize("open_names", [[DOMAIN], [f"_dmarc.{DOMAIN}"], [DOMAIN, f"_dmarc.{DOMAIN}"]])
def test_what_spf_and_dmarc_left_open_is_decided(start, server, open_names, record, told):
    """Neither record could be had when the mail was fetched; later both can."""
    def zone(silent):
        made = Zone()
        made.add_address(HOST, ["127.0.0.1"])
        made.add_text(DOMAIN, record)
        made.add_text(f"_dmarc.{DOMAIN}", "v=DMARC1; p=reject")
        for name in silent:
            made.add_failure(name)
        return made

    settings = {**SETTINGS, "users.when": "forged", "dns.deadline": "100ms"}
    first = start(zone(open_names), settings)
    account = Account(first, server)
    account.server.mails = [mail("Left open")]
    with account.log_in() as client:
        level = take_marks(client.mail("RETR 1"))[0][b"X-Mekiki-Verdict"]
        client.quit()
    is_proven_already = not told and DOMAIN not in open_names
    assert level == (b"new" if is_proven_already else b"unverified")
    first.end()
    with sqlite3.connect(first.state / "mekiki.db") as db:
        left = db.execute("UPDATE pending SET due = 0").rowcount
        assert left == (0 if is_proven_already else 1)
    again = Account(start(zone([]), settings, state=first.state), server)
    if left:
        until(lambda: "judged again, and decided" in again.mekiki.log(), "it is judged again")
    if told:
        until(lambda: warnings_of(again)[1], "it is in the listing")
        parsed, text = read(warnings_of(again)[1][0][1])
        assert parsed["Subject"] == "[Mekiki] What is known of a mail has changed"
        assert 'called "unverified". By what is known now it is "forged"' in " ".join(text.split())
    else:
        assert warnings_of(again) == (1, [])
    decided = [(told or "new", 0)]
    with sqlite3.connect(first.state / "mekiki.db") as db:
        kept = "SELECT level, (SELECT count(*) FROM pending) FROM mail"
        until(lambda: db.execute(kept).fetchall() == decided, f"{decided} is noted")


def test_nobody_else_writes_as_mekiki(account):
    """Warnings of the listing never come from the server."""
    imitation = mail("[Mekiki] Forged: “Your invoice”", "mekiki.test", local="mekiki")
    account.server.mails = [imitation]
    with account.log_in() as client:
        marks = take_marks(client.mail("RETR 1"))[0]
        client.quit()
    assert marks[b"X-Mekiki-Verdict"] == b"forged"
    assert marks[b"X-Mekiki-Reason"] == b"not-by-mekiki seen=mekiki@mekiki.test"
