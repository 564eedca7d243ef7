"""The dashboard's interface: who may see what, and what strangers may try."""

import json
import socket
import threading
import time

import pytest

from harness.account import Account
from harness.dashboard import PASSWORD, Visitor, setup_link
from harness.http import HttpClient
from harness.mails import DOMAIN
from harness.scripted import ScriptedServer
from harness.waiting import PATIENCE, until
from test_history import HOST, Mailbox, mail, rows

GETS = ["/api/overview?days=7", "/api/mails", "/api/mails/count", "/api/suggestions", "/api/mail?id=1", "/api/domains", "/api/deeds",
        f"/api/domain?name={DOMAIN}", "/api/keys", "/api/people", "/api/settings",
        "/api/own-domains", f"/api/own-domain?name={DOMAIN}",
        "/api/events", "/api/rules", "/api/borders", "/api/me", "/api/connection",
        "/api/doors", "/api/me/rules?client=mutt"]
POSTS = ["/api/sign-out", "/api/own-domains/check", "/api/rules", "/api/rules/remove", "/api/borders/answer",
         "/api/me/choice", "/api/me/forget", "/api/me/rehearse", "/api/me/token",
         "/api/people/choice", "/api/me/tokens/forget", "/api/me/word-known", "/api/me/code", "/api/me/erase", "/api/connection/end",
         "/api/sending/mark", "/api/sending/ignore"]
ADMINISTRATORS = ["/api/own-domains", f"/api/own-domain?name={DOMAIN}", "/api/keys", "/api/sending", "/api/sending/group", "/api/sending/source", "/api/sending/reports", "/api/sending/plan?domain=example.jp", "/api/people", "/api/settings", "/api/deeds"]
CHOICE = {"methods": ["A", "C"], "language": "ja", "when": "altered",
          "subject_mark": True, "word": "梅干し"}


@pytest.fixture(scope="module")
def mekiki(start, corpus):
    corpus.zone.add_address(HOST, ["127.0.0.1"])
    return start(corpus.zone, {"upstream.clear_hosts": [HOST], "users.allowed": "A,C,D"})


@pytest.fixture(scope="module")
def administrator(mekiki):
    made = Visitor(mekiki.admin_port)
    assert made.get("/api/session")["setup"] is True
    made.set_up(mekiki)
    assert made.get("/api/session")["setup"] is False
    return made


def refusing(session, command):
    session.line("-ERR [AUTH] wrong" if command == "PASS wrong" else "+OK")


@pytest.fixture(scope="module")
def server():
    with ScriptedServer(on={"PASS": refusing}) as server:
        yield server


@pytest.fixture(scope="module")
def boxes(mekiki, server, corpus):
    """Taro has two mails, Hanako another one."""
    made = {name: Mailbox(mekiki, server, name) for name in ("taro", "hanako")}
    assert made["taro"].fetch(mail(corpus, "one", 0), mail(corpus, "two", 1)) == ["new"] * 2
    assert made["hanako"].fetch(mail(corpus, "three", 0, signed=False))
    return made


@pytest.fixture(scope="module")
def taro(mekiki, boxes):
    made = Visitor(mekiki.admin_port)
    session = made.sign_in(boxes["taro"].login, "right")
    assert (session["role"], session["account"]) == ("user", boxes["taro"].login)
    return made


def code_of(answer):
    status, _, body = answer
    return status, json.loads(body)["error"]


# --------------------------------------------------------------- signing in


def test_nothing_is_shown_to_who_is_not_signed_in(mekiki, administrator):
    stranger = Visitor(mekiki.admin_port)
    for path in GETS:
        assert code_of(stranger.ask("GET", path)) == (401, "sign-in"), path
    for path in POSTS:
        assert code_of(stranger.ask("POST", path, {})) == (401, "sign-in"), path
    stranger.cookie = "mekiki_session=" + "0" * 64
    assert code_of(stranger.ask("GET", "/api/mails")) == (401, "sign-in")
    token = {"Authorization": "Bearer " + "0" * 64}
    assert code_of(stranger.ask("GET", "/api/me", fields=token)) == (401, "sign-in")


def test_the_link_works_once(mekiki, administrator):
    token = setup_link(mekiki).rsplit("/", 1)[1]
    again = Visitor(mekiki.admin_port)
    answer = again.ask("POST", "/api/setup", {"token": token, "password": "another one 12"})
    assert code_of(answer) == (403, "refused")
    assert Visitor(mekiki.admin_port).sign_in()["role"] == "admin"
    kept = mekiki.state / "admin-password"
    assert kept.stat().st_mode & 0o777 == 0o600
    assert kept.read_text().startswith("$argon2id$v=19$") and PASSWORD not in kept.read_text()
    assert token not in (mekiki.state / "mekiki.db").read_bytes().decode("latin-1")


def test_a_short_password_is_not_taken(start, corpus):
    fresh = start(corpus.zone)
    token = setup_link(fresh).rsplit("/", 1)[1]
    someone = Visitor(fresh.admin_port)
    short = someone.ask("POST", "/api/setup", {"token": token, "password": "123456789"})
    assert code_of(short) == (400, "bad-request")
    assert code_of(someone.ask("POST", "/api/sign-in", {"password": ""})) == (403, "refused")
    assert someone.set_up(fresh)["role"] == "admin"


def test_mail_is_served_without_a_password_file_that_can_be_read(start, corpus, folder):
    state = folder / "odd"
    state.mkdir(mode=0o700)
    (state / "admin-password").write_text("plain\n")
    odd = start(corpus.zone, state=state)
    assert "there is no dashboard: " in odd.log()
    assert Visitor(odd.admin_port).ask("GET", "/api/session")[0] == 404
    assert Visitor(odd.admin_port).ask("GET", "/healthz")[0] == 200
    odd.client().close()


def test_wrong_passwords_are_refused_and_slow_down(start, corpus):
    """The fifth guess would wait longer than anybody is kept waiting."""
    fresh = start(corpus.zone)
    Visitor(fresh.admin_port).set_up(fresh)
    answers = []
    lock = threading.Lock()

    def guess():
        answer = Visitor(fresh.admin_port).ask("POST", "/api/sign-in", {"password": "guess"})
        with lock:
            answers.append(answer)

    guess()
    threads = [threading.Thread(target=guess) for _ in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    codes = {code_of(a) for a in answers}
    assert codes == {(403, "refused"), (429, "too-many")}
    late = next(a for a in answers if a[0] == 429)
    assert int(late[1]["Retry-After"]) > 0


def test_a_silent_server_holds_up_nobody_else(mekiki, boxes):
    """Four sign-ins of a client at a time, ten seconds each."""
    with ScriptedServer(on={"GREETING": lambda session, _: session.stall()}) as silent:
        login = f"x%{HOST}:{silent.port}"
        answers = []

        def sign_in():
            asked = {"account": login, "password": "x"}
            answers.append(Visitor(mekiki.admin_port).ask("POST", "/api/sign-in", asked))

        began = time.monotonic()
        threads = [threading.Thread(target=sign_in) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert time.monotonic() - began < 30
    codes = sorted(code_of(a) for a in answers)
    assert codes == [(403, "refused")] * 4 + [(429, "too-many")] * 4
    someone = Visitor(mekiki.admin_port)
    assert someone.sign_in(boxes["taro"].login, "right")["role"] == "user"


def test_a_mailbox_is_signed_in_by_its_server(mekiki, boxes, server):
    login = boxes["taro"].login
    before = len(server.commands())
    for answer, expected in [
        (Visitor(mekiki.admin_port).ask("POST", "/api/sign-in", {"account": login, "password": "wrong"}),
         (403, "refused")),
        (Visitor(mekiki.admin_port).ask("POST", "/api/sign-in", {"account": "taro", "password": "x"}),
         (400, "bad-request")),
        (Visitor(mekiki.admin_port).ask("POST", "/api/sign-in", {"account": login}), (400, "bad-request")),
    ]:
        assert code_of(answer) == expected
    assert "PASS wrong" in server.commands()[before:]
    assert "RETR" not in " ".join(server.commands()[before:])
    assert "wrong" not in mekiki.log().replace("a wrong", "").replace("[AUTH] wrong", "")


def test_a_session_ends_at_sign_out(mekiki, administrator):
    someone = Visitor(mekiki.admin_port)
    someone.sign_in()
    assert someone.post("/api/sign-out", {})["role"] == "none"
    assert code_of(someone.ask("GET", "/api/mails")) == (401, "sign-in")


# ------------------------------------------------------------ other sites


def test_posts_need_the_sessions_token_and_our_own_page(mekiki, administrator, taro):
    rule = {"account": "", "kind": "author", "pattern": "x.example", "signer": "",
            "effect": "trust", "days": None}
    before = rows(mekiki, "SELECT count(*) FROM rule")
    for fields, expected in [
        ({"X-Mekiki-CSRF": None}, (403, "csrf")),
        ({"X-Mekiki-CSRF": ""}, (403, "csrf")),
        ({"X-Mekiki-CSRF": taro.csrf}, (403, "csrf")),  # another session's
        ({"Origin": None}, (403, "csrf")),
        ({"Origin": "null"}, (403, "csrf")),
        ({"Origin": "http://evil.example"}, (403, "csrf")),
        ({"Origin": "http://127.0.0.1:1"}, (403, "csrf")),
        ({"Origin": administrator.origin + ".evil.example"}, (403, "csrf")),
        ({"Content-Type": "text/plain"}, (400, "bad-request")),
        ({"Content-Type": None}, (400, "bad-request")),
    ]:
        answer = administrator.ask("POST", "/api/rules", rule, fields)
        assert code_of(answer) == expected, fields
    assert rows(mekiki, "SELECT count(*) FROM rule") == before


def test_signing_in_from_another_site_is_refused(mekiki, administrator):
    answer = Visitor(mekiki.admin_port).ask("POST", "/api/sign-in", {"password": PASSWORD},
                                 {"Origin": "http://evil.example"})
    assert code_of(answer) == (403, "csrf")


def test_another_name_for_this_address_is_refused(mekiki, administrator):
    for path in ("/", "/api/session", "/api/mails"):
        status, _, body = administrator.ask("GET", path, host="rebound.example")
        assert status == 421 and b"new" not in body, path


def test_the_cookie_is_for_us_alone(mekiki, administrator):
    _, fields, _ = Visitor(mekiki.admin_port).ask("POST", "/api/sign-in", {"password": PASSWORD})
    name, *attributes = fields["Set-Cookie"].split("; ")
    assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= set(attributes)


def test_pages_run_nothing_but_ours(mekiki):
    _, fields, body = Visitor(mekiki.admin_port).ask("GET", "/")
    policy = dict(p.split(" ", 1) for p in fields["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == "'none'" and policy["script-src"] == "'self'"
    assert policy["frame-ancestors"] == "'none'" and policy["form-action"] == "'none'"
    assert "unsafe" not in fields["Content-Security-Policy"]
    assert fields["X-Content-Type-Options"] == "nosniff"
    assert b"<script" in body and b"http:" not in body.replace(b"http://www.w3.org", b"")


def test_there_is_nothing_but_the_pages(mekiki):
    visitor = Visitor(mekiki.admin_port)
    for path in ("/../etc/passwd", "/assets/../../etc/passwd", "/assets/%2e%2e/%2e%2e/etc/passwd",
                 "/assets/", "/index.html/", "//etc/passwd", "/api", "/api/", "/api/Mails",
                 "/assets/..%5c..", "/\\etc\\passwd"):
        status, _, body = visitor.ask("GET", path)
        assert status in (400, 404) and b"root:" not in body, path


def test_oversized_requests_end_early(mekiki, administrator):
    big = {"Cookie": administrator.cookie, "X-Mekiki-CSRF": administrator.csrf}
    status, _, _ = administrator.ask("POST", "/api/rules", b"{" + b" " * 20_000 + b"}", big)
    assert status == 413
    status, _, _ = administrator.ask("GET", "/api/mails?domain=" + "x" * 9_000)
    assert status == 431
    deep = b'{"kind": ' + b"[" * 3_000 + b"]" * 3_000 + b"}"
    assert code_of(administrator.ask("POST", "/api/rules", deep)) == (400, "bad-request")
    for body in (b"", b"[]", b"null", b"{", b'{"id": 1} x', b"\xff"):
        assert code_of(administrator.ask("POST", "/api/rules", body)) == (400, "bad-request")


# ------------------------------------------------------------ who sees what


def test_a_user_sees_his_own(mekiki, boxes, taro, administrator):
    hanako = boxes["hanako"].login
    everybody = administrator.get("/api/mails")["mails"]
    assert {m["account"] for m in everybody} == {b.login for b in boxes.values()}

    assert len(taro.get("/api/mails")["mails"]) == 2
    mine = taro.get("/api/mails", account=hanako)["mails"]
    assert {m["account"] for m in mine} == {boxes["taro"].login}
    hers = next(m for m in everybody if m["account"] == hanako)
    assert code_of(taro.ask("GET", f"/api/mail?id={hers['id']}")) == (404, "not-found")
    assert administrator.get("/api/mail", id=hers["id"])["account"] == hanako
    for path in ADMINISTRATORS:
        assert code_of(taro.ask("GET", path)) == (403, "forbidden"), path
    assert code_of(administrator.ask("GET", "/api/me")) == (403, "forbidden")

    def count(overview):
        return sum(d[v] for d in overview["days"]
                   for v in ("genuine", "new", "unverified", "altered", "forged"))

    assert count(taro.get("/api/overview", days=7)) == 2
    assert "accounts" not in taro.get("/api/overview", days=7)
    assert count(administrator.get("/api/overview", days=7)) == 3
    assert hanako not in json.dumps(taro.get("/api/domain", name=DOMAIN))
    assert {h["scope"] for h in taro.get("/api/domain", name=DOMAIN)["histories"]} == {
        boxes["taro"].login}


def test_a_mails_story_holds_its_results(taro):
    first = taro.get("/api/mails", limit=1)["mails"][0]
    story = taro.get("/api/mail", id=first["id"], lang="ja")
    dkim = next(r for r in story["results"] if r["method"] == "dkim")
    assert dkim["result"] == "pass"
    assert {"name": "header.d", "value": DOMAIN} in dkim["properties"]
    assert story["verdict"] == "new" and "。" in story["sentence"]
    assert story["author"] and story["subject"] and story["for_user"] is False
    assert story["header"] is None and story["story"] is None  # history.keep


def test_texts_of_mails_that_are_not_forged_are_their_readers(taro, administrator):
    """history.keep = "own", the default: whatever the administrator asks."""
    mine = taro.get("/api/mails", limit=1)["mails"][0]
    assert mine["subject"] and mine["author"]
    word = mine["author"].partition("@")[0]

    def hidden(m):
        return (m["author"], m["subject"], m["for_user"]) == (None, None, True)

    assert all(hidden(m) for m in administrator.get("/api/mails")["mails"])
    story = administrator.get("/api/mail", id=mine["id"])
    assert hidden(story) and story["header"] is None and story["story"] is None
    assert story["author_domain"] == mine["author_domain"]
    everything = "".join(
        administrator.ask("GET", path.replace("id=1", f"id={mine['id']}"))[2].decode()
        for path in GETS if path != "/api/events")
    assert mine["author"] not in everything and mine["author_domain"] in everything
    for asked, found in ((taro, True), (administrator, False)):
        assert bool(asked.get("/api/mails", search=f"{word}@")["mails"]) == found
        assert bool(asked.get("/api/mails/count", search=f"{word}@")["mails"]) == found
        assert asked.get("/api/mails", search=mine["author_domain"])["mails"]


def test_what_a_reader_reports_the_administrator_sees_whole(taro, administrator):
    mine = taro.get("/api/mails", limit=1)["mails"][0]
    report = {"mail": mine["id"], "said": "report"}
    # Nobody else can hand it over.
    assert administrator.ask("POST", "/api/feedback", report)[0] == 403
    taro.post("/api/feedback", report)
    assert administrator.get("/api/mail", id=mine["id"])["subject"] == mine["subject"]
    assert mine["subject"] in [m["subject"] for m in administrator.get("/api/reports")["reports"]]
    taro.post("/api/feedback", {**report, "said": ""})
    assert administrator.get("/api/mail", id=mine["id"])["subject"] is None


def test_pages_of_mails_hold_each_once(taro):
    seen, cursor = [], None
    while True:
        got = taro.get("/api/mails", limit=1, **({"before": cursor} if cursor else {}))
        seen += [m["id"] for m in got["mails"]]
        cursor = got["next"]
        if not cursor:
            break
    assert len(seen) == len(set(seen)) == 2


def test_filters(administrator, boxes):
    def found(**which):
        return len(administrator.get("/api/mails", **which)["mails"])

    assert found(verdict="new") == 2
    assert found(verdict="forged,altered") == 0
    assert found(domain=DOMAIN) == 3 == found(domain=DOMAIN.upper())
    assert found(domain="%") == 0 and found(domain="example") in (0, 3)
    assert found(account=boxes["hanako"].login) == 1
    assert found(**{"from": 1 << 33}) == 0 and found(to=1) == 0
    for query in ("verdict=bad", "lang=%zz", "lang=%ff"):
        answer = administrator.ask("GET", "/api/mails?" + query)
        assert code_of(answer) == (400, "bad-request"), query


def test_a_search(administrator, taro, boxes):
    def found(who=administrator, **which):
        mails = who.get("/api/mails", **which)["mails"]
        total = who.get("/api/mails/count", **which)
        assert total == {"mails": len(mails), "whole": True}, which
        return len(mails)

    domain = DOMAIN.upper()[2:]
    assert found() == 3 == found(search=domain)
    assert found(taro) == 2 == found(taro, search=domain)
    # For the administrator an account, for Taro the author of both his mails.
    assert found(search="hanako") == 1 and found(taro, search="hanako") == 2
    assert found(search="taro " + domain) == 2 and found(search="taro hanako") == 0
    code = taro.get("/api/mails", limit=1)["mails"][0]["code"]
    assert found(taro, search=code) == 2 == found(search=domain, verdict="new")
    assert found(search=code[:-1]) == 0
    for lang, word in (("en", "proven"), ("ja", "確認")):
        sentences = [m["sentence"] for m in administrator.get("/api/mails", lang=lang)["mails"]]
        assert found(search=word, lang=lang) == sum(word in s for s in sentences), sentences
    for wrong in ("%%", "__", "*.*", "' OR 1=1 --", "<script>", "=1+1", "\0\0"):
        assert found(search=wrong) == 0, wrong
    for query in ("search=a", "search=%20", "search=" + "x" * 201, "search=a+b+c+d+e+f+g+h+i"):
        for path in ("/api/mails", "/api/mails/count"):
            answer = administrator.ask("GET", path + "?" + query)
            assert code_of(answer) == (400, "bad-request"), query

    named = administrator.get("/api/suggestions", search="Hana")
    assert named == {"accounts": [boxes["hanako"].login], "domains": []}
    assert administrator.get("/api/suggestions", search=domain)["domains"] == [DOMAIN]
    assert taro.get("/api/suggestions", search="taro") == {"accounts": [], "domains": []}
    assert administrator.get("/api/suggestions", search="x" * 999)["accounts"] == []


# ------------------------------------------------------------------- acting


def test_a_user_trusts_for_himself_alone(mekiki, boxes, taro, administrator, corpus):
    rule = {"account": boxes["hanako"].login, "kind": "author", "pattern": f"*@{DOMAIN}",
            "signer": "", "effect": "trust", "days": None}
    number = taro.post("/api/rules", rule)["id"]
    (made,) = taro.get("/api/rules")["rules"]
    assert made["account"] == boxes["taro"].login and made["id"] == number
    assert boxes["taro"].fetch(mail(corpus, "trusted", 0)) == ["genuine"]
    assert boxes["hanako"].fetch(mail(corpus, "not by her", 0)) == ["new"]

    other = administrator.post("/api/rules", rule | {"effect": "distrust", "days": 30})["id"]
    assert administrator.get("/api/domain", name=DOMAIN)["rules"]
    gone = taro.ask("POST", "/api/rules/remove", {"id": other})
    assert code_of(gone) == (404, "not-found")
    administrator.post("/api/rules/remove", {"id": other})
    taro.post("/api/rules/remove", {"id": number})
    assert administrator.get("/api/rules")["rules"] == []

    for change in ({"kind": "x"}, {"pattern": ""}, {"pattern": "a b"}, {"days": 0},
                   {"days": 1e30}, {"effect": None}, {"signer": "not a domain"}):
        answer = taro.ask("POST", "/api/rules", rule | change)
        assert code_of(answer) == (400, "bad-request"), change


def test_a_user_chooses(mekiki, boxes, taro):
    me = taro.get("/api/me")
    assert me["chosen"] is False and me["allowed"] == ["A", "C", "D"]
    for change in ({"methods": ["B"]}, {"methods": "A"}, {"when": "x"}, {"language": "fr"},
                   {"word": "two\nlines"}, {"word": "x" * 65}, {"subject_mark": 1}):
        answer = taro.ask("POST", "/api/me/choice", CHOICE | change)
        assert code_of(answer) == (400, "bad-request"), change
    assert taro.get("/api/me")["chosen"] is False

    rehearsal = taro.post("/api/me/rehearse", CHOICE)
    assert rehearsal["mails"] == rehearsal["new"] + rehearsal["genuine"] >= 2
    assert taro.get("/api/me")["chosen"] is False
    me = taro.post("/api/me/choice", CHOICE)
    assert me["chosen"] is True and me["choice"] == CHOICE
    shown = Account(mekiki, boxes["taro"].server).user("show")
    assert "A (rewritten), C (labels)" in shown and "梅干し" in shown
    assert taro.post("/api/me/forget", {})["chosen"] is False


def test_an_administrator_chooses_for_a_user(mekiki, boxes, taro, administrator):
    def choose(visitor, **change):
        body = {"account": boxes["taro"].login, "methods": ["A", "D"], "when": "new"}
        return visitor.ask("POST", "/api/people/choice", body | change)

    taro.post("/api/me/choice", CHOICE)
    assert code_of(choose(taro)) == (403, "forbidden")
    for change in ({"methods": ["B"]}, {"methods": "A"}, {"when": "x"}, {"account": ""}, {"account": "no server"}):
        assert code_of(choose(administrator, **change)) == (400, "bad-request"), change
    assert code_of(choose(administrator, account=f"nobody%{HOST}")) == (404, "not-found")
    assert taro.get("/api/me")["choice"] == CHOICE
    status, _, body = choose(administrator)
    assert (status, json.loads(body)) == (200, {})
    # Language, word and mark are the user's.
    assert taro.get("/api/me")["choice"] == CHOICE | {"methods": ["A", "D"], "when": "new"}
    people = administrator.get("/api/people")
    assert people["allowed"] == ["A", "C", "D"]
    [row] = [p for p in people["people"] if p["account"] == boxes["taro"].login]
    assert row["chosen"] and row["choice"]["methods"] == ["A", "D"]
    deed = administrator.get("/api/deeds")["deeds"][0]
    assert deed["what"] == "people/choice" and boxes["taro"].login in deed["details"]
    taro.post("/api/me/forget", {})


def test_a_mail_is_found_by_its_uidl_and_digest(mekiki, boxes, taro, administrator):
    [[number, digest]] = rows(
        mekiki, "SELECT id, digest FROM mail WHERE account LIKE 'hanako%' AND digest NOT IN "
        "(SELECT digest FROM mail WHERE account NOT LIKE 'hanako%') ORDER BY id DESC LIMIT 1")
    assert administrator.get("/api/mail", digest=digest)["id"] == number
    answer = taro.ask("GET", f"/api/mail?digest={digest}")
    assert code_of(answer) == (404, "not-found")
    mine = taro.get("/api/mails")["mails"][0]["id"]
    found = taro.get("/api/mail", uidl=taro.get("/api/mail", id=mine)["uidl"])
    assert found["id"] == mine


def test_keys_that_changed_alone(administrator):
    assert administrator.get("/api/keys", changed=7) == {"keys": [], "next": None}
    assert code_of(administrator.ask("GET", "/api/keys?changed=x")) == (400, "bad-request")


def test_a_token_speaks_for_its_mailbox(mekiki, boxes, taro):
    token = taro.post("/api/me/token", {})["token"]
    assert token not in str(rows(mekiki, "SELECT * FROM access_token"))
    addon = Visitor(mekiki.admin_port)
    addon.origin = None  # an add-on's is not ours
    bearer = {"Authorization": f"Bearer {token}", "Origin": "moz-extension://x"}
    status, _, body = addon.ask("GET", "/api/me", fields=bearer)
    assert status == 200 and json.loads(body)["account"] == boxes["taro"].login
    rule = {"account": "", "kind": "author", "pattern": "taro@evil.example", "signer": "",
            "effect": "distrust", "days": None}
    status, _, body = addon.ask("POST", "/api/rules", rule, bearer)
    assert status == 200
    taro.post("/api/rules/remove", json.loads(body))
    assert code_of(addon.ask("GET", "/api/people", fields=bearer)) == (403, "forbidden")
    assert taro.post("/api/me/tokens/forget", {})["tokens"] == []
    assert code_of(addon.ask("GET", "/api/me", fields=bearer)) == (401, "sign-in")


# --------------------------------------------------------------------- live


def test_events_come_as_mails_do_and_end_with_the_session(mekiki, boxes, corpus):
    someone = Visitor(mekiki.admin_port)
    someone.sign_in(boxes["taro"].login, "right")
    with HttpClient(someone.port) as stream:
        stream.send(f"GET /api/events?lang=en HTTP/1.1\r\nHost: localhost\r\n"
                    f"Cookie: {someone.cookie}\r\n\r\n".encode())
        until(lambda: b"retry:" in stream.buffer or stream._fill(), "the stream begins")
        assert b"Content-Type: text/event-stream" in stream.buffer
        boxes["hanako"].fetch(mail(corpus, "hers", 0))
        boxes["taro"].fetch(mail(corpus, "his", 0))
        until(lambda: b"data: " in stream.buffer or stream._fill(), "an event")
        event = json.loads(stream.buffer.split(b"data: ", 1)[1].split(b"\n")[0])
        assert event["account"] == boxes["taro"].login and event["verdict"] == "new"
        assert event["subject"] == "his" and event["for_user"] is False
        assert boxes["hanako"].login.encode() not in stream.buffer
        someone.post("/api/sign-out", {})
        boxes["taro"].fetch(mail(corpus, "unseen", 0))
        before = stream.buffer
        stream.socket.settimeout(PATIENCE)
        assert stream.socket.recv(65536) == b"", before


def test_events_hide_from_administrators_what_lists_do(mekiki, boxes, corpus):
    someone = Visitor(mekiki.admin_port)
    someone.sign_in()
    with HttpClient(someone.port) as stream:
        stream.send(f"GET /api/events?lang=en HTTP/1.1\r\nHost: localhost\r\n"
                    f"Cookie: {someone.cookie}\r\n\r\n".encode())
        until(lambda: b"retry:" in stream.buffer or stream._fill(), "the stream begins")
        boxes["taro"].fetch(mail(corpus, "between us", 0))
        until(lambda: b"data: " in stream.buffer or stream._fill(), "an event")
        event = json.loads(stream.buffer.split(b"data: ", 1)[1].split(b"\n")[0])
        assert event["author_domain"] == DOMAIN and event["for_user"] is True
        assert b"between us" not in stream.buffer and b"hanako@" not in stream.buffer


def test_too_many_listeners_are_refused(mekiki, administrator, taro):
    streams = []
    try:
        for _ in range(8):
            s = socket.create_connection(("127.0.0.1", taro.port), timeout=PATIENCE)
            s.sendall(f"GET /api/events HTTP/1.1\r\nHost: localhost\r\n"
                      f"Cookie: {taro.cookie}\r\n\r\n".encode())
            assert s.recv(4096).startswith(b"HTTP/1.1 200")
            streams.append(s)
        assert code_of(taro.ask("GET", "/api/events")) == (503, "unavailable")
    finally:
        for s in streams:
            s.close()


# ------------------------------------------------------------------ erasing


def test_a_user_erases_what_is_kept_of_his_mails_alone(mekiki, boxes, taro, administrator, corpus):
    hers = administrator.get("/api/mails/count", account=boxes["hanako"].login)
    assert taro.get("/api/mails/count")["mails"] > 0 and hers["mails"] > 0
    taro.post("/api/me/choice", CHOICE)
    assert taro.post("/api/me/erase", {})["choice"]["word"] == CHOICE["word"]
    assert taro.get("/api/mails/count") == {"mails": 0, "whole": True}
    assert administrator.get("/api/mails", search="taro")["mails"] == []
    assert administrator.get("/api/mails/count", account=boxes["hanako"].login) == hers
    assert all(d["new"] == 0 for d in taro.get("/api/overview", days=7)["days"])
    assert code_of(administrator.ask("POST", "/api/me/erase", {}))[1] == "forbidden"
    # Mail goes on being noted.
    assert boxes["taro"].fetch(mail(corpus, "afterwards", 0)) == ["new"]
    until(lambda: taro.get("/api/mails/count")["mails"] == 1, "the mail is noted")
