"""For other programs: /metrics, /healthz, and the lines of the log. And what
strangers may try on the HTTP server, while mails are fetched."""

import collections
import datetime
import json
import pathlib
import re
import socket
import ssl

import authres
import pytest
from cryptography import x509
from prometheus_client.parser import text_string_to_metric_families

from harness.dns import DnsServer
from harness.http import HttpClient, get
from harness.keys import Zone
from harness.mekiki import AUTHSERV_ID, take_marks
from harness.scripted import ScriptedServer
from harness.waiting import until

HOST = "clear.example"
SETTINGS = {"upstream.clear_hosts": [HOST], "upstream.silence_timeout": "3s"}
MAIL = b"From: taro@example.jp\r\nSubject: one\r\n\r\ntext\r\n"


@pytest.fixture(scope="module")
def zone(corpus):
    corpus.zone.add_address(HOST, ["127.0.0.1"])
    return corpus.zone


@pytest.fixture
def mekiki(start, zone):
    return start(zone, SETTINGS)


def login(server, user="taro"):
    return f"{user}%{HOST}:{server.port}"


def metrics(mekiki):
    """{(name, ((label, value), ...)): value}, read by Prometheus' own parser."""
    status, fields, text = get(mekiki.admin_port, "/metrics")
    assert status == 200
    assert fields["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    found = {}
    for family in text_string_to_metric_families(text):
        assert family.documentation and family.type != "unknown", family.name
        for sample in family.samples:
            key = (sample.name, tuple(sorted(sample.labels.items())))
            assert key not in found, key
            found[key] = sample.value
    return found


def of(values, name, **labels):
    return values.get((name, tuple(sorted(labels.items()))), 0)


class CountedSocket:
    """A socket that counts what passes."""

    def __init__(self, inner):
        self.inner = inner
        self.sent = self.received = 0

    def recv(self, size):
        piece = self.inner.recv(size)
        self.received += len(piece)
        return piece

    def sendall(self, octets):
        self.inner.sendall(octets)
        self.sent += len(octets)

    def __getattr__(self, name):
        return getattr(self.inner, name)


# ---------------------------------------------------------------- metrics


def test_metrics_move_as_mails_are_fetched(mekiki, corpus):
    counted = []

    def greet(session, _):
        session.socket = CountedSocket(session.socket)
        counted.append(session.socket)
        session.line("+OK scripted")

    before = metrics(mekiki)
    assert of(before, "mekiki_sessions") == 0
    assert of(before, "mekiki_store_open") == 1
    assert {v for (name, _), v in before.items() if name == "mekiki_mails_total"} == {0}

    mails, checks = collections.Counter(), collections.Counter()
    with ScriptedServer([m.octets for m in corpus.mails], {"GREETING": greet}) as server:
        with mekiki.client(greeting=False) as client:
            client.socket = CountedSocket(client.socket)
            client.line()
            client.login(login(server), "password")
            assert of(metrics(mekiki), "mekiki_sessions") == 1
            for number in range(1, len(corpus.mails) + 1):
                marks, _ = take_marks(client.mail(f"RETR {number}"))
                mails[marks[b"X-Mekiki-Verdict"], marks[b"X-DKIM-Check"]] += 1
                field = authres.AuthenticationResultsHeader.parse(
                    "Authentication-Results: "
                    + marks[b"Authentication-Results"].decode())
                checks.update((r.method, r.result) for r in field.results)
            client.ok("QUIT")
            client.is_ended()
    until(lambda: of(metrics(mekiki), "mekiki_sessions") == 0, "no session is left")

    after = metrics(mekiki)
    assert sum(mails.values()) == len(corpus.mails) and len(checks) > 5
    for name, expected, labels in (
        ("mekiki_mails_total", mails, ("verdict", "x_dkim_check")),
        ("mekiki_checks_total", checks, ("check", "result")),
    ):
        got = {
            tuple(dict(key[1])[label] for label in labels): value
            for key, value in after.items()
            if key[0] == name and value
        }
        assert got == {
            tuple(w.decode() if isinstance(w, bytes) else w for w in words): count
            for words, count in expected.items()
        }, name
    assert of(after, "mekiki_sessions_total") == 1
    bytes_of = {d: of(after, "mekiki_bytes_total", direction=d)
                for d in ("from_client", "to_client", "from_upstream", "to_upstream")}
    assert bytes_of == {
        "from_client": client.socket.sent,
        "to_client": client.socket.received,
        "from_upstream": counted[0].sent,
        "to_upstream": counted[0].received,
    }
    # What is counted never becomes less.
    assert all(after[key] >= value for key, value in before.items()
               if key[0].endswith("_total"))


def test_every_metric_is_in_the_manual(mekiki):
    text = get(mekiki.admin_port, "/metrics")[2]
    shown = set(re.findall(r"^# TYPE (\w+)", text, re.M))
    manual = (pathlib.Path(__file__).parents[2] / "docs" / "operation.md").read_text()
    assert set(re.findall(r"^\| `(mekiki_\w+)`", manual, re.M)) == shown


def test_the_certificates_end_is_told(mekiki):
    pem = ssl.get_server_certificate(("127.0.0.1", mekiki.tls_port))
    end = x509.load_pem_x509_certificate(pem.encode()).not_valid_after
    assert of(metrics(mekiki), "mekiki_certificate_expiry_seconds") == (
        end - datetime.datetime(1970, 1, 1)).total_seconds()


@pytest.mark.parametrize("file", ["prometheus-alerts.yml", "grafana-dashboard.json"])
def test_examples_for_monitoring_ask_for_what_is_there(mekiki, file):
    """Names and labels."""
    text = get(mekiki.admin_port, "/metrics")[2]
    types = dict(re.findall(r"^# TYPE (\w+) (\w+)", text, re.M))
    there = set(types)
    there |= {f"{name}_bucket" for name, kind in types.items() if kind == "histogram"}
    example = (pathlib.Path(__file__).parents[2] / "packaging" / file).read_text()
    if file.endswith(".json"):
        panels = json.loads(example)["panels"]
        asked = [target["expr"] for panel in panels for target in panel["targets"]]
        assert len(panels) > 10 and len({panel["id"] for panel in panels}) == len(panels)
        example = "\n".join(asked)
    named = set(re.findall(r"\bmekiki_\w+", example))
    assert len(named) >= 5 and named <= there, named - there
    labels = set(re.findall(r"by \(([\w, ]+)\)", example))
    assert {label for group in labels for label in group.split(", ")} <= {
        "instance", "verdict", "check", "result", "direction", "host", "step", "le", "kind",
        "why", "border"}


def test_no_label_tells_of_accounts_or_senders(mekiki, corpus):
    with ScriptedServer([m.octets for m in corpus.mails]) as server:
        with mekiki.client().login(login(server, "private"), "password") as client:
            for number in range(1, len(corpus.mails) + 1):
                client.mail(f"RETR {number}")
    text = get(mekiki.admin_port, "/metrics")[2]
    for word in ("private", "example.jp", "hanako", "password"):
        assert word not in text
    labels = set(re.findall(r"[{,](\w+)=", text))
    assert labels <= {"version", "verdict", "x_dkim_check", "check", "result",
                      "direction", "host", "step", "le", "kind", "why", "border",
                      "action", "signed",
                      "part", "grade"}


def test_upstream_errors_tell_host_and_step(mekiki):
    def refuse(session, _):
        session.line("-ERR no")

    def cut(session, _):
        session.send(b"+OK\r\n" + MAIL)
        session.close()

    ways = {
        "greeting": {"GREETING": refuse},
        "login": {"PASS": refuse},
        "session": {"NOOP": lambda session, _: session.close()},
        "mail": {"RETR": cut},
    }
    # A host gets a name once it let somebody in.
    with ScriptedServer([MAIL]) as server, mekiki.client() as client:
        client.login(login(server), "x").quit()
    for on in ways.values():
        with ScriptedServer([MAIL], on) as server, mekiki.client() as client:
            client.send(f"USER {login(server)}\r\nPASS x\r\nNOOP\r\nRETR 1\r\nQUIT\r\n"
                        .encode())
            client.rest()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with mekiki.client() as client:
        client.ok(f"USER taro%{HOST}:{port}")
        client.refused("PASS x")
    got = {
        (dict(labels)["host"], dict(labels)["step"]): value
        for (name, labels), value in metrics(mekiki).items()
        if name == "mekiki_upstream_errors_total" and value
    }
    assert got == {(HOST, step): 1 for step in (*ways, "connect")}


def test_hosts_that_strangers_name_are_not_told(start, zone):
    mekiki = start(zone, {**SETTINGS, "route": [
        {"pattern": "*@a.example", "host": "mine.example"}]})
    for number in range(0, 130, 10):
        with mekiki.client() as client:
            for host in range(number, number + 10):
                client.ok(f"USER taro%h{host}.example")
                client.refused("PASS x")
    with mekiki.client() as client:
        client.ok("USER taro@a.example")
        client.refused("PASS x")
    errors = collections.Counter()
    for (name, labels), value in metrics(mekiki).items():
        if name == "mekiki_upstream_errors_total":
            errors[dict(labels)["host"]] += value
    # A route names its own.
    assert errors == {"mine.example": 1, "other": 130}


def test_dns_time_and_errors(start, corpus):
    def answer(name, kind):
        if name == HOST:
            return (0, ["127.0.0.1"]) if kind == "A" else (0, [])
        if name.startswith("slow."):
            return None
        return 0, [text for text in [corpus.zone.texts().get(name)] if kind == "TXT" and text]

    signed = {m.name: m.octets for m in corpus.mails}
    mails = [signed["ed25519"], signed["key slow"], signed["key absent"]]
    with DnsServer(answer) as dns, ScriptedServer(mails) as server:
        mekiki = start(settings={
            **SETTINGS, "dns.resolvers": [dns.address], "dns.dnssec": "off",
            "dns.deadline": "500ms"})
        with mekiki.client().login(login(server), "password") as client:
            for number in range(1, len(mails) + 1):
                client.mail(f"RETR {number}")
            client.quit()
        got = metrics(mekiki)
        asked = len(set(dns.asked))
    assert asked > 5
    assert of(got, "mekiki_dns_seconds_count") == asked
    assert of(got, "mekiki_dns_seconds_bucket", le="+Inf") == asked
    assert of(got, "mekiki_dns_errors_total", kind="timeout") == 2  # TXT and CNAME
    assert of(got, "mekiki_dns_errors_total", kind="servfail") == 0
    assert of(got, "mekiki_dns_seconds_bucket", le="0.25") == asked - 2
    assert 0.4 < of(got, "mekiki_dns_seconds_sum") < 10
    assert get(mekiki.admin_port, "/healthz")[0] == 200  # one is no failure


# ----------------------------------------------------------------- health


def test_health(mekiki):
    status, _, body = get(mekiki.admin_port, "/healthz")
    assert (status, body.splitlines()[0]) == (200, "ok")
    assert body.splitlines()[1].startswith("border: ok, ")


def test_health_without_a_history(start, zone, folder):
    state = folder / "damaged"
    state.mkdir(mode=0o700)
    (state / "mekiki.db").write_text("x" * 10_000)
    mekiki = start(zone, SETTINGS, state=state)
    status, _, body = get(mekiki.admin_port, "/healthz")
    assert (status, body.splitlines()[0]) == (200, "warn")
    assert "history: warn, there is no history: nobody is known" in body.splitlines()
    got = metrics(mekiki)
    assert of(got, "mekiki_store_open") == 0


# ---------------------------------------------------------------- the log


def read_text(line):
    """The facts of a line `mail name="..." name=1 ...`."""
    _, _, facts = line.partition(" mail session=")
    found = {}
    for name, text, number in re.findall(
        r' (\w+)=(?:"((?:[^"\\]|\\x[0-9a-f]{2})*)"|(\d+))', " session=" + facts
    ):
        found[name] = int(number) if number else re.sub(
            r"\\x(..)", lambda m: chr(int(m[1], 16)), text)
    return found


def read_json(line):
    found = json.loads(line)
    assert found["level"] in ("info", "warning") and found["time"].endswith("Z")
    return found if found["message"] == "mail" else {}


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_line_of_the_log_gives_the_results_back(start, zone, corpus, form):
    mekiki = start(zone, {**SETTINGS, "log.format": form, "log.level": "info"})
    odd = b'u"\\id\x1b[1m=\xff'

    def uidl(session, _):
        items = b"".join(b"%d %s-%d\r\n" % (n, odd, n)
                         for n in range(1, len(corpus.mails) + 1))
        session.send(b"+OK\r\n" + items + b".\r\n")

    fetched = {}
    account = 'ta"ro\\'
    with ScriptedServer([m.octets for m in corpus.mails], {"UIDL": uidl}) as server:
        with mekiki.client().login(login(server, account), "secret-word") as client:
            client.lines("UIDL")
            for number in range(1, len(corpus.mails) + 1):
                fetched[number], _ = take_marks(client.mail(f"RETR {number}"))
            client.quit()
        mekiki.end()
        account = login(server, account)
    lines = mekiki.log().splitlines()
    assert "secret-word" not in mekiki.log()
    read = read_json if form == "json" else read_text
    mails = [facts for facts in map(read, lines) if facts]
    assert [m["number"] for m in mails] == list(fetched)  # one line each
    for facts in mails:
        marks = fetched[facts["number"]]
        mail = corpus.mails[facts["number"] - 1]
        assert facts["authentication_results"] == marks[b"Authentication-Results"].decode()
        assert facts["authentication_results"].startswith(AUTHSERV_ID + ";")
        assert facts["verdict"] == marks[b"X-Mekiki-Verdict"].decode()
        assert facts["reason"] == marks[b"X-Mekiki-Reason"].decode()
        assert facts["x_dkim_check"] == marks[b"X-DKIM-Check"].decode() == mail.check
        assert facts["author_domain"] == "example.jp"
        assert facts["account"] == account
        assert facts["octets"] == len(mail.octets)
        assert facts["uidl"] == f'u"\\id\x1b[1m=\ufffd-{facts["number"]}'
        assert 0 <= facts["milliseconds"] < 60_000
        assert facts["session"] == 1


def test_a_mail_that_was_not_judged_has_its_line_too(start, zone):
    mekiki = start(zone, {**SETTINGS, "log.format": "json", "mail.top_whole": "0B"})
    with ScriptedServer([MAIL]) as server:
        with mekiki.client().login(login(server), "password") as client:
            marks, _ = take_marks(client.mail("TOP 1 0"))
            client.quit()
    mekiki.end()
    (line,) = [json.loads(one) for one in mekiki.log().splitlines() if '"mail"' in one]
    assert line["authentication_results"] == marks[b"Authentication-Results"].decode()
    assert line["reason"] == "not-judged cause=too-large-for-top"


# -------------------------------------------------------------- strangers


REQUESTS = {
    "another host": (b"GET /metrics HTTP/1.1\r\nHost: evil.example\r\n\r\n", 421),
    "another host in the target": (
        b"GET http://evil.example/metrics HTTP/1.1\r\nHost: localhost\r\n\r\n", 421),
    "no host": (b"GET /metrics HTTP/1.1\r\n\r\n", 400),
    "two hosts": (
        b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n", 400),
    "HTTP/1.0": (b"GET /metrics HTTP/1.0\r\n\r\n", 200),
    "traversal": (b"GET /../../etc/passwd HTTP/1.1\r\nHost: localhost\r\n\r\n", 404),
    "traversal, encoded": (
        b"GET /%2e%2e%2fetc%2fpasswd HTTP/1.1\r\nHost: localhost\r\n\r\n", 404),
    "traversal to a page": (
        b"GET /x/../metrics HTTP/1.1\r\nHost: localhost\r\n\r\n", 404),
    "POST": (
        b"POST /metrics HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n\r\nx", 405),
    "long target": (b"GET /" + b"x" * 20_000, 431),
    "long header": (
        b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 20_000, 431),
    "many fields": (
        b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"X: y\r\n" * 2_000, 431),
    "large body": (
        b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 999999999\r\n\r\n"
        + b"x" * 20_000, 413),
    "endless chunk": (
        b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n1;"
        + b"x" * 20_000, 431),
    "TLS": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 500, 400),
    "POP3": (b"USER taro\r\nPASS x\r\n\r\n", 400),
    "octets": (bytes(range(256)) * 100, 400),
}


@pytest.mark.parametrize("what", REQUESTS)
def test_each_request_is_answered_and_the_connection_ends(mekiki_for_strangers, what):
    octets, expected = REQUESTS[what]
    with HttpClient(mekiki_for_strangers.admin_port) as client:
        client.send(octets)
        status, fields, _ = client.answer()
        assert status == expected
        assert fields["Content-Security-Policy"].startswith("default-src 'none'")
        assert fields["X-Content-Type-Options"] == "nosniff"
        assert fields["Cache-Control"] == "no-store"
        assert fields["Referrer-Policy"] == "no-referrer"
        # What cannot be followed ends; a mere "no" does not.
        ends = status in (400, 413, 431) or what in ("HTTP/1.0", "POST")
        assert (fields.get("Connection") == "close") == ends
        if ends:
            assert client.is_ended()
    assert get(mekiki_for_strangers.admin_port, "/healthz")[0] == 200


@pytest.fixture(scope="module")
def mekiki_for_strangers(start, zone):
    return start(zone, {**SETTINGS, "admin.names": ["Status.Example.JP"]})


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.0.0.1:1", "[::1]",
                                  "status.example.jp", "STATUS.EXAMPLE.JP:8110"])
def test_names_it_may_be_asked_for_by(mekiki_for_strangers, host):
    assert get(mekiki_for_strangers.admin_port, "/healthz", host=host)[0] == 200


def test_head_has_no_body(mekiki_for_strangers):
    with HttpClient(mekiki_for_strangers.admin_port) as client:
        status, fields, body = client.get("/healthz", method="HEAD")
        assert (status, body) == (200, "")
        assert int(fields["Content-Length"]) > 3
        assert client.get("/healthz")[2].startswith("ok\n")  # right behind it


def test_pipelined_requests_are_answered_in_order(mekiki_for_strangers):
    with HttpClient(mekiki_for_strangers.admin_port) as client:
        client.send(b"".join(
            f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
            for path in ("/healthz", "/nothing", "/healthz")))
        assert [client.answer()[0] for _ in range(3)] == [200, 404, 200]


def test_a_connection_ends_after_a_hundred_requests(mekiki_for_strangers):
    with HttpClient(mekiki_for_strangers.admin_port) as client:
        client.send(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n" * 200)
        answers = [client.answer() for _ in range(100)]
        assert [a[0] for a in answers] == [200] * 100
        assert [a[1].get("Connection") for a in answers] == [None] * 99 + ["close"]
        assert client.is_ended()


def test_it_is_no_upstream(mekiki_for_strangers):
    with mekiki_for_strangers.client() as client:
        client.ok(f"USER taro%{HOST}:{mekiki_for_strangers.admin_port}")
        assert b"is this proxy itself" in client.refused("PASS x")


def test_slow_clients_are_let_go(start, zone):
    mekiki = start(zone, {**SETTINGS, "admin.deadline": "1s"})
    half = b"GET /healthz HTTP/1.1\r\nHost: loc"
    with HttpClient(mekiki.admin_port) as silent, \
            HttpClient(mekiki.admin_port) as stopped, \
            HttpClient(mekiki.admin_port) as dripping:
        stopped.send(half)
        endless = iter(half + b"x" * 100_000)

        def gives_up():
            try:
                dripping.send(bytes([next(endless)]))
            except ConnectionError:
                return True
            dripping.socket.setblocking(False)
            try:
                return dripping.socket.recv(65536)
            except BlockingIOError:
                return False
            except ConnectionError:
                return True
            finally:
                dripping.socket.settimeout(20)

        until(gives_up, "who sends one octet after the other is let go")
        assert stopped.answer()[0] == 408
        assert stopped.is_ended()
        assert silent.is_ended()  # without a word


def test_clients_that_do_not_read_are_let_go(start, zone):
    mekiki = start(zone, {**SETTINGS, "admin.deadline": "1s", "admin.connections": 2})
    request = b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with HttpClient(mekiki.admin_port, receive_buffer=2048) as one, \
            HttpClient(mekiki.admin_port, receive_buffer=2048) as two:
        one.send(request * 99)
        two.send(request * 99)

        def is_served():
            try:
                return get(mekiki.admin_port, "/healthz")[0] == 200
            except (AssertionError, ConnectionError):
                return False

        until(is_served, "there is room again")


def test_mail_is_served_whoever_holds_connections(start, zone, corpus):
    mekiki = start(zone, {**SETTINGS, "admin.connections": 4})
    held = [HttpClient(mekiki.admin_port).send(b"GET /metrics") for _ in range(4)]
    # Being accepted takes a moment: a fifth is turned away once they are.
    def is_full():
        with HttpClient(mekiki.admin_port) as client:
            return client.has_ended()

    until(is_full, "all connections are in use")
    with ScriptedServer([m.octets for m in corpus.mails]) as server:
        with mekiki.client().login(login(server), "password") as client:
            for number in range(1, len(corpus.mails) + 1):
                take_marks(client.mail(f"RETR {number}"))
            client.quit()
    for client in held:
        assert not client.has_ended()
        client.socket.close()
    until(lambda: not is_full(), "there is room again")


def test_mail_is_served_where_the_address_is_taken(start, zone):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        mekiki = start(zone, {**SETTINGS, "admin.listen": [f"127.0.0.1:{port}"]})
        assert f"cannot listen on 127.0.0.1:{port}" in mekiki.log()
        with ScriptedServer([MAIL]) as server:
            with mekiki.client().login(login(server), "password") as client:
                take_marks(client.mail("RETR 1"))


def test_it_can_be_turned_off(start):
    mekiki = start(Zone(), {"admin.listen": []})
    assert "(admin)" not in mekiki.log()
