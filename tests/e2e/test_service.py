"""What a service manager sees and does: sockets that it hands over, the state
that it is told, reloads, and a stop that cuts nobody off."""

import contextlib
import fcntl
import os
import pathlib
import re
import signal
import socket

import pytest

from harness.mekiki import binary, is_sanitized, take_marks, to_toml
from harness.pop3 import Broken, Client, client_context, unstuff
from harness.process import Process, run
from harness.scripted import ScriptedServer
from harness.waiting import until

HOST = "pop.example.jp"
MAIL = b"From: taro@example.jp\r\nSubject: one\r\n\r\n" + b"text\r\n" * 2000
# bash can move descriptors of more than one digit.
MOVED = """
number=3
for one in $SOCKETS; do eval "exec $number<&$one $one<&-"; number=$((number + 1)); done
LISTEN_PID=$$ LISTEN_FDS=$((number - 3)) exec "$@"
"""


@pytest.fixture(scope="module")
def zone(corpus):
    corpus.zone.add_address(HOST, ["127.0.0.1"])
    return corpus.zone


@pytest.fixture
def server():
    with ScriptedServer([MAIL]) as made:
        yield made


@pytest.fixture
def manager(folder):
    """A socket that is told the state."""
    path = folder / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as made:
        made.bind(str(path))
        made.settimeout(60)
        yield made


class Told:
    """What the manager is told, in order; of WATCHDOG=1 how often."""

    def __init__(self, manager):
        self.manager = manager
        self.watchdog = 0

    def next(self):
        while True:
            said = self.manager.recv(4096).decode()
            if said != "WATCHDOG=1":
                return said
            self.watchdog += 1


SETTINGS = {"upstream.clear_hosts": [HOST]}


def name(server):
    return f"taro%{HOST}:{server.port}"


def fetch(client):
    return take_marks(client.mail("RETR 1"))[1]


# ------------------------------------------------------------------ sockets


@contextlib.contextmanager
def handed_over(*names, address="127.0.0.1"):
    """Listening sockets by name, and how mekiki gets them."""
    sockets = {each: socket.create_server((address, 0)) for each in names}
    high = [fcntl.fcntl(s, fcntl.F_DUPFD_CLOEXEC, 20) for s in sockets.values()]
    try:
        yield sockets, {
            "wrapper": ["bash", "-c", MOVED, "bash"],
            "pass_fds": high,
            "env": dict(os.environ, LISTEN_FDNAMES=":".join(names),
                        SOCKETS=" ".join(map(str, high))),
        }
    finally:
        for fd in high:
            os.close(fd)
        for s in sockets.values():
            s.close()


def port(s):
    return s.getsockname()[1]


def test_sockets_of_the_manager_take_the_place_of_the_settings(start, zone, server):
    with handed_over("pop3", "pop3s", "dashboard", "smtp") as (sockets, options):
        first = start(zone, SETTINGS, **options)
        assert {kind: p for kind, _, p in first.addresses} == {
            "pop3": port(sockets["pop3"]),
            "pop3s": port(sockets["pop3s"]),
            "admin": port(sockets["dashboard"]),
        }
        for socket_name, setting in [("pop3", "listen.pop3"), ("pop3s", "listen.pop3s"),
                                     ("dashboard", "admin.listen")]:
            assert f'sockets "{socket_name}" take the place of {setting}' in first.log()
        assert 'is called "smtp"' in first.log()
        with first.client() as client:
            client.login(name(server), "password")

        # While nobody is there, clients wait instead of being refused.
        first.end()
        waiting = Client(port(sockets["pop3"]), greeting=False)
        second = start(zone, SETTINGS, **options)
        assert waiting.line().startswith(b"+OK")
        waiting.close()
        second.end()


def test_what_is_no_listening_socket_is_refused(folder, zone, start):
    with handed_over("pop3") as (sockets, options):
        sockets["pop3"].shutdown(socket.SHUT_RDWR)
        with pytest.raises(AssertionError, match="none that listens for TCP"):
            start(zone, SETTINGS, **options)


@pytest.mark.parametrize("each", ["pop3", "pop3s", "dashboard"])
def test_what_others_can_connect_to_needs_hosts(zone, start, each):
    """The manager's sockets may be elsewhere than the listeners of the settings."""
    with handed_over(each, address="0.0.0.0") as (_, options):
        with pytest.raises(AssertionError, match="cannot start: upstream.hosts: must name"):
            start(zone, SETTINGS, **options)


def test_each_reason_not_to_listen_has_its_own_advice(start, zone):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        held = port(taken)
        for address, says in [
                (f"127.0.0.1:{held}", f"in use; `ss -ltnp sport = :{held}` tells what holds"),
                ("192.0.2.1:0", "requested address; this machine has no such address")]:
            with pytest.raises(AssertionError) as refused:
                start(zone, {"listen.pop3": [address], "upstream.hosts": [HOST]})
            assert says in str(refused.value)
            assert ("ss -ltnp" in str(refused.value)) == (str(held) in address)
            assert "(listen.pop3)" in str(refused.value)


# -------------------------------------------------------------------- state


def test_the_manager_is_told(start, zone, manager):
    mekiki = start(zone, SETTINGS, env=dict(
        os.environ, NOTIFY_SOCKET=manager.getsockname(), WATCHDOG_USEC="200000"))
    told = Told(manager)
    assert told.next() == "READY=1\nSTATUS=Serving"
    for _ in range(3):
        assert manager.recv(100) == b"WATCHDOG=1"
    mekiki.hang_up()
    assert re.fullmatch(r"RELOADING=1\nMONOTONIC_USEC=\d+", told.next())
    assert told.next() == "READY=1\nSTATUS=Reloaded"
    mekiki.configuration.write_text("nonsense = 1\n")
    mekiki.hang_up()
    assert told.next().startswith("RELOADING=1")
    assert told.next() == "READY=1\nSTATUS=Not reloaded, see the log"
    mekiki.end()
    assert told.next() == "STOPPING=1"


def test_the_journal_gets_priorities_and_others_a_zone(start, zone):
    journal = start(
        zone, {"admin.listen": ["127.0.0.1:0"]},
        wrapper=["bash", "-c",
                 'JOURNAL_STREAM=$(stat -L -c %d:%i /proc/self/fd/2) exec "$@"', "bash"])
    lines = journal.log().splitlines()
    assert any(line.startswith("<6>listening on") for line in lines), lines
    assert any(line.startswith("<4>the dashboard has no password") for line in lines)
    assert all(re.match(r"<[3467]>\w", line) for line in lines), lines

    other = start(zone, SETTINGS, env=dict(os.environ, TZ="Asia/Tokyo"))
    for line in other.log().splitlines():
        assert re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}\+09:00 \w+ ", line), line


# ------------------------------------------------------------------- reload


def certificate_of(port, ca):
    context = client_context(ca)
    with socket.create_connection(("127.0.0.1", port)) as plain:
        with context.wrap_socket(plain, server_hostname="localhost") as tls:
            return tls.getpeercert(binary_form=True)


def test_settings_and_certificate_change_in_the_middle_of_a_session(
        start, zone, server, authority, folder):
    ours = folder / "own.pem", folder / "own-key.pem"

    def put(certificate):
        ours[0].write_bytes(certificate.chain.read_bytes())
        ours[1].write_bytes(certificate.key.read_bytes())

    put(authority.issue("localhost"))
    mekiki = start(zone, SETTINGS | {
        "tls.certificate": str(ours[0]), "tls.key": str(ours[1])})
    before = certificate_of(mekiki.tls_port, authority.file)
    running = mekiki.client().login(name(server), "password")
    encrypted = Client(mekiki.tls_port, tls=client_context(authority.file))
    with mekiki.client() as client:
        client.ok("USER taro")
        client.refused("PASS password")

    put(authority.issue("localhost"))
    said = mekiki.reload(
        route=[{"pattern": "taro", "host": HOST, "port": server.port}],
        history__days=7, limits__sessions=7)
    assert "history.days is changed: that takes effect at a restart" in said
    assert "limits.sessions is changed" in said
    assert said.count("is changed") == 2, said
    with mekiki.client() as client:
        client.login("taro", "password")
    after = certificate_of(mekiki.tls_port, authority.file)
    assert after != before

    # What is wrong in one of them changes none.
    put(authority.issue("localhost"))
    mekiki.configuration.write_text(
        mekiki.configuration.read_text().replace("[[route]]", "[mail]\nlargst = 1\n"))
    said = mekiki.hang_up()
    line = 1 + mekiki.configuration.read_text().splitlines().index("largst = 1")
    assert f"mekiki.toml:{line}: mail.largst: no such setting" in said
    assert "not reloaded: everything is as it was" in said
    assert certificate_of(mekiki.tls_port, authority.file) == after
    ours[1].write_bytes(authority.issue("localhost").key.read_bytes())
    said = mekiki.reload(route=[])
    assert "the key cannot be used" in said and "not reloaded" in said
    assert certificate_of(mekiki.tls_port, authority.file) == after
    with mekiki.client() as client:
        client.login("taro", "password")

    assert fetch(running) == MAIL
    running.quit()
    encrypted.ok("QUIT")


def test_a_file_that_is_being_written_is_not_taken_for_an_empty_one(start, zone, server):
    mekiki = start(zone, SETTINGS | {
        "route": [{"pattern": "taro", "host": HOST, "port": server.port}]})
    text = mekiki.configuration.read_text()

    def refused(why):
        said = mekiki.hang_up()
        assert why in said and "not reloaded: everything is as it was" in said, said
        with mekiki.client() as client:
            client.login("taro", "password")

    mekiki.configuration.write_text("")
    refused("mekiki.toml is empty; if that is meant, a restart")
    mekiki.configuration.unlink()
    os.mkfifo(mekiki.configuration)
    refused("mekiki.toml: cannot be read: it is no file")
    mekiki.configuration.unlink()
    refused("No such file")
    mekiki.configuration.write_text(text)
    assert "not reloaded" not in mekiki.hang_up()


@pytest.mark.skipif(is_sanitized(), reason="without a sandbox no process opens files")
def test_without_the_process_that_opens_files_a_restart_is_needed(start, zone):
    mekiki = start(zone, SETTINGS)
    child = pathlib.Path(f"/proc/{mekiki.process.pid}/task/{mekiki.process.pid}/children")
    (opener,) = child.read_text().split()
    assert pathlib.Path(f"/proc/{opener}/comm").read_text() == "mekiki-files\n"
    os.kill(int(opener), signal.SIGKILL)
    assert "the process that opens files is gone: restart needed" in mekiki.hang_up()
    with mekiki.client():
        pass


def test_a_reload_that_comes_early_ends_nothing(zone, folder):
    """While the settings are read for the first time: that waits for a pipe."""
    file = folder / "early.toml"
    os.mkfifo(file)
    settings = to_toml({"listen.pop3": ["127.0.0.1:0"], "listen.pop3s": [], "admin.listen": []})
    process = Process([binary(), "serve", "--config", file, "--state", folder / "early",
                       "--dns", zone.write(folder / "early.json")], folder / "early.log")
    with file.open("w") as pipe:  # it is there once somebody reads
        process.process.send_signal(signal.SIGHUP)
        (folder / "new.toml").write_text(settings)
        (folder / "new.toml").rename(file)
        pipe.write(settings)
    until(lambda: "info reloaded" in process.output() or not process.is_running(),
          "it starts, and reloads")
    assert process.is_running(), process.output()
    assert process.end() == 0


def test_whoever_asks_for_a_reload_hears_what_became_of_it(start, zone, folder):
    """`mekiki reload`, which the unit runs."""
    runtime = folder / "runtime"
    runtime.mkdir()
    env = dict(os.environ, RUNTIME_DIRECTORY=str(runtime))
    mekiki = start(zone, SETTINGS, env=env)

    def ask(**options):
        done = run([binary(), "reload", "--pid", mekiki.process.pid],
                   check=False, **{"env": env, **options})
        return done.returncode, (done.stdout + done.stderr).decode()

    assert ask() == (0, "")
    good = mekiki.configuration.read_text()
    mekiki.configuration.write_text(good + "[mail]\nlargst = 1\n")
    code, said = ask()
    assert code == 2 and "mail.largst: no such setting" in said, said
    # What no check of the file finds.
    certificate = "/etc/ssl/certs/ca-certificates.crt"
    mekiki.configuration.write_text(
        good + f'[tls]\ncertificate = "{certificate}"\nkey = "{certificate}"\n')
    code, said = ask()
    assert code == 2 and "everything is as it was" in said, said
    mekiki.configuration.write_text(good)
    assert ask() == (0, "")
    assert "RUNTIME_DIRECTORY" in ask(env=dict(os.environ))[1]
    mekiki.end()
    assert ask()[0] == 2
    assert [file.name for file in runtime.iterdir()] == ["reload.lock"]


def test_a_session_keeps_the_settings_it_began_with(start, zone, server):
    mekiki = start(zone, SETTINGS | {"authserv_id": "one.test"})
    with mekiki.client() as old:
        old.login(name(server), "password")
        mekiki.reload(mail__largest="1MiB", client__idle_timeout="10s",
                      limits__sessions_per_client=1)
        # The second client of this address is one too many for new sessions.
        with Client(mekiki.port, greeting=False) as new:
            assert b"too many sessions" in new.line()
        assert fetch(old) == MAIL
        old.ok("QUIT")


def test_the_level_of_the_log_changes_at_once(start, zone):
    mekiki = start(zone, SETTINGS)

    def one_session():
        before = len(mekiki.log())
        with mekiki.client() as client:
            client.quit()
        mekiki.hang_up()
        return mekiki.log()[before:]

    assert ": client 127.0.0.1" in one_session()
    mekiki.reload(log__level="info")
    assert ": client 127.0.0.1" not in one_session()


# --------------------------------------------------------------------- stop


def test_a_stop_lets_answers_come_to_their_end(start, zone):
    begun, go_on = [], []

    def slowly(session, command):
        answer = session.reply(command)
        session.send(answer[:5000])
        begun.append(True)
        until(lambda: go_on, "the test lets the server go on")
        session.send(answer[5000:])

    with ScriptedServer([MAIL], on={"RETR": slowly}) as server:
        mekiki = start(zone, SETTINGS)
        idle = mekiki.client().login(name(server), "password")
        with mekiki.client() as busy:
            busy.login(name(server), "password")
            busy.send(b"RETR 1\r\n")
            until(lambda: begun, "the mail arrives")
            mekiki.process.process.send_signal(signal.SIGTERM)
            until(lambda: "stopping, once 1 sessions" in mekiki.log(), "it stops")
            with pytest.raises(ConnectionRefusedError):
                Client(mekiki.port)
            go_on.append(True)
            assert busy.line().startswith(b"+OK")
            assert take_marks(unstuff(busy.body()))[1] == MAIL
            with pytest.raises(Broken):
                busy.line()
        with pytest.raises(Broken):
            idle.line()
        assert mekiki.process.process.wait(60) == 0
        mekiki.ended = True
        assert "stopped" in mekiki.log()


def test_a_second_signal_does_not_wait(start, zone):
    begun = []

    def never(session, command):
        begun.append(True)
        session.stall()

    with ScriptedServer([MAIL], on={"RETR": never}) as server:
        mekiki = start(zone, SETTINGS | {"limits.drain": "1h"})
        with mekiki.client() as busy:
            busy.login(name(server), "password")
            busy.send(b"RETR 1\r\n")
            until(lambda: begun, "the mail is asked for")
            mekiki.process.process.send_signal(signal.SIGTERM)
            until(lambda: "stopping, once" in mekiki.log(), "it stops")
            mekiki.end()


def test_a_stop_does_not_wait_longer_than_it_may(start, zone):
    with ScriptedServer([MAIL], on={"RETR": lambda s, _: s.stall()}) as server:
        mekiki = start(zone, SETTINGS | {"limits.drain": "1s"})
        with mekiki.client() as busy:
            busy.login(name(server), "password")
            busy.send(b"RETR 1\r\n")
            until(lambda: any("RETR 1" in s.commands for s in server.sessions), "RETR")
            mekiki.end()
