"""The main job: real clients fetch really signed, tampered and unsigned mail
from a real Dovecot through Mekiki, in clear, over STLS and over TLS."""

import mailbox
import poplib
import ssl

import pytest

from harness.dovecot import Dovecot
from harness.mekiki import assert_marked, take_marks
from harness.pop3 import Client, client_context, plain, unstuff
from harness.process import program, run
from harness.waiting import until

HOST = "pop.example.jp"
LEGS = ["clear", "stls", "tls"]


@pytest.fixture(scope="module")
def dovecot(folder, authority, corpus):
    server = Dovecot(folder / "dovecot", authority.issue(HOST, "127.0.0.1", "::1"))
    server.add_user("taro", [mail.octets for mail in corpus.mails])
    yield server
    server.end()


@pytest.fixture(scope="module")
def mekiki(start, corpus, authority, dovecot):
    corpus.zone.add_address(HOST, ["127.0.0.1"])
    return start(corpus.zone, {"upstream.extra_ca": str(authority.file)})


@pytest.fixture
def mailbox_of_five(request, dovecot, corpus):
    """A mailbox of its own, for tests that delete."""
    name = request.node.name.replace("[", "-").replace("]", "")
    return dovecot.add_user(name, [mail.octets for mail in corpus.mails[8:13]])


def login_name(dovecot, leg, user="taro", host=HOST):
    port = dovecot.tls_port if leg == "tls" else dovecot.port
    return f"{user}%{host}:{port}"


def log_in(mekiki, dovecot, leg="clear", user="taro"):
    return mekiki.client(leg).login(login_name(dovecot, leg, user), dovecot.PASSWORD)


def direct(dovecot, user="taro"):
    return Client(dovecot.port).login(user, dovecot.PASSWORD)


# ---------------------------------------------------------------- clients


@pytest.mark.parametrize("leg", LEGS)
def test_every_mail_is_marked_and_else_unchanged(mekiki, dovecot, corpus, leg):
    with log_in(mekiki, dovecot, leg) as client, direct(dovecot) as reference:
        for number, mail in enumerate(corpus.mails, 1):
            assert reference.mail(f"RETR {number}") == mail.octets, mail.name
            got = client.mail(f"RETR {number}")
            assert_marked(got, mail.clean, mail.check)
        client.quit()


def fetched_by_poplib(client, dovecot, leg, corpus):
    client.user(login_name(dovecot, leg))
    client.pass_(dovecot.PASSWORD)
    for number, mail in enumerate(corpus.mails, 1):
        _, lines, _ = client.retr(number)
        got = b"".join(line + b"\r\n" for line in lines)
        assert_marked(got, mail.clean, mail.check)
    client.quit()


def test_poplib(mekiki, dovecot, corpus, monkeypatch):
    monkeypatch.setattr(poplib, "_MAXLINE", 1 << 20)
    fetched_by_poplib(
        poplib.POP3("127.0.0.1", mekiki.port), dovecot, "clear", corpus
    )


def test_poplib_stls(mekiki, dovecot, corpus, monkeypatch):
    monkeypatch.setattr(poplib, "_MAXLINE", 1 << 20)
    client = poplib.POP3("localhost", mekiki.port)
    client.stls(client_context(mekiki.ca))
    fetched_by_poplib(client, dovecot, "stls", corpus)


def test_poplib_tls(mekiki, dovecot, corpus, monkeypatch):
    monkeypatch.setattr(poplib, "_MAXLINE", 1 << 20)
    client = poplib.POP3_SSL(
        "localhost", mekiki.tls_port, context=client_context(mekiki.ca)
    )
    fetched_by_poplib(client, dovecot, "tls", corpus)


@pytest.mark.parametrize("leg", LEGS)
def test_curl_with_the_name_in_the_url(mekiki, dovecot, corpus, leg):
    scheme, port = ("pop3s", mekiki.tls_port) if leg == "tls" else ("pop3", mekiki.port)
    name = login_name(dovecot, leg).replace("%", "%25").replace(":", "%3A")
    password = dovecot.PASSWORD.replace("%", "%25").replace(" ", "%20")
    options = ["--ssl-reqd"] if leg == "stls" else []
    for number in (1, 2, 9, 11, len(corpus.mails)):
        mail = corpus.mails[number - 1]
        url = f"{scheme}://{name}:{password}@localhost:{port}/{number}"
        done = run(
            [program("curl"), "-sS", "-4", "--cacert", mekiki.ca, *options, url]
        )
        assert_marked(done.stdout, mail.clean, mail.check)


@pytest.mark.parametrize("leg", LEGS)
def test_mpop_fetches_all_and_deletes(
    mekiki, dovecot, corpus, leg, tmp_path, mailbox_of_five
):
    port = mekiki.tls_port if leg == "tls" else mekiki.port
    lines = [
        "account default",
        "host localhost",
        f"port {port}",
        "auth user",
        f"user {login_name(dovecot, leg, mailbox_of_five)}",
        f"password {dovecot.PASSWORD}",
        f"tls {'off' if leg == 'clear' else 'on'}",
        f"tls_starttls {'on' if leg == 'stls' else 'off'}",
        f"uidls_file {tmp_path}/uidls",
        f"delivery mbox {tmp_path}/mbox",
        "received_header off",
    ]
    if leg != "clear":
        lines.append(f"tls_trust_file {mekiki.ca}")
    settings = tmp_path / "mpoprc"
    settings.write_text("\n".join(lines) + "\n")
    settings.chmod(0o600)
    run([program("mpop"), "-q", "-C", settings])
    assert_checks(tmp_path / "mbox", corpus.mails[8:13])
    assert dovecot.stored(mailbox_of_five) == 0


@pytest.mark.parametrize("leg", ["stls", "tls"])
def test_fetchmail_fetches_all_and_deletes(
    mekiki, dovecot, corpus, leg, tmp_path, mailbox_of_five
):
    port = mekiki.tls_port if leg == "tls" else mekiki.port
    wanted = "ssl" if leg == "tls" else 'sslproto "TLS1.2+"'
    settings = tmp_path / "fetchmailrc"
    settings.write_text(
        f'poll localhost proto POP3 service {port}\n'
        f'user "{login_name(dovecot, leg, mailbox_of_five)}" '
        f'password "{dovecot.PASSWORD}"\n'
        f'{wanted} sslcertck sslcertfile "{mekiki.ca}" nokeep\n'
        f'mda "{program("sh")} {tmp_path}/deliver"\n'
    )
    settings.chmod(0o600)
    (tmp_path / "deliver").write_text(
        f'(echo "From mekiki-test Thu Jan  1 00:00:00 2026"; cat; echo) '
        f">> {tmp_path}/mbox\n"
    )
    run(
        [program("fetchmail"), "-f", settings, "--nosyslog", "--nodetach",
         "--pidfile", tmp_path / "pid", "--invisible"],
        env={"HOME": str(tmp_path), "FETCHMAILHOME": str(tmp_path)},
    )
    assert_checks(tmp_path / "mbox", corpus.mails[8:13])
    assert dovecot.stored(mailbox_of_five) == 0


def assert_checks(mbox, mails):
    """What a client stored carries the right word, once."""
    got = [mail.get_all("X-DKIM-Check") for mail in mailbox.mbox(mbox)]
    assert got == [[mail.check] for mail in mails]


# --------------------------------------------------------------- commands


@pytest.mark.parametrize("leg", LEGS)
def test_listings_are_those_of_the_server(mekiki, dovecot, leg):
    with log_in(mekiki, dovecot, leg) as client, direct(dovecot) as reference:
        assert client.ask("STAT") == reference.ask("STAT")
        for command in ("LIST", "UIDL"):
            assert client.lines(command) == reference.lines(command)
            assert client.ask(f"{command} 3") == reference.ask(f"{command} 3")
            assert client.ask(f"{command} 999") == reference.ask(f"{command} 999")


def test_deleted_mails_are_gone_after_quit(mekiki, dovecot, mailbox_of_five):
    with log_in(mekiki, dovecot, user=mailbox_of_five) as client:
        uidls = [line.split()[1] for line in client.lines("UIDL")]
        client.ok("DELE 2")
        client.ok("DELE 4")
        client.refused("RETR 2")
        assert dovecot.stored(mailbox_of_five) == 5
        client.quit()
    with log_in(mekiki, dovecot, user=mailbox_of_five) as client:
        left = [line.split()[1] for line in client.lines("UIDL")]
    assert left == [uidls[0], uidls[2], uidls[4]]
    assert dovecot.stored(mailbox_of_five) == 3


@pytest.mark.parametrize("leg", LEGS)
def test_without_quit_nothing_is_deleted(mekiki, dovecot, leg, mailbox_of_five):
    with log_in(mekiki, dovecot, leg, mailbox_of_five) as client:
        client.ok("DELE 1")
    sessions = f"pop3({mailbox_of_five})"
    until(
        lambda: any(
            sessions in line and "Disconnected" in line
            for line in dovecot.log().splitlines()
        ),
        "Dovecot saw the end of the session",
    )
    assert dovecot.stored(mailbox_of_five) == 5


def test_rset_takes_deletions_back(mekiki, dovecot, mailbox_of_five):
    with log_in(mekiki, dovecot, user=mailbox_of_five) as client:
        client.ok("DELE 1")
        client.refused("LIST 1")
        client.ok("RSET")
        client.ok("LIST 1")
        client.mail("RETR 1")
        client.quit()
    assert dovecot.stored(mailbox_of_five) == 5


@pytest.mark.parametrize("count", [0, 1, 2, 1000])
def test_top_gives_the_marked_header_and_lines(mekiki, dovecot, corpus, count):
    with log_in(mekiki, dovecot) as client:
        for number, mail in enumerate(corpus.mails, 1):
            header, gap, body = mail.clean.partition(b"\r\n\r\n")
            lines = body.splitlines(keepends=True)[:count]
            got = client.mail(f"TOP {number} {count}")
            assert_marked(got, header + gap + b"".join(lines), mail.check)


def read_mails(dovecot, user):
    """How many mails of the mailbox are marked as read."""
    cur = dovecot.folder / "home" / user / "Maildir" / "cur"
    return sum("S" in file.name.split(",")[-1] for file in cur.iterdir())


def test_top_does_not_mark_as_read(mekiki, dovecot, mailbox_of_five):
    with log_in(mekiki, dovecot, user=mailbox_of_five) as client:
        client.mail("TOP 1 0")
        client.quit()
    assert read_mails(dovecot, mailbox_of_five) == 0


@pytest.mark.parametrize("option", ["keep", "nokeep"])
def test_what_fetchmail_leaves_stays_unread(
    mekiki, dovecot, corpus, tmp_path, option
):
    """With a limit per session: what it did not fetch, nothing marks as read."""
    user = dovecot.add_user(
        f"limited-{option}", [mail.octets for mail in corpus.mails[:10] * 4]
    )
    settings = tmp_path / "fetchmailrc"
    settings.write_text(
        f'poll localhost proto POP3 service {mekiki.port}\n'
        f'user "{login_name(dovecot, "clear", user)}" password "{dovecot.PASSWORD}"\n'
        f'sslproto "" {option} fetchlimit 3 mda "{program("cat")}"\n'
    )
    settings.chmod(0o600)
    done = run(
        [program("fetchmail"), "-f", settings, "--nosyslog", "--nodetach", "--silent",
         "--pidfile", tmp_path / "pid", "--invisible"],
        env={"HOME": str(tmp_path), "FETCHMAILHOME": str(tmp_path)},
        check=False,
    )
    assert done.returncode in (0, 13), done.stderr  # 13: the limit was reached
    if option == "keep":
        assert (dovecot.stored(user), read_mails(dovecot, user)) == (40, 3)
    else:
        assert (dovecot.stored(user), read_mails(dovecot, user)) == (37, 0)


def test_pipelined_commands_are_answered_in_order(mekiki, dovecot, corpus):
    count = len(corpus.mails)
    commands = [f"USER {login_name(dovecot, 'clear')}", f"PASS {dovecot.PASSWORD}"]
    commands += ["STAT", "NOOP", "XYZZY", "LIST"]
    commands += [f"RETR {number}" for number in range(1, count + 1)]
    commands += ["TOP 1 0", "RETR 999", "UIDL 1", "QUIT"]
    with mekiki.client() as client, direct(dovecot) as reference:
        client.send("".join(command + "\r\n" for command in commands).encode())
        assert client.line().startswith(b"+OK")  # USER
        assert client.line().startswith(b"+OK")  # PASS
        assert client.line() == reference.ask("STAT")
        assert client.line().startswith(b"+OK")  # NOOP
        assert client.line().startswith(b"-ERR")  # XYZZY
        assert client.line().startswith(b"+OK")  # LIST
        assert client.body().split(b"\r\n")[:-1] == reference.lines("LIST")
        for mail in corpus.mails:
            assert client.line().startswith(b"+OK")
            assert_marked(unstuff(client.body()), mail.clean, mail.check)
        assert client.line().startswith(b"+OK")  # TOP
        take_marks(client.body())
        assert client.line().startswith(b"-ERR")  # RETR 999
        assert client.line() == reference.ask("UIDL 1")
        assert client.line().startswith(b"+OK")  # QUIT
        client.is_ended()


def test_unknown_commands_are_refused_in_step(mekiki, dovecot):
    with log_in(mekiki, dovecot) as client, direct(dovecot) as reference:
        commands = ["XYZZY", "", " ", "RETR", "RETR 0", "RETR x", "RETR 1 2", "LIST -1",
                    "DELE", "TOP 1", "TOP", "UTF8", "LANG", "APOP a b", "STLS",
                    "USER x", "PASS x", "AUTH PLAIN", "R" * 300, "RETR " + "9" * 300,
                    "x" * 20_000]
        for command in commands:
            client.refused(command)
            assert client.ask("STAT") == reference.ask("STAT")
        client.send(b"NOOP\0\r\n")
        assert client.line().startswith(b"-ERR")
        assert client.ok("noop")
        assert client.ask("STAT") == reference.ask("STAT")
        client.quit()


# ------------------------------------------------------------------ login


def test_capabilities_before_and_after_login(mekiki, dovecot):
    never = (b"APOP", b"CRAM-MD5", b"UTF8", b"LANG", b"DIGEST-MD5", b"SCRAM")
    with mekiki.client() as client:
        assert b"<" not in client.greeting  # would offer APOP
        before = client.lines("CAPA")
        assert b"STLS" in before and b"USER" in before
        assert any(line.split()[0] == b"SASL" for line in before)
        client.login(login_name(dovecot, "clear"), dovecot.PASSWORD)
        after = client.lines("CAPA")
        assert b"STLS" not in after
        assert b"UIDL" in after and b"TOP" in after and b"PIPELINING" in after
        for line in before + after:
            assert not any(word in line.upper() for word in never), line
    with mekiki.client("stls") as client:
        assert b"STLS" not in client.lines("CAPA")
        client.refused("STLS")


def test_what_is_not_offered_is_refused(mekiki, dovecot):
    with mekiki.client() as client:
        for command in ("APOP taro 00112233445566778899aabbccddeeff", "AUTH CRAM-MD5",
                        "AUTH DIGEST-MD5", "AUTH SCRAM-SHA-256", "AUTH", "UTF8",
                        "LANG *", "STAT", "LIST", "RETR 1", "PASS x", "XYZZY"):
            client.refused(command)
        client.login(login_name(dovecot, "clear"), dovecot.PASSWORD)
        client.ok("STAT")


@pytest.mark.parametrize("leg", LEGS)
def test_auth_plain_in_one_and_in_two_steps(mekiki, dovecot, leg):
    message = plain(login_name(dovecot, leg), dovecot.PASSWORD)
    with mekiki.client(leg) as client:
        client.ok(f"AUTH PLAIN {message}")
        client.ok("STAT")
    with mekiki.client(leg) as client:
        assert client.ask("AUTH PLAIN") == b"+ "
        client.ok(message)
        client.ok("STAT")
    with mekiki.client(leg) as client:
        assert client.ask("AUTH PLAIN") == b"+ "
        client.refused("*")
        client.refused("AUTH PLAIN not*base64")
        client.refused("AUTH PLAIN " + plain("", "x"))
        client.ok(f"AUTH PLAIN {message}")


def test_wrong_password_gives_the_servers_words(mekiki, dovecot):
    with Client(dovecot.port) as reference:
        reference.ok("USER taro")
        theirs = reference.refused("PASS wrong").split(b" ", 2)[2]
    with mekiki.client() as client:
        client.ok(f"USER {login_name(dovecot, 'clear')}")
        answer = client.refused("PASS wrong")
        assert answer.startswith(b"-ERR [AUTH] "), answer
        assert theirs in answer and HOST.encode() in answer
        client.login(login_name(dovecot, "clear"), dovecot.PASSWORD)  # a second try


def test_password_does_not_reach_log_or_disk(mekiki, dovecot):
    with mekiki.client() as client:
        client.ok(f"USER {login_name(dovecot, 'clear')}")
        client.refused("PASS not-to-be-seen")
        client.refused("AUTH PLAIN " + plain(login_name(dovecot, "clear"), "nor-this"))
        client.login(login_name(dovecot, "clear"), dovecot.PASSWORD)
    files = [file for file in mekiki.folder.rglob("*") if file.is_file()]
    for file in files:
        octets = file.read_bytes()
        for word in (b"not-to-be-seen", b"nor-this", dovecot.PASSWORD.encode()):
            assert word not in octets, file
    assert mekiki.state.stat().st_mode & 0o777 == 0o700


def test_ipv6_address_in_the_name(mekiki, dovecot, corpus):
    for leg in LEGS:
        with mekiki.client(leg) as client:
            name = login_name(dovecot, leg, host="[::1]")
            client.login(name, dovecot.PASSWORD)
            mail = corpus.mails[0]
            assert_marked(client.mail("RETR 1"), mail.clean, mail.check)


def test_clients_without_trust_in_our_authority_refuse_us(mekiki):
    for name, context in (("localhost", ssl.create_default_context()),
                          ("pop.example.org", client_context(mekiki.ca))):
        with pytest.raises(ssl.SSLCertVerificationError):
            Client(mekiki.tls_port, tls=context, name=name)
    for name in ("localhost", "127.0.0.1", "::1"):
        Client(mekiki.tls_port, tls=client_context(mekiki.ca), name=name).close()
