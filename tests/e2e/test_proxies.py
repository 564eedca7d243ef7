"""The dashboard behind reverse proxies: nginx and Caddy as docs/administration.md
sets them up, and what strangers write into X-Forwarded-For."""

import json
import os
import pathlib
import re
import socket
import threading

import pytest

from harness.dashboard import PASSWORD, Visitor
from harness.http import HttpClient
from harness.ports import free_ports
from harness.process import Process, program, run
from harness.waiting import until

ROOT = pathlib.Path(__file__).parents[2]
NAME = "mail.example.jp"
PROXY = "127.0.0.1"
CLIENT = "127.0.0.2"  # no proxy


@pytest.fixture(scope="module")
def mekiki(start, corpus):
    made = start(corpus.zone, {"admin.names": [NAME], "admin.proxies": [PROXY],
                               "admin.metrics_for": [PROXY, "192.0.2.0/24"]})
    Visitor(made.admin_port).set_up(made)
    return made


def example(language):
    """The manual's settings for that server; the same in both manuals."""
    found = [re.search(rf"```{language}\n(.*?)```", (ROOT / page).read_text(), re.S)[1]
             for page in ("docs/administration.md", "docs/administration.ja.md")]
    # Comments are translated.
    assert len({re.sub(r" *#.*", "", text) for text in found}) == 1
    return found[0]


@pytest.fixture(scope="module")
def nginx(folder, mekiki, authority):
    """Its port; HTTPS."""
    certificate = authority.issue(NAME)
    place = folder / "nginx"
    place.mkdir()
    (port,) = free_ports(1)
    server = example("nginx").replace("listen 443", f"listen 127.0.0.1:{port}")
    live = "/etc/letsencrypt/live/mail.example.jp"
    server = server.replace(f"{live}/fullchain.pem", str(certificate.chain))
    server = server.replace(f"{live}/privkey.pem", str(certificate.key))
    server = server.replace("127.0.0.1:8110", f"127.0.0.1:{mekiki.admin_port}")
    temporary = "".join(f"{name}_temp_path {place}/{name};\n" for name in
                        ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    (place / "nginx.conf").write_text(
        f"daemon off; pid {place}/pid; error_log stderr;\nevents {{}}\n"
        f"http {{ access_log off;\n{temporary}{server}}}\n")
    process = Process([program("nginx"), "-p", place, "-c", place / "nginx.conf"],
                      place / "log")
    process.wait_ready(lambda: listens(port), "nginx listens")
    yield port
    process.end()


@pytest.fixture(scope="module")
def caddy(folder, mekiki):
    """Its port; HTTP, as it would get its certificates from outside."""
    place = folder / "caddy"
    place.mkdir()
    (port,) = free_ports(1)
    site = example("caddy").replace(NAME, f"http://{NAME}:{port}", 1)
    site = site.replace("127.0.0.1:8110", f"127.0.0.1:{mekiki.admin_port}")
    (place / "Caddyfile").write_text("{\n\tadmin off\n\tauto_https off\n"
                                     "\tdefault_bind 127.0.0.1\n}\n" + site)
    process = Process([program("caddy"), "run", "--config", place / "Caddyfile",
                       "--adapter", "caddyfile"], place / "log",
                      env={"HOME": str(place), "PATH": os.environ["PATH"]})
    process.wait_ready(lambda: listens(port), "Caddy listens")
    yield port
    process.end()


def listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(params=["nginx", "caddy"])
def site(request, authority):
    """curl's words to ask it as that client, and the site's origin."""
    port = request.getfixturevalue(request.param)
    origin = f"{'https' if request.param == 'nginx' else 'http'}://{NAME}:{port}"
    return [program("curl"), "-sS", "--cacert", authority.file, "--resolve",
            f"{NAME}:{port}:127.0.0.1"], origin


def ask(site, path, *words, client=CLIENT):
    curl, origin = site
    said = run([*curl, "--interface", client, "-w", "\n%{http_code}", *words,
                origin + path]).stdout.decode()
    body, _, status = said.rpartition("\n")
    return int(status), body


def sign_in(site, password, *words, client=CLIENT):
    return ask(site, "/api/sign-in", "-H", f"Origin: {site[1]}", "-H",
               "Content-Type: application/json", "-d",
               json.dumps({"password": password}), *words, client=client)


def test_the_client_is_who_asks_the_proxy(site):
    spoofed = ["-H", f"X-Forwarded-For: {PROXY}", "-H", "X-Forwarded-For: 192.0.2.1"]
    assert ask(site, "/healthz")[0] == 200
    assert ask(site, "/metrics")[0] == 403
    assert ask(site, "/metrics", *spoofed)[0] == 403
    assert ask(site, "/metrics", "-H", "X-Forwarded-For: rubbish")[0] == 403
    # The machine itself, by way of the proxy.
    assert ask(site, "/metrics", client=PROXY)[0] == 200


def test_one_signs_in_and_hears_of_mails(site, folder):
    status, body = sign_in(site, PASSWORD, "-i")
    assert status == 200, body
    is_secure = site[1].startswith("https:")
    cookie = re.search(r"(?i)^set-cookie: (\S+?);(.*)$", body, re.M)
    assert ("Secure" in cookie[2]) == is_secure
    curl, origin = site
    events = Process([*curl, "-N", "-H", f"Cookie: {cookie[1]}", origin + "/api/events"],
                     folder / "events.log")
    until(lambda: "retry:" in events.output(), "events come at once")
    events.kill()


def test_who_guesses_slows_down_nobody_else(site):
    statuses = []
    guesser = "127.0.0.11" if site[1].startswith("https:") else "127.0.0.12"

    def guess(*words):
        statuses.append(sign_in(site, "guess", *words, client=guesser)[0])

    guess()
    threads = [threading.Thread(target=guess, args=(
        "-H", f"X-Forwarded-For: 192.0.2.{n}")) for n in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(statuses) == {403, 429}, statuses
    assert sign_in(site, PASSWORD, client="127.0.0.4")[0] == 200


def test_who_has_a_network_guesses_no_more_than_who_has_an_address(mekiki):
    """RFC 4291 2.5.4: 64 bits of an IPv6 address are its owner's to choose."""
    def guesses(sources):
        statuses = []

        def guess(source):
            statuses.append(Visitor(mekiki.admin_port).ask(
                "POST", "/api/sign-in", {"password": "guess"},
                fields={"X-Forwarded-For": source})[0])

        guess(sources[0])
        threads = [threading.Thread(target=guess, args=(s,)) for s in sources[1:]]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return set(statuses)

    assert guesses([f"2001:db8:1:2::{n:x}" for n in range(1, 14)]) == {403, 429}
    # Who is elsewhere is not held up.
    assert guesses(["2001:db8:1:3::1"]) == {403}


def metrics(mekiki, *forwarded, client=PROXY):
    """The status of /metrics for who says that; each a field."""
    with HttpClient(mekiki.admin_port, source=client) as connection:
        fields = "".join(f"X-Forwarded-For: {text}\r\n" for text in forwarded)
        return connection.get("/metrics", fields=fields)[0]


def test_only_listed_proxies_are_believed(mekiki):
    assert metrics(mekiki) == 200
    assert metrics(mekiki, "192.0.2.1") == 200
    assert metrics(mekiki, "198.51.100.1") == 403
    assert metrics(mekiki, client=CLIENT) == 403
    assert metrics(mekiki, "192.0.2.1", client=CLIENT) == 403
    assert metrics(mekiki, "rubbish", client=CLIENT) == 403


def test_the_last_that_is_no_proxy_counts(mekiki):
    assert metrics(mekiki, "192.0.2.1, 198.51.100.1") == 403
    assert metrics(mekiki, "192.0.2.1", "198.51.100.1") == 403
    assert metrics(mekiki, "198.51.100.1", f"192.0.2.1:4711 , {PROXY}") == 200
    assert metrics(mekiki, "192.0.2.1, [2001:db8::1]:80") == 403


def test_what_cannot_be_read_is_refused(mekiki):
    for text in ("", "rubbish", "unix:", "192.0.2.1, _", "[192.0.2.1]", "192.0.2.1 127.0.0.1"):
        assert metrics(mekiki, text) == 400, text
    assert metrics(mekiki, "127.0.0.1, " * 10_000 + "192.0.2.1") == 431
    assert metrics(mekiki, *["1"] * 10_000) == 431
