"""Who gets in and where we connect to: names, routes, certificates, address
rules, OAuth, and what slows down or shuts out."""

import base64
import concurrent.futures
import contextlib
import socket
import ssl
import threading
import time

import pytest

from harness.certificates import Authority
from harness.keys import Zone
from harness.mekiki import assert_marked
from harness.pop3 import Client, client_context
from harness.scripted import ScriptedServer
from harness.waiting import PATIENCE, until

CLEAR = "clear.example"  # in upstream.clear_hosts
SECRET = "secret.example"  # not in it
TLS = "tls.example"
MAIL = b"Subject: one\r\n\r\ntext\r\n"


@pytest.fixture(scope="module")
def zone(corpus):
    zone = corpus.zone
    for host in (CLEAR, SECRET, TLS, "seen.example", "xn--wgv71a119e.example"):
        zone.add_address(host, ["127.0.0.1"])
    zone.add_address("six.example", v6=["::1"])
    zone.add_address("nowhere.example")
    zone.add_failure("broken.example", "SERVFAIL")
    zone.add_failure("slow.example", "TIMEOUT")
    return zone


@pytest.fixture(scope="module")
def settings(authority):
    return {
        "upstream.clear_hosts": [CLEAR, "six.example", "127.0.0.1", "seen.example"],
        "upstream.extra_ca": str(authority.file),
        "upstream.silence_timeout": "3s",
        "upstream.connect_timeout": "3s",
    }


@pytest.fixture(scope="module")
def mekiki(start, zone, settings):
    return start(zone, settings)


def refusal(mekiki, name, leg="clear", password="password"):
    """The answer to a login that must fail."""
    with mekiki.client(leg) as client:
        client.ok(f"USER {name}")
        answer = client.refused(f"PASS {password}")
        client.ok("CAPA")  # the session goes on
        return answer.decode()


def secrets_seen(server):
    return [c for c in server.commands() if c.upper().startswith(("PASS", "AUTH"))]


# ------------------------------------------------------------------- names


@pytest.mark.parametrize(
    "name",
    ["taro", "taro@example.jp", "taro%", "%pop.example.jp", "taro%host:0", "taro%a b",
     "taro%host:x", "taro%host:70000", "taro%[::1", "taro%[127.0.0.1]", "taro%::1",
     "taro%-", "taro%a..b", "taro%" + "a" * 300, "taro%" + "a." * 200, "taro%host:"],
)
def test_a_name_without_host_is_told_the_right_form(mekiki, name):
    answer = refusal(mekiki, name)
    assert "%pop.example.jp" in answer, answer


@pytest.mark.parametrize(
    "user", ["taro", "taro@example.jp", "50%off", "a%b%c", "太郎", "with space"]
)
def test_the_name_before_the_last_percent_goes_to_the_server(mekiki, user):
    with ScriptedServer([MAIL]) as server, mekiki.client() as client:
        client.login(f"{user}%{CLEAR}:{server.port}", " pass  word ")
        seen = [c.encode("latin-1").decode() for c in server.commands()]
        assert f"USER {user}" in seen and "PASS  pass  word " in seen
        client.quit()


def test_hosts_may_be_names_addresses_and_internationalised(mekiki):
    with ScriptedServer([MAIL]) as four, ScriptedServer([MAIL], host="::1") as six:
        for server, host in (
            (four, "127.0.0.1"), (four, "CLEAR.Example"), (four, f"{CLEAR}."),
            (six, "six.example"),
        ):
            with mekiki.client() as client:
                client.login(f"taro%{host}:{server.port}", "x")
                assert_marked(client.mail("RETR 1"), MAIL, "none")


def test_an_internationalised_host(mekiki, authority):
    certificate = authority.issue("xn--wgv71a119e.example")
    with ScriptedServer([MAIL], certificate=certificate) as server:
        with mekiki.client() as client:
            client.login(f"taro%日本語.example:{server.port}", "x")


# ------------------------------------------------------------------ routes


def test_routes_for_plain_login_names(start, zone, settings, authority):
    certificate = authority.issue(TLS)
    with ScriptedServer([MAIL]) as clear, ScriptedServer(
        [MAIL], certificate=certificate, implicit_tls=True
    ) as tls, ScriptedServer([MAIL], certificate=certificate) as stls:
        mekiki = start(
            zone,
            {
                **settings,
                "route": [
                    {"pattern": "*@tls.example", "host": TLS, "port": tls.port,
                     "tls": "tls"},
                    {"pattern": "*@stls.example", "host": TLS, "port": stls.port,
                     "tls": "stls", "local_part_only": True},
                    {"pattern": "*%short", "host": CLEAR, "port": clear.port,
                     "tls": "clear"},
                    {"pattern": "*", "host": CLEAR, "port": clear.port,
                     "tls": "clear"},
                ],
            },
        )
        for leg in ("clear", "stls", "tls"):
            for name, server, user in (
                ("taro@tls.example", tls, "taro@tls.example"),
                ("taro@STLS.example", stls, "taro"),
                ("taro%short", clear, "taro"),
                ("taro", clear, "taro"),
                ("taro@elsewhere.example", clear, "taro@elsewhere.example"),
                (f"hanako%{CLEAR}:{clear.port}", clear, "hanako"),
            ):
                if leg == "tls" and "hanako" in name:
                    continue  # would speak TLS there
                before = len(server.sessions)
                with mekiki.client(leg) as client:
                    client.login(name, "x")
                    assert_marked(client.mail("RETR 1"), MAIL, "none")
                    assert f"USER {user}" in server.sessions[before].commands
                    client.quit()
        assert not any("STLS" in s.commands for s in clear.sessions if "USER taro" in
                       s.commands)


# ---------------------------------------------------------------- upstream TLS


def certificates(authority):
    return {
        "self-signed": authority.self_signed(TLS),
        "expired": authority.issue(TLS, days=(-30, -1)),
        "not yet valid": authority.issue(TLS, days=(2, 30)),
        "wrong name": authority.issue("other.example"),
        "wrong address": authority.issue("127.0.0.1"),
    }


@pytest.mark.parametrize(
    "kind", ["self-signed", "expired", "not yet valid", "wrong name", "wrong address"]
)
@pytest.mark.parametrize("implicit", [True, False])
def test_a_bad_certificate_is_refused_with_a_reason(
    mekiki, authority, kind, implicit
):
    certificate = certificates(authority)[kind]
    with ScriptedServer(
        [MAIL], certificate=certificate, implicit_tls=implicit
    ) as server:
        answer = refusal(
            mekiki, f"taro%{TLS}:{server.port}", "tls" if implicit else "clear"
        )
        assert answer.startswith("-ERR [SYS/PERM] "), answer
        assert TLS in answer, answer
        assert ("upstream.extra_ca" in answer) == (kind == "self-signed"), answer
        assert not secrets_seen(server)


def test_a_certificate_of_an_unknown_authority(mekiki, folder):
    certificate = Authority(folder / "unknown", "Nobody knows").issue(TLS)
    with ScriptedServer([MAIL], certificate=certificate) as server:
        answer = refusal(mekiki, f"taro%{TLS}:{server.port}")
        assert answer.startswith("-ERR [SYS/PERM] "), answer
        assert "upstream.extra_ca" in answer, answer
        assert not secrets_seen(server)


def test_a_server_that_does_not_speak_tls(mekiki):
    with ScriptedServer([MAIL]) as server:
        answer = refusal(mekiki, f"taro%{CLEAR}:{server.port}", "tls")
        assert answer.startswith("-ERR [SYS/"), answer
        assert "STARTTLS or without TLS" in answer, answer
        assert "[[route]]" in answer, answer
        assert ":110" not in answer, "nothing is said to listen there"
        assert not secrets_seen(server)


def test_no_password_in_clear_unless_allowed(mekiki):
    with ScriptedServer([MAIL]) as server:
        answer = refusal(mekiki, f"taro%{SECRET}:{server.port}")
        assert answer.startswith("-ERR [SYS/PERM] "), answer
        assert "upstream.clear_hosts" in answer
        assert not secrets_seen(server)
        assert not [c for c in server.commands() if c.startswith("USER")]


def test_a_host_seen_with_tls_is_never_spoken_to_in_clear(
    start, zone, settings, authority
):
    host = "seen.example"
    mekiki = start(zone, settings)
    with ScriptedServer([MAIL]) as clear:
        with mekiki.client() as client:
            client.login(f"taro%{host}:{clear.port}", "x")
    with ScriptedServer([MAIL], certificate=authority.issue(host)) as server:
        with mekiki.client() as client:
            client.login(f"taro%{host}:{server.port}", "x")
    with ScriptedServer([MAIL]) as clear:
        answer = refusal(mekiki, f"taro%{host}:{clear.port}")
        assert answer.startswith("-ERR [SYS/PERM] "), answer
        assert not secrets_seen(clear)
    assert host in (mekiki.state / "tls-hosts").read_text()  # survives a restart


@pytest.mark.parametrize(
    "injected", [b"+OK\r\n", b"+OK\r\n" * 5, b"-ERR x\r\n", b"garbage"]
)
def test_octets_before_tls_are_not_believed_upstream(mekiki, authority, injected):
    """RFC 2595 4: the login fails, or what was injected had no effect."""

    def stls(session, _command):
        session.send(b"+OK\r\n" + injected)
        session.start_tls()

    def wrong(session, _command):
        session.line("-ERR wrong password")

    certificate = authority.issue(TLS)
    with ScriptedServer(
        [MAIL], {"STLS": stls, "PASS": wrong}, certificate=certificate
    ) as server:
        answer = refusal(mekiki, f"taro%{TLS}:{server.port}")
        assert "wrong password" in answer or answer.startswith("-ERR [SYS/"), answer


@pytest.mark.parametrize("injected", [b"USER evil\r\n", b"AUTH PLAIN\r\n", b"x" * 5000])
def test_octets_before_tls_are_not_believed_from_the_client(mekiki, injected):
    with mekiki.client() as client:
        client.send(b"STLS\r\n" + injected)
        assert client.line().startswith(b"+OK")
        try:
            client._start_tls(client_context(mekiki.ca), "localhost")
        except (ssl.SSLError, ConnectionError):
            return
        assert client.ask("PASS x").startswith(b"-ERR USER comes before")
        client.ok("QUIT")


def test_a_client_that_starts_no_tls(mekiki):
    with Client(mekiki.tls_port, greeting=False) as client:
        client.send(b"USER taro\r\nPASS x\r\n")
        assert b"+OK" not in client.rest().octets
    with mekiki.client() as client:
        client.ok("STLS")
        client.send(b"USER taro\r\n" * 10)
        assert b"+OK" not in client.rest().octets


# ------------------------------------------------------------------- OAuth


def bearer(how, user, token="token=="):
    if how == "XOAUTH2":
        text = f"user={user}\1auth=Bearer {token}\1\1"
    else:
        escaped = user.replace("=", "=3D").replace(",", "=2C")
        text = f"n,a={escaped},\1host=pop.example\1port=995\1auth=Bearer {token}\1\1"
    return base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize("how", ["XOAUTH2", "OAUTHBEARER"])
@pytest.mark.parametrize("token", ["short", "long" * 500])
@pytest.mark.parametrize("steps", [1, 2])
def test_oauth_is_relayed_with_the_name_rewritten(mekiki, how, token, steps):
    received = []

    def auth(session, command):
        words = command.split()
        if len(words) == 2:
            session.line("+ ")
            words.append(session.read_line())
        received.append((words[1], words[2]))
        session.line("+OK")

    capabilities = ["TOP", "UIDL", f"SASL {how}"]
    with ScriptedServer([MAIL], {"AUTH": auth}, capabilities=capabilities) as server:
        user = "taro,a=b@example.jp"
        message = bearer(how, f"{user}%{CLEAR}:{server.port}", token)
        with mekiki.client() as client:
            if steps == 1:
                client.ok(f"AUTH {how} {message}")
            else:
                assert client.ask(f"AUTH {how}").startswith(b"+ ")
                client.ok(message)
            assert_marked(client.mail("RETR 1"), MAIL, "none")
            client.quit()
        assert received == [(how, bearer(how, user, token))]


@pytest.mark.parametrize("how", ["XOAUTH2", "OAUTHBEARER"])
def test_a_refused_token_gives_the_servers_words(mekiki, how):
    """RFC 7628 3.2.3: the error comes as a challenge first."""

    def auth(session, _command):
        session.line("+ " + base64.b64encode(b'{"status":"401"}').decode())
        session.acknowledged = session.read_line()
        session.line("-ERR [AUTH] token expired")

    with ScriptedServer(
        [MAIL], {"AUTH": auth}, capabilities=[f"SASL {how}"]
    ) as server, mekiki.client() as client:
        message = bearer(how, f"taro%{CLEAR}:{server.port}")
        answer = client.refused(f"AUTH {how} {message}")
        assert answer.startswith(b"-ERR [AUTH] ") and b"token expired" in answer
        client.ok("CAPA")


def answering(*lines):
    """Whatever is asked, these lines."""

    def answer(session, _command):
        for line in lines:
            session.line(line)

    return answer


def ending(session, _command):
    session.close()


@pytest.mark.parametrize("how", ["XOAUTH2", "OAUTHBEARER"])
@pytest.mark.parametrize(
    "capa",
    [answering("+OK", "SASL PLAIN LOGIN", "."),
     answering("+OK", "TOP", "."),
     answering("-ERR what?"),
     answering("what?"),
     answering("+OK", *["X"] * 2000),
     answering("+OK", "SASL XOAUTH2 OAUTHBEARER", "+OK"),
     ending],
    ids=["plain", "none", "refused", "garbage", "endless", "cut", "end"],
)
def test_a_token_goes_only_where_its_mechanism_is_offered(mekiki, how, capa):
    with ScriptedServer([MAIL], {"CAPA": capa}) as server, mekiki.client() as client:
        message = bearer(how, f"taro%{CLEAR}:{server.port}")
        answer = client.refused(f"AUTH {how} {message}")
        assert f"does not offer {how}; the token was not sent".encode() in answer
        assert not secrets_seen(server)


# ---------------------------------------------------- passwords and refusals


@pytest.mark.parametrize(
    ["user", "password", "secrets"],
    [("+OK", "+OK", ["PASS"]),
     ("-ERR use AUTH", "+OK", ["AUTH"]),
     ("-ERR no such user", "+OK", ["AUTH"]),
     # Not about the password: once more, the other way.
     ("+OK", "-ERR PASS is not supported", ["PASS", "AUTH"]),
     ("+OK", "-ERR [SYS/PERM] USER/PASS disabled, use AUTH", ["PASS", "AUTH"]),
     ("+OK", "-ERR Plaintext authentication disallowed", ["PASS", "AUTH"]),
     # Perhaps about the password: once more if the client said AUTH itself.
     ("+OK", "-ERR not this way", ["PASS", "AUTH?"]),
     # A wrong password must not count twice.
     ("+OK", "-ERR [AUTH] no", ["PASS"]),
     ("+OK", "-ERR wrong password", ["PASS"]),
     ("+OK", "-ERR Login failed", ["PASS"]),
     ("+OK", "-ERR [IN-USE] locked", ["PASS"]),
     ("+OK", "-ERR try again later", ["PASS"]),
     ("+OK", "-ERR", ["PASS"])],
)
@pytest.mark.parametrize("offered", [True, False])
def test_a_password_goes_the_other_way_at_most_once(
    start, zone, settings, user, password, secrets, offered
):
    mekiki = start(zone, {**settings, "client.failed_login_delay": "0s"})
    capabilities = ["SASL PLAIN"] if offered else ["USER"]
    on = {"USER": answering(user), "PASS": answering(password)}
    with ScriptedServer([MAIL], on, capabilities=capabilities) as server:
        name = f"taro%{CLEAR}:{server.port}"
        plain = base64.b64encode(f"\0{name}\0secret".encode()).decode()
        for login in (["USER " + name, "PASS secret"], [f"AUTH PLAIN {plain}"]):
            with mekiki.client() as client:
                *_, answer = map(client.ask, login)
                used = [c.partition(" ")[0] for c in secrets_seen(server)]
                goes_up = {"PASS": True, "AUTH": offered,
                           "AUTH?": offered and len(login) == 1}
                expected = [s.strip("?") for s in secrets if goes_up[s]]
                assert used == expected
                works = used[-1:] == ["AUTH"] or password == user == "+OK"
                assert answer.startswith(b"+OK" if works else b"-ERR"), answer
                for session in server.sessions:
                    session.commands.clear()


@pytest.mark.parametrize("capa", [answering("what?"), answering("-ERR"), ending])
def test_a_capa_that_goes_wrong_costs_the_capabilities_alone(mekiki, capa):
    on = {"USER": answering("-ERR no such user"), "CAPA": capa}
    with ScriptedServer([MAIL], on) as server:
        answer = refusal(mekiki, f"taro%{CLEAR}:{server.port}")
        assert answer == f"-ERR {CLEAR} refused the login: no such user"


@pytest.mark.parametrize(
    ["status", "passed_on"],
    [("-ERR [IN-USE] mailbox is open", "-ERR [IN-USE] {} refused the login: mailbox is open"),
     ("-ERR Mailbox Locked", "-ERR {} refused the login: Mailbox Locked"),
     ("-ERR POP lock busy!", "-ERR {} refused the login: POP lock busy!"),
     ("-ERR [SYS/TEMP] later", "-ERR [SYS/TEMP] {} refused the login: later"),
     ("-ERR [LOGIN-DELAY] not yet", "-ERR [LOGIN-DELAY] {} refused the login: not yet"),
     ("-ERR too many sessions, try again", "-ERR {} refused the login: too many sessions, try again")],
)
def test_a_busy_mailbox_is_no_wrong_password(start, zone, settings, status, passed_on):
    """Its words are kept, nothing is added, and the next try does not wait."""
    mekiki = start(zone, {**settings, "client.failed_login_delay": "1m"})
    with ScriptedServer([MAIL], {"PASS": answering(status)}) as server:
        name = f"taro%{CLEAR}:{server.port}"
        begin = time.monotonic()
        with mekiki.client() as client:
            for _ in range(7):
                client.ok(f"USER {name}")
                answer = client.refused("PASS right").decode()
                assert answer == passed_on.format(CLEAR)
            del server.on["PASS"]
            client.login(name, "right")
        assert time.monotonic() - begin < PATIENCE


@pytest.mark.parametrize(
    ["status", "passed_on"],
    [("-ERR", "-ERR {} refused the login without a reason"),
     ("-ERR.", "-ERR {} refused the login without a reason"),
     ("-ERR: wrong password", "-ERR {} refused the login: wrong password"),
     ("+ERR wrong password", "-ERR {} refused the login: wrong password"),
     ("-ERR [AUTH] wrong", "-ERR [AUTH] {} refused the login: wrong")],
)
def test_a_refusal_is_passed_on_as_it_came(mekiki, status, passed_on):
    with ScriptedServer([MAIL], {"PASS": answering(status)}) as server:
        answer = refusal(mekiki, f"{status}%{CLEAR}:{server.port}")
        assert answer == passed_on.format(CLEAR)


# ------------------------------------------------------- what is not POP3


@pytest.mark.parametrize(
    "octets",
    [b"GET / HTTP/1.1\r\n", b"POST / HTTP/1.1\r\nHost: a\r\n\r\nUSER a%b\r\n",
     b"Host: 127.0.0.1\r\n", b"A\r\nB\r\nC\r\n",
     b"AUTH PLAIN\r\nGET / HTTP/1.1\r\n",
     bytes.fromhex("16030102000100")],
)
def test_another_protocol_ends_the_connection(mekiki, octets):
    with mekiki.client() as client:
        client.send(octets)
        answers = client.rest().octets.splitlines()
        assert answers[-1].startswith(b"-ERR Mekiki: "), answers
        assert b"password, please" not in b"".join(answers)


@pytest.mark.parametrize(
    ["name", "told"],
    [("taro\uff05pop.example.jp", "U+FF05"), ("taro%pop.example.jp ", "ends with a blank")],
)
def test_slips_of_the_pen_are_named(mekiki, name, told):
    with mekiki.client() as client:
        client.ok(f"USER {name}")
        assert told in client.refused("PASS x").decode()


# ----------------------------------------------------------- address rules


PRIVATE = [
    "127.0.0.1", "127.8.8.8", "10.0.0.1", "172.16.0.1", "192.168.1.1", "0.0.0.0",
    "169.254.169.254", "100.64.0.1", "224.0.0.1", "255.255.255.255", "[::1]", "[::]",
    "[fe80::1]", "[fc00::1]", "[ff02::1]", "[::ffff:127.0.0.1]", "[::127.0.0.1]",
    "[64:ff9b::7f00:1]", "[2002:7f00:1::]",
]


@pytest.fixture(scope="module")
def closed(start):
    """Mekiki with its default address rules, and a name for each address."""
    zone, names = Zone(), {}
    for number, address in enumerate(PRIVATE):
        names[address] = f"private-{number}.example"
        bare = address.strip("[]")
        four, six = ([], [bare]) if ":" in bare else ([bare], [])
        zone.add_address(names[address], four, six)
    return start(zone, {"upstream.networks": []}), names


@pytest.mark.parametrize("address", PRIVATE)
@pytest.mark.parametrize("way", ["literal", "name"])
def test_private_addresses_are_refused_by_default(closed, address, way):
    mekiki, names = closed
    with ScriptedServer([MAIL]) as server:
        host = names[address] if way == "name" else address
        answer = refusal(mekiki, f"taro%{host}:{server.port}")
        assert answer.startswith("-ERR [SYS/PERM] "), answer
        assert "upstream.networks" in answer or "this proxy itself" in answer, answer
        assert not server.sessions


@pytest.mark.parametrize("port", [25, 22, 80, 143, 587, 1023])
def test_ports_of_other_services_are_refused(mekiki, port):
    answer = refusal(mekiki, f"taro%{CLEAR}:{port}")
    assert answer.startswith("-ERR [SYS/PERM] ") and str(port) in answer, answer


def test_it_does_not_connect_to_itself(mekiki):
    for leg in ("clear", "tls"):
        for host in (CLEAR, "127.0.0.1"):
            for port in (mekiki.port, mekiki.tls_port):
                answer = refusal(mekiki, f"taro%{host}:{port}", leg)
                assert answer.startswith("-ERR [SYS/PERM] "), answer


@pytest.mark.parametrize(
    ["host", "code"],
    [("absent.example", "SYS/PERM"), ("nowhere.example", "SYS/PERM"),
     ("broken.example", "SYS/TEMP"), ("slow.example", "SYS/TEMP")],
)
def test_a_host_without_address(mekiki, host, code):
    answer = refusal(mekiki, f"taro%{host}")
    assert answer.startswith(f"-ERR [{code}] ") and host in answer, answer


def test_a_host_that_refuses_the_connection(mekiki):
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    answer = refusal(mekiki, f"taro%{CLEAR}:{port}")
    assert answer.startswith("-ERR [SYS/TEMP] ") and str(port) in answer, answer


def test_a_host_that_never_answers(mekiki):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        for leg in ("clear", "tls"):
            answer = refusal(mekiki, f"taro%{CLEAR}:{port}", leg)
            assert answer.startswith("-ERR [SYS/TEMP] "), answer
            assert "broke" not in answer, answer
            if leg == "clear":
                assert "did not answer within 3 s" in answer, answer
                assert f"log in as taro%{CLEAR}:995" in answer, answer


# ------------------------------------------------------ listeners and limits


def own_address():
    """An address of this machine that is not loopback. Nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        with contextlib.suppress(OSError):
            probe.connect(("192.0.2.1", 9))
            return probe.getsockname()[0]
    return None


def test_no_login_in_clear_on_an_address_that_is_not_loopback(start, zone, settings):
    address = own_address()
    if address is None or address.startswith("127."):
        pytest.skip("THIS MACHINE HAS NO ADDRESS BUT LOOPBACK")
    everywhere = {**settings, "listen.pop3": ["0.0.0.0:0"],
                  "listen.pop3s": ["0.0.0.0:0"], "upstream.hosts": [CLEAR]}
    mekiki = start(zone, everywhere)
    with ScriptedServer([MAIL]) as server:
        name = f"taro%{CLEAR}:{server.port}"
        with Client(mekiki.port, host=address) as client:
            capabilities = client.lines("CAPA")
            assert b"STLS" in capabilities and b"USER" not in capabilities
            assert not [c for c in capabilities if c.startswith(b"SASL")]
            client.refused(f"USER {name}")
            client.refused("PASS x")
            client.refused("AUTH PLAIN")
            client.refused("AUTH PLAIN AHgAeA==")
            client.refused("AUTH XOAUTH2")
            assert not server.sessions
            client.stls(client_context(mekiki.ca))
            client.login(name, "x")
        with Client(mekiki.port) as client:
            client.login(name, "x")
    open_one = start(zone, {**everywhere, "listen.clear_logins": True})
    with ScriptedServer([MAIL]) as server:
        with Client(open_one.port, host=address) as client:
            client.login(f"taro%{CLEAR}:{server.port}", "x")


def test_failed_logins_slow_down(start, zone, settings):
    def wrong(session, command):
        right = command == "PASS right"
        session.line("+OK" if right else "-ERR [AUTH] wrong password")

    mekiki = start(zone, {**settings, "client.failed_login_delay": "600ms"})

    def attempt(name, password="wrong"):
        """When it began and when it was answered."""
        with mekiki.client() as client:
            client.ok(f"USER {name}")
            begin = time.monotonic()
            client.ask(f"PASS {password}")
            return begin, time.monotonic()

    with ScriptedServer([MAIL], {"PASS": wrong}) as server:
        name = f"taro%{CLEAR}:{server.port}"
        first, _ = attempt(name)
        second, answered = attempt(name)
        assert answered - first >= 0.6
        third, answered = attempt(name)
        assert answered - second >= 1.2
        # Another account is not held back, nor are its sessions.
        slow = threading.Thread(target=attempt, args=(name,))
        slow.start()
        begin, answered = attempt(f"hanako%{CLEAR}:{server.port}", "right")
        assert answered - begin < 2.4
        slow.join(PATIENCE)
        _, answered = attempt(name, "right")
        assert answered - third >= 2.4
        begin, answered = attempt(name, "right")
        assert answered - begin < 2.4  # else it would be 4.8


def test_guesses_at_the_same_time_wait_one_behind_another(start, zone, settings):
    def wrong(session, _command):
        session.line("-ERR [AUTH] wrong password")

    mekiki = start(zone, {**settings, "client.failed_login_delay": "200ms"})
    with ScriptedServer([MAIL], {"PASS": wrong}) as server:
        name = f"taro%{CLEAR}:{server.port}"

        def guess(_number):
            with mekiki.client() as client:
                client.ok(f"USER {name}")
                client.ask("PASS wrong")

        guess(0)
        begin = time.monotonic()
        with concurrent.futures.ThreadPoolExecutor(5) as pool:
            list(pool.map(guess, range(5)))
        assert time.monotonic() - begin >= 5 * 0.2 * 0.9


def test_logins_at_the_same_time_wait_for_nobody(start, zone, settings):
    """With a delay that would show, and none that failed."""
    mekiki = start(zone, {**settings, "client.failed_login_delay": "30s"})
    with ScriptedServer([MAIL]) as server:
        name = f"taro%{CLEAR}:{server.port}"

        def fetch(_number):
            with mekiki.client() as client:
                assert client.login(name, "x").mail("RETR 1")
                client.quit()

        with concurrent.futures.ThreadPoolExecutor(20) as pool:
            list(pool.map(fetch, range(100)))


def test_guessing_ends_the_connection(mekiki):
    def wrong(session, _command):
        session.line("-ERR [AUTH] wrong password")

    with ScriptedServer([MAIL], {"PASS": wrong}) as server, mekiki.client() as client:
        tries = "".join(f"USER taro%{CLEAR}:{server.port}\r\nPASS {n}\r\n"
                        for n in range(100))
        with contextlib.suppress(OSError):
            client.send(tries.encode())
        client.rest()
    assert len(secrets_seen(server)) <= 10


def test_sessions_of_one_client_are_limited(start, zone, settings):
    mekiki = start(zone, {**settings, "limits.sessions_per_client": 3})
    clients = [mekiki.client() for _ in range(3)]
    with Client(mekiki.port, greeting=False) as fourth:
        assert fourth.line().startswith(b"-ERR [IN-USE]")
        fourth.is_ended()
    clients.pop().close()

    def again():
        with Client(mekiki.port, greeting=False) as client:
            return client.line().startswith(b"+OK")

    until(again, "a session is free again")
    for client in clients:
        client.close()


def test_sessions_are_limited(start, zone, settings):
    mekiki = start(zone, {**settings, "limits.sessions": 5})
    clients = [mekiki.client() for _ in range(5)]
    with Client(mekiki.port, greeting=False) as sixth:
        assert b"+OK" not in sixth.rest().octets
    for client in clients:
        assert client.ok("CAPA")
        client.close()


def test_sigterm_ends_running_sessions(start, zone, settings):
    mekiki = start(zone, settings)

    def half(session, command):
        session.send(session.reply(command)[:-5])
        session.stall()

    with ScriptedServer([MAIL], {"RETR": half}) as server:
        idle = mekiki.client()
        busy = mekiki.client().login(f"taro%{CLEAR}:{server.port}", "x")
        busy.send(b"DELE 1\r\nRSET\r\nRETR 1\r\n")
        server.wait_for("RETR")
        mekiki.end()
        assert b"\r\n.\r\n" not in busy.rest().octets
        idle.rest()
        assert not server.deleted
