"""bench/relay: the script that measurements start."""

import json
import os
import pathlib

from harness.mekiki import binary
from harness.pop3 import Client
from harness.ports import free_ports
from harness.process import Process
from harness.scripted import ScriptedServer

RELAY = pathlib.Path(__file__).resolve().parents[2] / "bench" / "relay"


def start(folder, *arguments):
    """The script on a free port, and that port."""
    for _ in range(5):  # the port may be taken before it is bound
        (port,) = free_ports(1)
        process = Process(
            [RELAY, port, *arguments],
            folder / "relay.log",
            env=dict(os.environ, MEKIKI=binary()),
        )

        def answers():
            try:
                Client(port).close()
                return True
            except OSError:
                return False

        if process.wait_ready(answers, "the relay answers"):
            return process, port
    raise AssertionError(process.output())


def fetch(folder, mails, *arguments):
    with ScriptedServer(mails) as server:
        process, port = start(folder, server.port, *arguments)
        try:
            with Client(port).login("taro@example.jp", "pw") as client:
                got = [client.mail(f"RETR {n}") for n in range(1, len(mails) + 1)]
                client.quit()
            assert "USER taro@example.jp" in server.commands()
        finally:
            assert process.end() == 0, process.output()
    return got


def test_it_verifies_with_the_given_keys(folder, corpus):
    texts = folder / "texts.json"
    texts.write_text(json.dumps(corpus.zone.texts()))
    mails = [mail for mail in corpus.mails if mail.name != "key slow"]
    got = fetch(folder, [mail.octets for mail in mails], texts)
    for mail, delivered in zip(mails, got):
        assert f"X-DKIM-Check: {mail.check}\r\n".encode() in delivered, mail.name
        assert delivered.endswith(mail.octets[len(mail.forged):]), mail.name


def test_it_works_without_keys(folder, corpus):
    (got,) = fetch(folder, [corpus.mails[0].octets])
    assert b"X-DKIM-Check: none\r\n" in got
