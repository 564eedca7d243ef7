"""The image: made of a Debian 12 and the package, run without root, with a file
system that cannot be written."""

import json
import os
import pathlib
import re
import shutil
import signal
import threading

import pytest

from harness.containers import LIMITS, Containers
from harness.machine import make_debian
from harness.mekiki import binary, header_fields
from harness.pop3 import Client, client_context, unstuff
from harness.ports import free_ports
from harness.process import Process, program, run
from harness.scripted import ScriptedServer
from harness.waiting import until

ROOT = pathlib.Path(__file__).parents[2]
BUILD = pathlib.Path(binary()).parent
MAIL = b"From: taro@example.jp\r\nSubject: one\r\n\r\n" + b"text\r\n" * 2000
# How a container sees this machine's loopback, and the way to it.
MACHINE = "10.0.2.2"
NETWORK = ["--network", "slirp4netns:allow_host_loopback=true",
           *(word for port in (1110, 1995, 8110) for word in ("-p", f"127.0.0.1::{port}"))]
SERVERS = ["-e", f"MEKIKI_UPSTREAM_HOSTS={MACHINE}",
           "-e", f"MEKIKI_UPSTREAM_NETWORKS={MACHINE}",
           "-e", f"MEKIKI_UPSTREAM_CLEAR_HOSTS={MACHINE}"]
PASSWORD = "demo"


def architecture():
    return run(["dpkg", "--print-architecture"]).stdout.decode().strip()


@pytest.fixture(scope="module")
def containers(folder):
    archive = make_debian(BUILD / "tests")
    context = folder / "context"
    (context / "build").mkdir(parents=True)
    shutil.copytree(ROOT / "packaging", context / "packaging")
    shutil.copy(ROOT / ".dockerignore", context)
    version = run([binary(), "--version"]).stdout.decode().split()[1]
    run([ROOT / "packaging/make-deb", BUILD, version, context / "build"], timeout=300)
    # Neither an older one that is left there, nor one for other machines, is taken.
    for other in (f"0.1.9_{architecture()}", "99.0_sparc64"):
        (context / f"build/mekiki_{other}.deb").write_text("another package\n")
    made = Containers()
    try:
        made.podman("import", archive, "localhost/base", timeout=300)
        made.run("buildah", "bud", "--isolation", "chroot", "--format", "docker",
                 "--pull-never", "--build-arg", "BASE=localhost/base",
                 "-f", context / "packaging/Containerfile", "-t", "mekiki", context,
                 timeout=300)
        yield made
    finally:
        made.end()


def end(containers, name):
    """Its log. It must end well, by the signal that a stop sends."""
    containers.podman("stop", "--time", "60", name)
    code = containers.podman("inspect", "-f", "{{.State.ExitCode}}", name).strip()
    out, err = containers.logs(name)
    containers.podman("rm", name)
    assert (code, err) == ("0", ""), (code, out, err)
    assert out.endswith("info stopped\n"), out
    return out


def refused(containers, *options):
    """What is said at a start in vain."""
    done = containers.run("podman", "run", "--rm", "--cgroups=disabled", *LIMITS,
                          "--network", "none", *options, "mekiki", check=False)
    assert done.returncode == 2, done
    return done.stdout.decode()


def test_without_servers_it_says_what_is_missing(containers, folder):
    said = refused(containers)
    assert "cannot start: MEKIKI_UPSTREAM_HOSTS must name the mail servers" in said
    assert "at /etc/mekiki/mekiki.toml" in said
    said = refused(containers, "-e", 'MEKIKI_UPSTREAM_HOSTS=pop.example.jp "]')
    assert said == ("mekiki: cannot start: MEKIKI_UPSTREAM_HOSTS: expected names or "
                    "addresses with blanks between, got \"\"]\"\n")
    settings = folder / "open.toml"
    settings.write_text('[listen]\npop3 = ["0.0.0.0:1110"]\npop3s = []\n')
    said = refused(containers, "-v", f"{settings}:/etc/mekiki/mekiki.toml:ro",
                   "-e", "MEKIKI_UPSTREAM_HOSTS=pop.example.jp")
    assert "upstream.hosts" in said and "can connect to 0.0.0.0:1110" in said


def test_without_a_place_to_write_to_it_says_so(containers):
    said = refused(containers, "--read-only", "--read-only-tmpfs=false",
                   "-e", "MEKIKI_UPSTREAM_HOSTS=pop.example.jp")
    assert said.endswith("/tmp/mekiki.toml cannot be written: the container needs "
                         "a tmpfs at /tmp\n"), said


def test_what_is_written_about_it_is_so():
    """The variables of the manual and of the example are those that it reads."""
    def variables(path):
        return set(re.findall(r"MEKIKI_[A-Z_]+", (ROOT / path).read_text()))

    known = variables("packaging/container/start")
    assert len(known) == 4
    assert variables("packaging/compose.yaml") <= known
    for page in ("docs/administration.md", "docs/administration.ja.md"):
        assert variables(page) == known, page


def test_the_image_is_small_closed_and_says_what_it_is(containers):
    (image,) = json.loads(containers.podman("image", "inspect", "mekiki"))
    how = image["Config"]
    assert (how["User"], how["StopSignal"]) == ("mekiki", "SIGTERM")
    assert list(how["Volumes"]) == ["/var/lib/mekiki"]
    assert set(how["ExposedPorts"]) == {"1110/tcp", "1995/tcp", "8110/tcp"}
    assert image["HealthCheck" if "HealthCheck" in image else "Healthcheck"]["Test"] == [
        "CMD", "/usr/lib/mekiki/is-healthy"]
    names = containers.podman("run", "--rm", "--cgroups=disabled", *LIMITS, "--network",
                              "none", "--entrypoint", "/bin/sh", "mekiki", "-c",
                              "ls /packages /etc/mekiki; command -v systemctl gcc",
                              check=False)
    assert names.strip() == "/etc/mekiki:", names


@pytest.fixture(autouse=True)
def removed(containers):
    """What a test that failed has left."""
    yield
    containers.podman("rm", "-fa", "-t", "0")


@pytest.fixture(scope="module")
def demo(folder):
    """(mailbox's port, zone, {number: X-DKIM-Check}) of a demo on this machine."""
    place = folder / "demo"
    place.mkdir()
    for _ in range(20):  # it needs three ports in a row
        (port,) = free_ports(1)
        process = Process([binary(), "demo", "--port", port], folder / "demo.log",
                          env=dict(os.environ, TMPDIR=str(place), LC_ALL="C.UTF-8"))
        until(lambda: "Ctrl-C ends" in process.output() or not process.is_running(),
              "the demo says what to type")
        if process.is_running():
            break
    (zone,) = place.glob("*/zone.json")
    copied = folder / "zone.json"
    copied.write_bytes(zone.read_bytes())
    copied.chmod(0o644)
    rows = re.findall(r"^ *(\d+) +(pass|fail|none) +\w+ +\S", process.output(), re.M)
    assert len(rows) >= 12, process.output()
    yield port + 2, copied, {int(number): check for number, check in rows}
    process.end(by=signal.SIGINT)


def test_the_demos_mailbox_is_fetched(containers, folder, demo):
    """And what was learned, and the authority, are there the next time."""
    mailbox, zone, promised = demo
    options = [*NETWORK, *SERVERS, "-e", "MEKIKI_NAMES=mail.example.jp",
               "-v", f"{zone}:/zone.json:ro", "-v", "state:/var/lib/mekiki"]
    ca = folder / "ca.pem"
    authorities = set()
    for _ in range(2):
        containers.start("proxy", "serve", "--dns", "/zone.json", options=options)
        until(lambda: "(pop3s)" in containers.logs("proxy")[0], "it listens")
        ca.write_text(containers.podman("exec", "proxy", "cat",
                                        "/var/lib/mekiki/tls/ca.pem"))
        authorities.add(ca.read_text())
        with Client(containers.port("proxy", 1110)) as client:
            client.stls(client_context(ca), "mail.example.jp")
            client.login(f"demo%{MACHINE}:{mailbox}", PASSWORD)
            got = {}
            for number in promised:
                # Ours are on top.
                fields = dict(reversed(header_fields(client.mail(f"RETR {number}"))))
                assert b"X-Mekiki-Verdict" in fields
                # Not by a name that each new container has another of.
                assert fields[b"Authentication-Results"].startswith(b"mail.example.jp;")
                got[number] = fields[b"X-DKIM-Check"].decode()
            client.quit()
        assert got == promised
        with Client(containers.port("proxy", 1995), tls=client_context(ca),
                    name="mail.example.jp") as client:
            client.ok("CAPA")
        log = end(containers, "proxy")
        assert "NOT WHOLE" not in log and "files by Landlock" in log
    assert len(authorities) == 1


def test_in_clear_nobody_logs_in(containers):
    containers.start("proxy", options=[*NETWORK, *SERVERS])
    until(lambda: "(pop3s)" in containers.logs("proxy")[0], "it listens")
    with Client(containers.port("proxy", 1110)) as client:
        client.send(b"USER taro%" + MACHINE.encode() + b"\r\n")
        assert client.line().startswith(b"-ERR")
        client.ok("STLS")
    end(containers, "proxy")


def test_the_dashboard_and_the_health_check(containers):
    containers.start("proxy", options=[*NETWORK, *SERVERS,
                                       "-e", "MEKIKI_NAMES=mail.example.jp"])
    until(lambda: "(pop3s)" in containers.logs("proxy")[0], "it listens")
    assert containers.run("podman", "healthcheck", "run", "proxy").returncode == 0
    said = containers.podman("exec", "proxy", "/usr/lib/mekiki/is-healthy")
    assert said.startswith("ok\n") and "resolver: ok" in said
    log = containers.logs("proxy")[0]
    assert re.search(r"link works once: https://mail\.example\.jp:8110/#/setup/\w+\n", log)
    port = containers.port("proxy", 8110)
    ask = [program("curl"), "-sk", "-o", "/dev/null", "-w", "%{http_code}",
           "--resolve", f"mail.example.jp:{port}:127.0.0.1"]
    for path, status in (("/", "200"), ("/healthz", "200"), ("/metrics", "403")):
        done = run([*ask, f"https://mail.example.jp:{port}{path}"])
        assert done.stdout.decode() == status, path
    end(containers, "proxy")
    # Where nothing listens, nothing is healthy.
    done = containers.run("podman", "run", "--rm", "--cgroups=disabled", *LIMITS,
                          "--network", "none", "--entrypoint",
                          "/usr/lib/mekiki/is-healthy", "mekiki", check=False)
    assert done.returncode == 1, done


def test_what_the_administrator_does_in_it(containers, folder):
    """docs/administration.md: reload, password, certificate, backup, restore."""
    containers.start("proxy", options=[*NETWORK, *SERVERS, "-v", "kept:/var/lib/mekiki"])
    until(lambda: "(pop3s)" in containers.logs("proxy")[0], "it listens")
    for port in (1110, 1995, 8110):
        for address in ("0.0.0.0", "[::]"):
            assert f"listening on {address}:{port} " in containers.logs("proxy")[0]
    containers.podman("exec", "proxy", "mekiki", "reload", "--pid", "1")
    assert "info reloaded\n" in containers.logs("proxy")[0]
    containers.podman("exec", "-i", "proxy", "mekiki", "passwd",
                      input=b"correct horse battery\n")
    ca = containers.podman("exec", "proxy", "mekiki", "cert", "--out", "-")
    containers.podman("exec", "proxy", "mekiki", "backup", "/tmp/mekiki.tar")
    archive = folder / "mekiki.tar"
    archive.write_bytes(
        containers.run("podman", "exec", "proxy", "cat", "/tmp/mekiki.tar").stdout)
    archive.chmod(0o644)
    end(containers, "proxy")
    containers.podman("run", "--rm", "--cgroups=disabled", *LIMITS, "--network", "none",
                      "-v", "restored:/var/lib/mekiki",
                      "-v", f"{archive}:/mekiki.tar:ro", "mekiki", "restore", "/mekiki.tar")
    containers.start("proxy", options=[*NETWORK, *SERVERS, "-v", "restored:/var/lib/mekiki"])
    until(lambda: "(pop3s)" in containers.logs("proxy")[0], "it listens")
    assert containers.podman("exec", "proxy", "mekiki", "cert", "--out", "-") == ca
    assert "no password yet" not in end(containers, "proxy")


def test_the_example_for_compose_runs(containers, folder):
    """But for its ports, and a limit that this machine may forbid."""
    text = (ROOT / "packaging/compose.yaml").read_text()
    for before, after in (('"995:1995"', '"127.0.0.1::1995"'),
                          ('"127.0.0.1:8110:8110"', '"127.0.0.1::8110"'),
                          ("nofile: 65536", "nofile: 4096")):
        assert text.count(before) == 1
        text = text.replace(before, after)
    file = folder / "compose.yaml"
    file.write_text(text)
    file.chmod(0o644)
    compose = [program("podman-compose"), "-f", file,
               "--podman-run-args=--cgroups=disabled --ulimit nproc=4096:4096"]
    containers.run(*compose, "up", "-d", timeout=300)
    until(lambda: "(pop3s)" in containers.logs("mekiki")[0], "it listens")
    (made,) = json.loads(containers.podman("inspect", "mekiki"))
    assert made["HostConfig"]["ReadonlyRootfs"]
    assert "no-new-privileges" in made["HostConfig"]["SecurityOpt"][0]
    containers.podman("exec", "mekiki", "/usr/lib/mekiki/is-healthy")
    ca = folder / "composed.pem"
    ca.write_text(containers.podman("exec", "mekiki", "mekiki", "cert", "--out", "-"))
    with Client(containers.port("mekiki", 1995), tls=client_context(ca),
                name="mail.example.jp") as client:
        client.ok("CAPA")
    assert "mekiki" in containers.podman("volume", "ls", "-q").split()
    containers.run(*compose, "down", "-t", "60", timeout=300)
    assert "mekiki" not in containers.podman("ps", "-a", "--format", "{{.Names}}")


def test_a_stop_at_the_start_is_heard(containers):
    """Process 1 does not get a signal that it has no handler for: it would be
    killed once the stop's time is over."""
    for _ in range(3):
        containers.start("proxy", options=[*NETWORK, *SERVERS])
        containers.podman("stop", "--time", "60", "proxy")
        code = containers.podman("inspect", "-f", "{{.State.ExitCode}}", "proxy").strip()
        assert code in ("0", "143"), containers.logs("proxy")
        containers.podman("rm", "proxy")


def test_a_stop_waits_for_a_mail_that_is_under_way(containers, folder):
    begun, go_on = threading.Event(), threading.Event()

    def slowly(session, command):
        octets = session.reply(command)
        session.send(octets[:1000])
        begun.set()
        assert go_on.wait(60)
        session.send(octets[1000:])

    with ScriptedServer([MAIL], on={"RETR": slowly}) as server:
        # What is asked of the DNS goes nowhere.
        containers.start("proxy", options=[*NETWORK, *SERVERS, "--dns", "127.0.0.1"])
        until(lambda: "(pop3s)" in containers.logs("proxy")[0], "it listens")
        ca = folder / "ca.pem"
        ca.write_text(containers.podman("exec", "proxy", "cat",
                                        "/var/lib/mekiki/tls/ca.pem"))
        with Client(containers.port("proxy", 1110)) as client:
            client.stls(client_context(ca))
            client.login(f"taro%{MACHINE}:{server.port}", "password")
            client.send(b"RETR 1\r\n")
            assert begun.wait(60)
            stops = threading.Thread(target=end, args=(containers, "proxy"))
            stops.start()
            until(lambda: "stopping, once" in containers.logs("proxy")[0], "it stops")
            go_on.set()
            assert client.line().startswith(b"+OK")
            mail = unstuff(client.read_until(b"\r\n.\r\n")[:-3])
            assert mail.endswith(MAIL)
            stops.join(60)
            assert not stops.is_alive()
    assert "proxy" not in containers.podman("ps", "-a", "--format", "{{.Names}}")


def test_the_demo_runs_in_it(containers):
    """As `make demo` runs it."""
    containers.start("demo", "demo", options=["--network", "host"])
    until(lambda: "Ctrl-C ends" in containers.logs("demo")[0], "it says what to type")
    (line, *_) = re.findall(r"^  (curl .*\| grep .*)$", containers.logs("demo")[0], re.M)
    fields = run([program("sh"), "-c", line]).stdout
    assert b"X-Mekiki-Verdict: forged" in fields, (line, fields)
    containers.podman("kill", "--signal", "INT", "demo")
    containers.podman("wait", "demo")
    assert containers.podman("inspect", "-f", "{{.State.ExitCode}}", "demo") == "0\n"
