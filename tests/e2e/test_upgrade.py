"""A database of version 0.1.0 (commit 9237433), which was made with that version's
own program: three mails, two users, three rules and two warnings that wait."""

import email
import email.policy
import gzip
import json
import pathlib
import sqlite3
import time

import pytest

from harness import forged
from harness.mekiki import binary
from harness.process import run
from harness.scripted import ScriptedServer

KEPT = pathlib.Path(__file__).parents[2] / "testdata/store/mekiki-0.1.0.db.gz"
MADE = 1795990211  # the time of its mails
DAY = 86400
ACCOUNT = "taro@home.example%pop.home.example"


def move(database, seconds, port):
    """As if it had been made so much later, with the server at another port:
    old mails and warnings would be removed."""
    tables = [name for name, in database.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table'")]
    for table in tables:
        for _, column, *_ in database.execute(f"PRAGMA table_info({table})").fetchall():
            for low, high, more in [(MADE - DAY, MADE + DAY, seconds),
                                    (MADE // DAY - 1, MADE // DAY + 1, seconds // DAY)]:
                database.execute(
                    f"UPDATE {table} SET {column} = {column} + ? WHERE "
                    f"typeof({column}) = 'integer' AND {column} BETWEEN ? AND ?",
                    (more, low, high))
            database.execute(
                f"UPDATE {table} SET {column} = replace({column}, ':35895', ?) "
                f"WHERE typeof({column}) = 'text' AND {column} LIKE '%:35895%'",
                (f":{port}",))
    database.commit()


@pytest.fixture(scope="module")
def server():
    with ScriptedServer([forged.mail(b"Content-Type: text/plain\r\n\r\nPay.\r\n")]) as made:
        yield made


@pytest.fixture(scope="module")
def upgraded(start, folder, server):
    state = folder / "state"
    state.mkdir(mode=0o700)
    file = state / "mekiki.db"
    file.write_bytes(gzip.decompress(KEPT.read_bytes()))
    file.chmod(0o600)
    days = (int(time.time()) - MADE) // DAY
    with sqlite3.connect(file) as database:
        assert database.execute("PRAGMA user_version").fetchone() == (5,)
        move(database, days * DAY, server.port)
    database.close()
    return start(forged.make_zone(), forged.SETTINGS, state=state)


def ask(mekiki, *words):
    return run([binary(), *words, "--config", mekiki.configuration,
                "--state", mekiki.state]).stdout.decode()


def test_its_mails_are_there(upgraded, server):
    mails = [json.loads(line) for line in ask(upgraded, "store", "export").splitlines()]
    assert [(m["verdict"], m["author_domain"]) for m in mails[:3]] == [
        ("forged", "bank.example"), ("forged", "bank.example"), ("new", "bank.example")]
    assert mails[0]["subject"] == "Your account"
    assert mails[0]["account"] == f"{ACCOUNT}:{server.port}"
    assert "integrity  good" in ask(upgraded, "store", "check")


def test_its_users_and_rules_are_there(upgraded):
    users = ask(upgraded, "user", "list")
    assert f"{ACCOUNT}  A,B, when forged, language ja" in users
    assert "hanako%pop.home.example  B,C, when classic, language en" in users
    assert "花見" in ask(upgraded, "user", "show", ACCOUNT)
    rules = ask(upgraded, "trust", "list")
    for rule in ("trust author *@example.jp, for all",
                 "distrust signer mailer.example, for all",
                 f"trust list users.lists.example.org, for {ACCOUNT}"):
        assert rule in rules, rules


def test_its_warnings_are_told(upgraded, server):
    """The account of the warnings has no choice of its own: the settings' holds."""
    with upgraded.client() as client:
        client.login(f"{forged.USER}%{forged.HOST}:{server.port}", "x")
        names = [line.split()[1] for line in client.lines("UIDL")]
        assert len(names) == 2 and names[1].startswith(b"mekiki-"), names
        warning = email.message_from_bytes(
            client.mail("RETR 2"), policy=email.policy.default)
        assert "2 mails" in warning["Subject"]
        text = warning.get_body().get_content()
        assert "Your account" in text and "口座の確認" in text, text
        client.quit()
