"""A thousand sessions at once, some of which fetch; bench/sessions has 9,000."""

import pytest

from harness import many
from harness.mails import plain_mail
from harness.mekiki import is_sanitized

HOST = "pop.example.jp"
SESSIONS, FETCHING, MAILS = 1000, 100, 5
BODY = (b"x" * 70 + b"\r\n") * 110


@pytest.mark.parametrize("leg", ["clear", "tls"])
def test_all_are_served_and_memory_stays(start, corpus, authority, leg):
    tls = leg == "tls"
    corpus.zone.add_address(HOST, ["127.0.0.1"])
    mekiki = start(corpus.zone, {
        "upstream.hosts": [HOST], "upstream.extra_ca": str(authority.file),
        "upstream.clear_hosts": [] if tls else [HOST], "log.level": "info",
        "limits.sessions": SESSIONS, "limits.sessions_per_client": SESSIONS})
    mail = corpus.signed(plain_mail(b"many", BODY))
    port, ca = (mekiki.tls_port, mekiki.ca) if tls else (mekiki.port, None)
    with many.server(mail, authority.issue(HOST) if tls else None) as upstream:
        login = f"user{{}}@example.jp%{HOST}:{upstream}"
        with many.Clients(port, login, ca) as clients:
            clients.open(SESSIONS)
            with pytest.raises((AssertionError, OSError, EOFError)):
                clients.open(1)  # one too many
            clients.noop()
            clients.fetch(FETCHING, MAILS)
            once = mekiki.memory()
            clients.fetch(FETCHING, MAILS)
            assert is_sanitized() or mekiki.memory() < once + (8 << 20)
            clients.quit()
    assert mekiki.is_alive()
