"""Closed doors: which servers may be reached, what the process gives up, and
what it leaves in its memory."""

import base64
import ctypes
import json
import os
import pathlib
import re
import socket

import pytest

from harness.certificates import Authority
from harness.dashboard import Visitor, setup_link
from harness.http import get
from harness.keys import Zone
from harness.mekiki import binary, is_sanitized, to_toml
from harness.pop3 import client_context
from harness.process import run
from harness.scripted import ScriptedServer
from harness.waiting import PATIENCE, until

HOST = "pop.example.jp"
OTHER = "pop.example.net"
MAIL = b"Subject: one\r\n\r\ntext\r\n"
PARTS = ["core_dumps", "memory", "new_privileges", "files", "system_calls"]
BY_HAND = pytest.mark.skipif(
    is_sanitized(), reason="sanitizers need more than the sandbox leaves"
)


@pytest.fixture(scope="module")
def zone():
    made = Zone()
    for host in (HOST, OTHER, "route.example", "a.below.example", "below.example"):
        made.add_address(host, ["127.0.0.1"])
    return made


@pytest.fixture(scope="module")
def settings():
    return {"upstream.clear_hosts": [HOST, OTHER, "route.example", "a.below.example",
                                     "below.example"]}


# ------------------------------------------------- which servers are reached


@pytest.fixture(scope="module")
def narrow(start, zone, settings):
    return start(zone, {
        **settings,
        "upstream.hosts": [HOST, "*.below.example"],
        "route": [{"pattern": "*@route.example", "host": "route.example",
                   "port": ROUTED.port}],
    })


ROUTED = None


@pytest.fixture(scope="module", autouse=True)
def routed():
    global ROUTED
    with ScriptedServer([MAIL]) as ROUTED:
        yield ROUTED


@pytest.mark.parametrize("host", [HOST, HOST.upper(), HOST + ".", "a.below.example"])
def test_a_host_of_the_settings_is_reached(narrow, host):
    with ScriptedServer([MAIL]) as server, narrow.client() as client:
        client.login(f"taro%{host}:{server.port}", "x")


def test_the_host_of_a_route_is_reached(narrow):
    with narrow.client() as client:
        client.login("taro@route.example", "x")


@pytest.mark.parametrize("host", [OTHER, "below.example", "127.0.0.1", "localhost",
                                  "[::1]", "absent.example"])
def test_no_other_host_is_reached(narrow, host):
    with ScriptedServer([MAIL]) as server, narrow.client() as client:
        client.ok(f"USER taro%{host}:{server.port}")
        answer = client.refused("PASS x").decode()
        assert answer.startswith("-ERR [SYS/PERM] Mekiki: " + host.strip("[]")), answer
        assert "upstream.hosts" in answer, answer
        assert not server.sessions


# Other ways to write an address or a name, and names around the ones allowed.
TRICKS = [
    "0.0.0.0", "127.1", "127.0.0.1.", "2130706433", "0x7f000001", "0177.0.0.1",
    "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[64:ff9b::7f00:1]",
    "[2002:7f00:1::1]", "[::1%lo]", OTHER.upper(), OTHER + ".", "below.example.",
    "xbelow.example", "below.example.below.example.net", "*.below.example",
    ".below.example", "..below.example", HOST + "..", "x." + HOST, HOST + ".net",
    HOST + "%" + OTHER, HOST + "@" + OTHER, HOST + "/" + OTHER, HOST + "\\" + OTHER,
    "[" + OTHER + "]", HOST + ":995%" + OTHER, "pop", "pop.example",
    "\uff50\uff4f\uff50.example.net", "pop\u3002example\u3002net", "b\u00e9low.example",
    "a.below.example\u3002example.net", "xn--pop-.example.net",
]


@pytest.mark.parametrize("how", ["USER", "PLAIN"])
@pytest.mark.parametrize("host", TRICKS)
def test_no_other_host_is_reached_by_a_trick(narrow, host, how):
    with ScriptedServer([MAIL], host="0.0.0.0") as server, narrow.client() as client:
        login = f"taro%{host}:{server.port}"
        if how == "USER":
            client.send(f"USER {login}\r\n".encode())
            answer = client.line()
            if answer.startswith(b"+OK"):
                answer = client.ask("PASS x")
        else:
            client.send(b"AUTH PLAIN " + base64.b64encode(f"\0{login}\0x".encode()) + b"\r\n")
            answer = client.line()
        assert answer.startswith(b"-ERR"), answer
        assert not server.sessions, answer


# A name may be listed, and lead where nobody is to get.
@pytest.mark.parametrize("address", ["127.0.0.1", "0.0.0.0", "::1", "::", "::ffff:127.0.0.1",
                                     "64:ff9b::7f00:1", "10.0.0.1", "169.254.169.254"])
def test_a_listed_name_leads_nowhere_else(start, folder, address):
    zone = Zone()
    v6 = ":" in address
    zone.add_address("a.below.example", [] if v6 else [address], [address] if v6 else [])
    zone.names["b.below.example"] = {"CNAME": ["a.below.example"]}
    mekiki = start(zone, {"upstream.networks": [], "upstream.hosts": ["*.below.example"]})
    with ScriptedServer([MAIL], host="0.0.0.0") as server:
        for host in ("a.below.example", "b.below.example"):
            for port in (server.port, mekiki.port):
                with mekiki.client() as client:
                    client.ok(f"USER taro%{host}:{port}")
                    answer = client.refused("PASS x")
                    assert b"not allowed here" in answer or b"itself" in answer, answer
        assert not server.sessions
    mekiki.end()


def test_nor_by_the_dashboard(narrow):
    with ScriptedServer([MAIL]) as server:
        status, _, body = Visitor(narrow.admin_port).ask(
            "POST", "/api/sign-in",
            {"account": f"taro%{OTHER}:{server.port}", "password": "x"})
        assert status == 403 and "upstream.hosts" in json.loads(body)["text"]
        assert not server.sessions


@pytest.mark.parametrize("key", ["listen.pop3", "listen.pop3s", "admin.listen"])
def test_a_listener_for_others_needs_hosts(folder, key):
    file = folder / f"{key}.toml"
    file.write_text(to_toml({key: ["0.0.0.0:0"]}))
    done = run([binary(), "serve", "--config", file, "--state", folder / "none"],
               check=False)
    assert done.returncode == 2
    assert b'upstream.hosts = ["pop.example.jp"]' in done.stderr, done.stderr


# ---------------------------------------------------------------- the sandbox


@pytest.fixture(scope="module")
def closed(start, zone, settings):
    return start(zone, settings)


def sandbox_metric(mekiki):
    text = get(mekiki.admin_port, "/metrics")[2]
    return {part: float(value) for part, value in
            re.findall(r'^mekiki_sandbox\{part="(\w+)"\} (\S+)$', text, re.M)}


def threads(pid):
    return [dict(re.findall(r"^(\w+):\s+(.*)$", (task / "status").read_text(), re.M))
            for task in pathlib.Path(f"/proc/{pid}/task").iterdir()]


@BY_HAND
def test_every_part_is_on_and_told(closed):
    assert sandbox_metric(closed) == dict.fromkeys(PARTS, 1)
    line = re.search(r"sandbox: (.*)", closed.log())[1]
    assert line == ("no core dumps, memory that nobody may read, no new privileges, "
                    "files by Landlock, system calls by seccomp")
    assert "NOT WHOLE" not in closed.log()


@BY_HAND
def test_every_thread_is_bound(closed):
    with ScriptedServer([MAIL]) as server, closed.client("stls") as client:
        client.login(f"taro%{HOST}:{server.port}", "x").mail("RETR 1")
        found = threads(closed.process.pid)
        assert len(found) > 4, found  # the pool's, the store's
        for thread in found:
            assert (thread["NoNewPrivs"], thread["Seccomp"]) == ("1", "2"), thread
    limits = pathlib.Path(f"/proc/{closed.process.pid}/limits").read_text()
    assert re.search(r"Max core file size\s+0\s+0\s", limits), limits


@BY_HAND
def test_the_process_that_opens_files_goes_with_it(start, zone, settings):
    mekiki = start(zone, settings)
    pid = mekiki.process.pid
    children = pathlib.Path(f"/proc/{pid}/task/{pid}/children")
    child, = children.read_text().split()
    status = pathlib.Path(f"/proc/{child}/status").read_text()
    assert "mekiki-files" in status and "Seccomp:\t2" in status, status
    try:
        opened = os.listdir(f"/proc/{child}/fd")
        assert len(opened) == 4, opened  # its channel, and nothing thrice
    except PermissionError:  # for us as for any other process of this user
        assert os.geteuid() != 0
    mekiki.process.process.kill()
    mekiki.process.process.wait()
    mekiki.ended = True
    until(lambda: not pathlib.Path(f"/proc/{child}/exe").is_symlink()
          or "Z" in status_of(child), "the child is gone")


def status_of(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return "Z"


def test_the_settings_can_turn_it_off(start, zone, settings):
    mekiki = start(zone, {**settings, "sandbox.enabled": False})
    assert sandbox_metric(mekiki) == dict.fromkeys(PARTS, 0)
    assert "sandbox: off (sandbox.enabled)" in mekiki.log()
    assert {t["Seccomp"] for t in threads(mekiki.process.pid)} == {"0"}


def without(*calls):
    """Runs in the new process: a kernel that does not know these calls."""
    library = ctypes.CDLL("libseccomp.so.2", use_errno=True)
    library.seccomp_init.restype = ctypes.c_void_p
    library.seccomp_syscall_resolve_name.argtypes = [ctypes.c_char_p]

    def forget():
        rules = ctypes.c_void_p(library.seccomp_init(ctypes.c_uint32(0x7FFF0000)))
        for call in calls:
            number = (call if isinstance(call, int)
                      else library.seccomp_syscall_resolve_name(call))
            assert library.seccomp_rule_add(
                rules, ctypes.c_uint32(0x00050000 | 38), number, 0) == 0
        assert library.seccomp_load(rules) == 0

    return forget


def instead_of(files):
    """Runs in the new process: it sees other files in these places."""
    library = ctypes.CDLL(None, use_errno=True)
    new_namespace, bind, private = 0x20000, 0x1000, 0x44000

    def exchange():
        assert library.unshare(new_namespace) == 0
        assert library.mount(b"none", b"/", None, private, None) == 0
        for place, file in files.items():
            assert library.mount(str(file).encode(), place.encode(), None, bind, None) == 0

    return exchange


@BY_HAND
@pytest.mark.skipif(os.geteuid() != 0, reason="needs root for other files in /etc")
def test_another_network_is_followed(start, folder, settings):
    hosts, servers = folder / "hosts", folder / "resolv.conf"
    hosts.write_text("127.0.0.1 localhost\n")
    servers.write_text("nameserver 127.0.0.1@9\n")
    mekiki = start(None, {**settings, "dns.resolvers": [], "dns.deadline": "300ms"},
                   before=instead_of({"/etc/hosts": hosts, "/etc/resolv.conf": servers}))
    with ScriptedServer([MAIL]) as server:
        name = f"taro%{HOST}:{server.port}"

        def answer():
            with mekiki.client() as client:
                client.ok(f"USER {name}")
                return client.ask("PASS x")

        assert answer().startswith(b"-ERR [SYS/TEMP]")
        hosts.write_text(f"127.0.0.1 {HOST}\n")
        until(lambda: answer().startswith(b"+OK"), "the new hosts are read")
    assert "/etc/hosts has changed" in mekiki.log()
    assert not re.search("cannot be read|is not used", mekiki.log())


# What a reload reads is replaced, as programs do that write such files: it is
# another file then, which Landlock was not told of.
@BY_HAND
def test_a_reload_reads_what_was_replaced(start, zone, settings, folder):
    ours, theirs = (Authority(folder / name, name) for name in ("ours", "theirs"))

    def put(octets, name):
        new = folder / (name + ".new")
        new.write_bytes(octets)
        return new.replace(folder / name)

    def put_certificate():
        made = ours.issue("localhost")
        put(made.key.read_bytes(), "server-key.pem")
        put(made.chain.read_bytes(), "server.pem")

    put_certificate()
    put(ours.file.read_bytes(), "extra.pem")
    bundle = folder / "bundle.pem"
    bundle.write_bytes(ours.file.read_bytes())
    mekiki = start(zone, {**settings, "tls.certificate": str(folder / "server.pem"),
                          "tls.key": str(folder / "server-key.pem"),
                          "upstream.extra_ca": str(folder / "extra.pem")},
                   env=dict(os.environ, SSL_CERT_FILE=str(bundle)))

    def certificate():
        context = client_context(ours.file)
        with socket.create_connection(("127.0.0.1", mekiki.tls_port)) as plain:
            with context.wrap_socket(plain, server_hostname="localhost") as tls:
                return tls.getpeercert(binary_form=True)

    def log_in():
        with mekiki.client() as client:
            client.ok(f"USER taro%{HOST}:{server.port}")
            return client.ask("PASS x")

    before = certificate()
    with ScriptedServer([MAIL], certificate=theirs.issue(HOST)) as server:
        assert b"certificate" in log_in()
        put_certificate()
        put(theirs.file.read_bytes(), "extra.pem")
        assert mekiki.hang_up().endswith("reloaded\n"), mekiki.log()
        assert certificate() != before
        assert log_in().startswith(b"+OK")
        # The system's authorities, too.
        put(ours.file.read_bytes(), "extra.pem")
        mekiki.hang_up()
        assert b"certificate" in log_in()
        put(theirs.file.read_bytes(), "bundle.pem")
        mekiki.hang_up()
        assert log_in().startswith(b"+OK")


@BY_HAND
def test_a_reload_that_names_what_is_closed_is_refused(start, zone, settings, folder):
    texts, others = folder / "texts", folder / "others"
    texts.mkdir()
    others.mkdir()
    mekiki = start(zone, {**settings, "users.templates": str(texts)})
    chosen = dict(mekiki.chosen)
    for key, value in {
        "state": str(others), "users.templates": str(others),
        "upstream.extra_ca": "/etc/passwd", "dns.trust_anchor_files": ["/etc/passwd"],
        "sandbox.enabled": False,
    }.items():
        mekiki.chosen = dict(chosen)
        said = mekiki.reload(**{key.replace(".", "__"): value})
        assert f"restart needed: {key} names" in said, said
        assert "not reloaded: everything is as it was" in said
    mekiki.chosen = dict(chosen)
    said = mekiki.reload(**{"tls__certificate": "/etc/passwd", "tls__key": "/etc/shadow"})
    assert "restart needed: tls.certificate, tls.key name" in said, said
    # What stands in the folder is read again.
    (texts / "rewrite-notice.en.txt").write_text("{nonsense}")
    mekiki.chosen = dict(chosen)
    assert "users.templates: " in mekiki.reload(log__level="info")
    (texts / "rewrite-notice.en.txt").unlink()
    assert mekiki.hang_up().endswith("reloaded\n")


# Listeners stay those of the start, whatever the file says now.
def test_no_reload_lets_strangers_reach_any_server(start, zone, settings):
    mekiki = start(zone, {**settings, "listen.pop3": ["0.0.0.0:0"],
                          "listen.clear_logins": True, "upstream.hosts": [HOST]})
    said = mekiki.reload(listen__pop3=["127.0.0.1:0"], upstream__hosts=[])
    assert "upstream.hosts: must name the mail servers" in said
    assert "not reloaded: everything is as it was" in said
    with ScriptedServer([MAIL]) as server, mekiki.client() as client:
        client.ok(f"USER taro%{OTHER}:{server.port}")
        assert b"upstream.hosts" in client.refused("PASS x")
        assert not server.sessions
    said = mekiki.reload(upstream__hosts=[HOST, OTHER])
    assert said.endswith("reloaded\n")
    with ScriptedServer([MAIL]) as server, mekiki.client() as client:
        client.login(f"taro%{OTHER}:{server.port}", "x")


LANDLOCK = 444  # landlock_create_ruleset


@BY_HAND
def test_an_old_kernel_is_told_and_mail_flows(start, zone, settings):
    mekiki = start(zone, settings, before=without(LANDLOCK))
    assert sandbox_metric(mekiki) == {**dict.fromkeys(PARTS, 1), "files": 0}
    told = re.findall(r".*NOT WHOLE.*", mekiki.log())
    assert len(told) == 1 and "no Landlock" in told[0] and "error" in told[0], told
    with ScriptedServer([MAIL]) as server, mekiki.client() as client:
        assert client.login(f"taro%{HOST}:{server.port}", "x").mail("RETR 1")


# ----------------------------------------------------------------- passwords


def memory_of(pid):
    """All that can be read of a process."""
    maps = pathlib.Path(f"/proc/{pid}/maps").read_text()
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for low, high in re.findall(r"^(\w+)-(\w+) rw", maps, re.M):
            begin, end = int(low, 16), int(high, 16)
            try:
                memory.seek(begin)
                while begin < end:
                    piece = memory.read(min(end - begin, 1 << 20))
                    if not piece:
                        break
                    begin += len(piece)
                    yield piece
            except OSError:
                pass


def copies(pid, text):
    return sum(piece.count(text) for piece in memory_of(pid))


def in_pieces(port, body, size):
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as client:
        head = (f"POST /api/sign-in HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
                f"Origin: http://127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
                "Transfer-Encoding: chunked\r\n\r\n").encode()
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        client.sendall(head)
        for at in range(0, len(body), size):
            piece = body[at:at + size]
            client.sendall(b"%x\r\n%b\r\n" % (len(piece), piece))
        client.sendall(b"0\r\n\r\n")
        answer = b""
        while piece := client.recv(4096):
            answer += piece
        return int(answer.split()[1])


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to read its memory")
@pytest.mark.skipif(is_sanitized(), reason="freed memory is kept by sanitizers")
def test_no_password_stays_in_memory(start, zone, settings):
    def right(session, command):
        session.line("+OK" if command.endswith("-right") else "-ERR [AUTH] wrong")

    mekiki = start(zone, settings)
    pid = mekiki.process.pid
    visitor = Visitor(mekiki.admin_port)
    secrets = []

    def sign_in(password, status, account=None, **how):
        body = {"password": password, **({"account": account} if account else {})}
        octets = json.dumps(body, **how).encode()
        got, _, answer = visitor.ask("POST", "/api/sign-in", octets)
        assert got == status, answer
        secrets.append(password)

    with ScriptedServer([MAIL], {"PASS": right}) as server:
        login = f"hanako-who-is-found%{HOST}:{server.port}"
        token = setup_link(mekiki).rsplit("/", 1)[1]
        status, _, answer = visitor.ask(
            "POST", "/api/setup", {"token": token, "password": "Kumquat-of-setup-Zq1"})
        assert status == 200, answer
        secrets.append("Kumquat-of-setup-Zq1")
        sign_in("Kumquat-of-setup-Zq1", 200)
        sign_in("Persimmon-wrong-Zq2", 403)
        sign_in("Loquat-Zq3-right", 200, login)
        sign_in("Yuzu-Zq4-wrong", 403, login)
        sign_in("Daidai\u00e9\"-Zq5-right", 200, login)
        sign_in("Ponkan" + "x" * 5000 + "-Zq6-right", 200, login)
        for size, text in ((1, "Sudachi-Zq7-right"), (7, "Kabosu-Zq8-right")):
            body = json.dumps({"account": login, "password": text}).encode()
            assert in_pieces(mekiki.admin_port, body, size) == 200
            secrets.append(text)
        # The search finds what is there.
        assert copies(pid, b"hanako-who-is-found") > 0
        for text in secrets:
            for part in (text[:14].encode(), text[-12:].encode()):
                assert copies(pid, part) == 0, (text[:20], part)
