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
    made = Machine(folder, make_root(BUILD / "tests"))
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


def typed(needle):
    """The commands of docs/administration.md that have this among them."""
    page = (ROOT / "docs/administration.md").read_text()
    (found,) = [each for each in re.findall(r"^```sh\n(.*?)^```$", page, re.M | re.S)
                if needle in each]
    return found


def test_the_commands_of_the_manual_do_what_it_says(installed):
    def follow(needle, *replaced, **options):
        commands = typed(needle)
        for before, after in replaced:
            assert before in commands, commands
            commands = commands.replace(before, after)
        return installed.run("sh", "-ec", f"cd /root\n{commands}", **options)

    def files(*names):
        return {name: (installed.root / name.lstrip("/")).read_bytes() for name in names}

    settings = installed.root / SETTINGS.lstrip("/")
    settings.write_text(settings.read_text().replace(
        "[upstream]\n", '[upstream]\nhosts = ["127.0.0.1"]\n') +
        '[[route]]\npattern = "*@example.jp"\nhost = "127.0.0.1"\n')
    installed.run("systemctl", "restart", "mekiki")

    said = follow("openssl x509 -in mekiki-ca.pem").lower().replace(":", "")
    fingerprint = re.search("fingerprint=([0-9a-f]{64})", said)[1]
    assert said.count(fingerprint) == 2, said
    assert files("/root/mekiki-ca.pem", "/var/lib/mekiki/tls/ca.pem")
    assert not (installed.root / "root/.local").exists()
    follow("provider learn")
    # It knows the route; no mail was fetched yet.
    with pytest.raises(AssertionError, match="nothing is kept of taro@example.jp%127"):
        follow("store erase")

    follow("mekiki-pop3s.socket.d")
    ca = installed.root / "root/mekiki-ca.pem"
    for address in ("127.0.0.1", "::1"):
        with Client(995, tls=client_context(ca), host=address) as client:
            client.ok("CAPA")
    installed.run("systemctl", "disable", "--now", "mekiki-pop3s.socket")
    shutil.rmtree(installed.root / "etc/systemd/system/mekiki-pop3s.socket.d")
    installed.run("systemctl", "daemon-reload")
    installed.run("systemctl", "restart", "mekiki")

    before = files("/var/lib/mekiki/label-secret", "/var/lib/mekiki/tls/ca.pem")
    follow("rm /var/lib/mekiki/label-secret", input=PASSWORD)
    after = files(*before)
    assert all(after[name] != before[name] for name in before)

    live = installed.root / "etc/letsencrypt/live/mail.example.jp"
    live.mkdir(parents=True)
    (installed.root / "etc/letsencrypt/renewal-hooks/deploy").mkdir(parents=True)
    installed.run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=x",
                  "-addext", "subjectAltName=DNS:mail.example.jp",
                  "-keyout", "/etc/letsencrypt/live/mail.example.jp/privkey.pem",
                  "-out", "/etc/letsencrypt/live/mail.example.jp/fullchain.pem")
    follow("RENEWED_LINEAGE")
    settings.write_text(settings.read_text().replace(
        "[tls]\n", '[tls]\ncertificate = "/etc/mekiki/tls/fullchain.pem"\n'
        'key = "/etc/mekiki/tls/privkey.pem"\n'))
    installed.run("systemctl", "restart", "mekiki")
    # A renewal.
    installed.run("sh", "-ec", "RENEWED_LINEAGE=/etc/letsencrypt/live/mail.example.jp "
                  "/etc/letsencrypt/renewal-hooks/deploy/mekiki")

    cron = installed.root / "etc/cron.daily/mekiki"
    cron.parent.mkdir(exist_ok=True)
    cron.write_text(typed("mekiki-day"))
    cron.chmod(0o755)
    installed.run("/etc/cron.daily/mekiki")
    kept = installed.root / "root/BACKUP"
    kept.mkdir()
    (archive,) = (installed.root / "var/backups").glob("mekiki-day[1-7].tar")
    shutil.copy(archive, kept / "mekiki.tar")
    shutil.copytree(settings.parent, kept / "etc-mekiki")  # root's, as a copy is
    assert "/var/backups/mekiki-day" in installed.run("dpkg", "--purge", "mekiki")
    shutil.rmtree(settings.parent)
    after = {"/var/lib/mekiki/label-secret": after["/var/lib/mekiki/label-secret"]}
    version = run([binary(), "--version"]).stdout.decode().split()[1]
    follow("BACKUP/etc-mekiki", (f"apt install ./mekiki_{version}_amd64.deb",
                                 "dpkg -i /root/mekiki.deb"))
    assert is_active(installed) == "active"
    assert files(*after) == after
    owner = installed.run("stat", "-c", "%G %a", "/etc/mekiki/tls/privkey.pem")
    assert owner == "mekiki 640\n"


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
