"""Keys from real DNS servers: signed with DNSSEC, tampered with, silent."""

import json
import socket

import pytest

from harness.mails import DOMAIN, plain_mail
from harness.mekiki import binary, to_toml
from harness.nsd import Nsd
from harness.process import run

KEY = f"ed._domainkey.{DOMAIN}"


@pytest.fixture(scope="module")
def mail(folder, corpus):
    file = folder / "signed.eml"
    file.write_bytes(corpus.dkimpy(plain_mail(b"good", b"text\r\n"), "ed"))
    return file


@pytest.fixture(scope="module")
def texts(corpus):
    return {KEY: corpus.zone.texts()[KEY]}


@pytest.fixture
def nsd(tmp_path):
    made = Nsd(tmp_path / "nsd")
    yield made
    made.end()


def judge(tmp_path, mail, port, **settings):
    """`mekiki verify` with the zone asked of 127.0.0.1:port."""
    configuration = tmp_path / "mekiki.toml"
    chosen = {f"dns.{key}": value for key, value in settings.items()}
    stub = f'[[dns.stub]]\nzone = "{DOMAIN}"\nservers = ["127.0.0.1:{port}"]\n'
    configuration.write_text(to_toml(chosen) + stub)
    done = run(
        [binary(), "verify", "--json", "--config", configuration, mail], check=False
    )
    assert done.stdout, done.stderr
    answer = json.loads(done.stdout)
    return answer["x_dkim_check"], answer["dkim"][0]


def test_a_zone_without_dnssec(nsd, tmp_path, mail, texts):
    nsd.add(DOMAIN, texts)
    check, signature = judge(tmp_path, mail, nsd.start().port)
    assert (check, signature["result"]) == ("pass", "pass")


def test_a_signed_zone(nsd, tmp_path, mail, texts):
    anchor = nsd.add_signed(DOMAIN, texts)
    port = nsd.start().port
    check, signature = judge(
        tmp_path, mail, port, dnssec="strict", trust_anchor_files=[str(anchor)]
    )
    assert (check, signature["result"]) == ("pass", "pass")


@pytest.mark.parametrize("dnssec", ["opportunistic", "strict"])
def test_a_key_changed_after_the_zone_was_signed(
    nsd, tmp_path, mail, texts, dnssec
):
    """It would verify, but the DNS says that it is forged: no answer."""
    other = {KEY: "v=DKIM1; k=ed25519; p=AAAA"}

    def forge(zone):
        assert "p=AAAA" in zone
        return zone.replace(other[KEY], texts[KEY])

    anchor = nsd.add_signed(DOMAIN, other, forge)
    port = nsd.start().port
    check, signature = judge(
        tmp_path, mail, port, dnssec=dnssec, trust_anchor_files=[str(anchor)]
    )
    assert (check, signature["result"]) == ("none", "temperror"), signature
    # The same answer, believed where nobody looks at its signature.
    check, signature = judge(tmp_path, mail, port, dnssec="off")
    assert (check, signature["result"]) == ("pass", "pass")


def test_a_missing_key_and_a_missing_signature(nsd, tmp_path, mail):
    anchor = nsd.add_signed(DOMAIN, {f"other.{DOMAIN}": "text"})
    port = nsd.start().port
    check, signature = judge(
        tmp_path, mail, port, dnssec="strict", trust_anchor_files=[str(anchor)]
    )
    assert (check, signature["result"]) == ("none", "permerror"), signature


def test_a_server_that_says_nothing(tmp_path, mail):
    """The deadline is ours: the mail is judged, and never as forged."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        port = silent.getsockname()[1]
        check, signature = judge(tmp_path, mail, port, deadline="300ms")
    assert (check, signature["result"]) == ("none", "temperror"), signature
