"""`mekiki try`: each step of a login, and who refused it."""

import pytest

from harness.dovecot import Dovecot
from harness.mekiki import binary, to_toml
from harness.process import run


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
        chosen.update({f"upstream.{key}": value for key, value in settings.items()})
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
    "account, settings, expected",
    [
        ("taro", {}, "NAME%HOST"),
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
