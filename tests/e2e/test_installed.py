"""The package on a Debian 12 that boots: installed, used, reloaded, upgraded,
lost and restored, with all that its unit closes closed."""

import os
import pathlib
import re
import shutil
import socket

import pytest

from harness.machine import Machine, make_root
from harness.mekiki import binary, take_marks
from harness.pop3 import Client, client_context
from harness.process import run
from harness.scripted import ScriptedServer
from harness.waiting import until

ROOT = pathlib.Path(__file__).parents[2]
BUILD = pathlib.Path(binary()).parent
MAIL = b"From: taro@example.jp\r\nSubject: one\r\n\r\n" + b"text\r\n" * 100
SETTINGS = "/etc/mekiki/mekiki.toml"
PASSWORD = b"correct horse battery\n"


@pytest.fixture(scope="module")
def package(folder):
    version = run([binary(), "--version"]).stdout.decode().split()[1]
    made = run([ROOT / "packaging/make-deb", BUILD, version, folder], timeout=300)
    return pathlib.Path(made.stdout.decode().split()[0])


@pytest.fixture(scope="module")
def machine(folder):
    archive = BUILD / "tests" / "debian12.tar"
    make_root(archive)
    made = Machine(folder, archive)
    made.enter_network()
    yield made
    made.end()


@pytest.fixture(scope="module")
def installed(machine, package):
    """The service, allowed to reach servers on the machine's own loopback."""
    machine.put(package, "/root/mekiki.deb")
    machine.run("dpkg", "-i", "/root/mekiki.deb")
    set_up(machine)
    return machine


def set_up(machine, more=""):
    file = machine.root / SETTINGS.lstrip("/")
    text = file.read_text()
    if "clear_hosts" not in text:
        text = text.replace(
            "[upstream]\n",
            '[upstream]\nnetworks = ["127.0.0.0/8"]\nclear_hosts = ["127.0.0.1"]\n')
    file.write_text(text + more)
    machine.run("systemctl", "restart", "mekiki")


@pytest.fixture(scope="module")
def server(machine):
    with ScriptedServer([MAIL]) as made:
        yield made


def fetch(client):
    marks, rest = take_marks(client.mail("RETR 1"))
    assert rest == MAIL
    return marks[b"X-Mekiki-Label"]


def log_in(server, port=110):
    return Client(port).login(f"taro%127.0.0.1:{server.port}", "password")


def is_active(machine):
    return machine.run("systemctl", "is-active", "mekiki", check=False).strip()


def test_it_runs_as_its_own_user_and_closed(installed):
    assert is_active(installed) == "active"
    pid = installed.run("systemctl", "show", "-P", "MainPID", "mekiki").strip()
    status = installed.run("cat", f"/proc/{pid}/status")
    assert "Seccomp:\t2" in status and "NoNewPrivs:\t1" in status
    # CAP_NET_BIND_SERVICE and no other, and once it listens not even that.
    assert re.search(r"CapBnd:\t0{13}400\n", status), status
    assert re.search(r"CapPrm:\t0{16}\nCapEff:\t0{16}\n", status), status
    # The unit lets it close its own doors.
    assert re.findall("sandbox: .*", installed.journal())[-1:] == [
        "sandbox: no core dumps, memory that nobody may read, no new privileges, "
        "files by Landlock, system calls by seccomp"]
    owner = installed.run("stat", "-c", "%U %a", "/var/lib/mekiki",
                          "/var/lib/mekiki/label-secret")
    assert owner == "mekiki 700\nmekiki 600\n"
    log = installed.journal()
    for address in ("127.0.0.1:110 (pop3)", "127.0.0.1:995 (pop3s)",
                    "127.0.0.1:8110 (admin)"):
        assert f"listening on {address}" in log
    warned = installed.run("journalctl", "-u", "mekiki", "-p", "warning", "-o", "cat")
    assert "the dashboard has no password yet" in warned
    assert "listening on" not in warned
    exposure = installed.run("systemd-analyze", "security", "mekiki")
    assert float(re.search(r"exposure level for \S+: ([0-9.]+)", exposure)[1]) <= 2.0


def test_mail_is_fetched_and_settings_change_meanwhile(installed, server):
    with log_in(server) as client:
        fetch(client)
        file = installed.root / SETTINGS.lstrip("/")
        good = file.read_text()
        file.write_text(good + "[mail]\nlargst = 1\n")
        installed.fails("systemctl", "reload", "mekiki")
        assert "mail.largst: no such setting" in installed.journal()
        # What only the running program can tell.
        file.write_text(good.replace(
            "[tls]\n", '[tls]\ncertificate = "/etc/other.pem"\nkey = "/etc/other.pem"\n'))
        installed.fails("systemctl", "reload", "mekiki")
        assert "restart needed: tls.certificate, tls.key" in installed.journal()
        file.write_text(good + '[[route]]\npattern = "taro"\nhost = "127.0.0.1"\n'
                        f"port = {server.port}\n")
        installed.run("systemctl", "reload", "mekiki")
        until(lambda: "reloaded" in installed.journal(), "it is reloaded")
        with Client(110).login("taro", "password") as other:
            fetch(other)
        fetch(client)
        client.quit()


def test_it_never_gives_up_to_start(installed):
    """More often than systemd tries by itself, while another holds its port."""
    installed.run("systemctl", "stop", "mekiki")
    with socket.create_server(("127.0.0.1", 110)):
        installed.fails("systemctl", "start", "mekiki")
        until(lambda: int(installed.run("systemctl", "show", "-P", "NRestarts", "mekiki")) > 5,
              "it is tried again")
    until(lambda: is_active(installed) == "active", "it runs")


def test_clients_wait_at_sockets_while_it_is_restarted(installed, server):
    units = ["mekiki-pop3.socket", "mekiki-pop3s.socket", "mekiki-dashboard.socket"]
    installed.run("systemctl", "stop", "mekiki")
    installed.run("systemctl", "enable", "--now", *units)
    client = Client(110)  # starts it
    client.ok("CAPA")
    client.close()
    for setting in ("listen.pop3", "listen.pop3s", "admin.listen"):
        assert f"take the place of {setting}\n" in installed.journal()
    installed.run("systemctl", "stop", "mekiki.service")
    waiting = Client(110, greeting=False)
    assert waiting.line().startswith(b"+OK")
    waiting.close()
    installed.run("systemctl", "disable", "--now", *units)
    installed.run("systemctl", "restart", "mekiki")


def test_all_is_the_same_after_a_loss(installed, server, package):
    ca = installed.root / "var/lib/mekiki/tls/ca.pem"
    installed.run("mekiki", "passwd", "--config", SETTINGS, input=PASSWORD)
    with log_in(server) as client:
        label = fetch(client)
    octets = ca.read_bytes()
    installed.run("mekiki", "backup", "/root/mekiki.tar", "--config", SETTINGS)
    shutil.copy(installed.root / SETTINGS.lstrip("/"), installed.root / "root/kept.toml")

    installed.run("dpkg", "--purge", "mekiki")
    assert not (installed.root / "var/lib/mekiki").exists()
    assert not (installed.root / "etc/mekiki").exists()
    installed.run("dpkg", "-i", "/root/mekiki.deb")
    assert ca.read_bytes() != octets
    assert "is not empty" in installed.fails(
        "mekiki", "restore", "/root/mekiki.tar", "--config", SETTINGS)
    installed.run("systemctl", "stop", "mekiki")
    installed.run("sh", "-c", "rm -r /var/lib/mekiki/*")
    installed.run("cp", "/root/kept.toml", SETTINGS)
    installed.run("mekiki", "restore", "/root/mekiki.tar", "--config", SETTINGS)
    installed.run("systemctl", "start", "mekiki")
    assert ca.read_bytes() == octets
    with Client(995, tls=client_context(ca)) as client:
        client.ok("CAPA")
    with log_in(server) as client:
        assert fetch(client) == label
    assert "admin-password" in installed.run("ls", "/var/lib/mekiki")


def test_an_upgrade_saves_what_was_before(installed, package):
    """The same version stands in for a newer one."""
    installed.run("dpkg", "-i", "/root/mekiki.deb")
    assert is_active(installed) == "active"
    backups = os.listdir(installed.root / "var/backups")
    assert any(re.fullmatch(r"mekiki-[0-9.]+\.tar", name) for name in backups), backups
    installed.run("dpkg", "--remove", "mekiki")
    assert is_active(installed) != "active"
    assert (installed.root / "var/lib/mekiki/mekiki.db").exists()
    installed.run("dpkg", "-i", "/root/mekiki.deb")
    assert is_active(installed) == "active"
