"""`mekiki try`: each step of a login, and who refused it."""

import pytest

from harness.dovecot import Dovecot
from harness.mekiki import binary, to_toml
from harness.process import run
from harness.scripted import ScriptedServer


@pytest.fixture(scope="module")
def dovecot(folder, authority, corpus):
    made = Dovecot(folder / "dovecot", authority.issue("localhost"))
    made.add_user("taro", [mail.octets for mail in corpus.mails[:3]])
    yield made
    made.end()


@pytest.fixture
def attempt(tmp_path, authority):
    def go(account, password=Dovecot.PASSWORD, **settings):
        configuration = tmp_path / "mekiki.toml"
        chosen = {
            "upstream.networks": ["127.0.0.0/8"],
            "upstream.extra_ca": str(authority.file),
        }
        chosen.update({key if "." in key else f"upstream.{key}": value
                       for key, value in settings.items()})
        configuration.write_text(to_toml(chosen))
        zone = tmp_path / "zone.json"
        zone.write_text(
            '{"localhost": {"A": ["127.0.0.1"]}, "other.example": {"A": ["127.0.0.1"]}}'
        )
        done = run(
            [binary(), "try", "--config", configuration, "--dns", zone,
             "--state", tmp_path / "state", account],
            check=False,
            input=password.encode() + b"\n",
        )
        assert password.encode() not in done.stdout + done.stderr
        return done.returncode, done.stdout.decode()

    return go


def test_a_login_that_works(dovecot, attempt):
    code, told = attempt(f"taro%localhost:{dovecot.port}")
    assert code == 0, told
    for step in ("connected to localhost", "TLS is up", "logged in", "3 mails wait"):
        assert step in told
    assert dovecot.stored("taro") == 3


def test_a_wrong_password(dovecot, attempt):
    code, told = attempt(f"taro%localhost:{dovecot.port}", "wrong")
    assert code == 1
    assert "localhost refused the login" in told and "[AUTH]" in told


@pytest.mark.parametrize(
    "on, settings, code, expected",
    [
        ({"PASS": "-ERR"}, {}, 1, "stop  {host} refused the login without a reason"),
        ({"PASS": "-ERR Mailbox Locked"}, {}, 1, "refused the login: Mailbox Locked"),
        ({"PASS": "-ERR: [IN-USE] locked"}, {}, 1, "refused the login: locked [IN-USE]"),
        ({"STLS": "-ERR what?"}, {"clear_hosts": []}, 1, "{account}:995"),
        ({"STLS": "-ERR what?"}, {"clear_hosts": []}, 1, "upstream.clear_hosts"),
        ({"GREETING": None}, {"silence_timeout": "1s"}, 1, "did not answer within 1 s"),
        ({"STAT": None}, {"silence_timeout": "1s"}, 1, "did not answer within 1 s"),
        ({"STAT": "+OK,  2   messages (320 octets)"}, {}, 0, "2 mails wait, 320 octets"),
        ({"STAT": "+OK\t2"}, {}, 0, "ok    2 mails wait\n"),
        ({"STAT": "+OK hello"}, {}, 0, "does not tell how many mails wait"),
        ({"CAPA": "-ERR what?"}, {}, 0, "knows no CAPA"),
        ({"CAPA": "what?"}, {}, 0, "answer to CAPA cannot be read"),
        ({"CAPA": None}, {"silence_timeout": "1s"}, 0, "when asked for CAPA, the server did not answer"),
    ],
)
def test_servers_that_differ(attempt, on, settings, code, expected):
    def behave(line):
        return lambda session, _command: session.line(line) if line else session.stall()

    with ScriptedServer([], {verb: behave(line) for verb, line in on.items()}) as server:
        account = "taro%other.example"
        got, told = attempt(
            f"{account}:{server.port}", **{"clear_hosts": ["other.example"], **settings}
        )
        assert got == code, told
        assert expected.format(account=account, host="other.example") in told, told


def cut(session, command):
    """TOP gives ten lines at most."""
    session.send(session.reply(f"TOP {command.split()[1]} 10"))


def refuse(session, _command):
    session.line("-ERR too many lines")


@pytest.mark.parametrize(
    "on, capabilities, mode, expected",
    [
        ({}, ["TOP"], "on", "mails can be read ahead for a client that deletes"),
        ({}, ["TOP"], "off", "not read ahead: prefetch.mode is off"),
        ({}, ["UIDL"], "on", "not read ahead: the server lists no TOP"),
        ({}, ["UIDL"], "force", "not read ahead: the server lists no TOP"),
        ({}, ["TOP", "EXPIRE 0"], "on", "the server says EXPIRE 0"),
        ({}, ["TOP", "EXPIRE 0"], "force", "mails can be read ahead"),
        ({"TOP": cut}, ["TOP"], "on", "of a mail of 633 octets TOP gives 137"),
        ({"TOP": refuse}, ["TOP"], "on", "the server refuses TOP"),
    ],
)
def test_what_is_said_of_reading_ahead(attempt, on, capabilities, mode, expected):
    mail = b"Subject: long\r\n\r\n" + b"one line..\r\n" * 51 + b"\r\n" * 2
    mails = [b"Subject: short\r\n\r\n", mail]
    with ScriptedServer(mails, on, capabilities=capabilities) as server:
        got, told = attempt(
            f"taro%other.example:{server.port}",
            **{"clear_hosts": ["other.example"], "prefetch.mode": mode},
        )
        assert got == 0, told
        assert expected in told, told
        # Nothing was marked as read, and nothing deleted.
        asked = [c.split()[0] for c in server.commands()]
        assert "RETR" not in asked and "DELE" not in asked


@pytest.mark.parametrize(
    "on, capabilities, expected",
    [
        ({"CAPA": refuse}, [], "knows no CAPA: it is asked for one mail at a time"),
        ({}, ["TOP"], "knows no PIPELINING: it is asked for one mail at a time"),
    ],
)
def test_one_mail_at_a_time_is_no_word_against_reading_ahead(
    attempt, on, capabilities, expected
):
    mail = b"Subject: short\r\n\r\n"
    with ScriptedServer([mail], on, capabilities=capabilities) as server:
        got, told = attempt(f"taro%other.example:{server.port}",
                            clear_hosts=["other.example"])
        assert got == 0, told
        assert expected in told and "one by one" not in told, told
        assert "mails can be read ahead" in told, told


@pytest.mark.parametrize(
    "account, settings, expected",
    [
        ("taro", {}, "NAME%HOST"),
        ("taro\uff05localhost", {}, "U+FF05"),
        ("taro%localhost ", {}, "ends with a blank"),
        ("taro%[::1]:{port}", {"networks": []}, "upstream.networks"),
        ("taro%absent.example", {}, "absent.example"),
        ("taro%localhost:{port}", {"networks": []}, "Mekiki:"),
        ("taro%localhost:{port}", {"extra_ca": ""}, "does not know"),
        ("taro%other.example:{port}", {}, "other.example"),
    ],
)
def test_what_stops_it(dovecot, attempt, account, settings, expected):
    code, told = attempt(account.format(port=dovecot.port), **settings)
    assert code == 1, told
    last = told.strip().splitlines()[-1]
    assert last.startswith("stop") and expected in last, told
