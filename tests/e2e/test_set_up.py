"""People set up their mail clients by themselves: the add-on, its code and what
somebody may try with it, rules, the secret word, invitations."""

import hashlib
import io
import itertools
import json
import re
import urllib.parse
import ssl
import zipfile

import pytest

from harness.addon import FOLDER
from harness.dashboard import PASSWORD, Visitor
from harness.mails import DOMAIN
from harness.scripted import ScriptedServer
from harness.waiting import until
from test_history import HOST, Mailbox, mail, rows

CODE = re.compile(r"(?:[0-9A-HJKMNP-TV-Z]{4}-){2}[0-9A-HJKMNP-TV-Z]{4}")
networks = itertools.count(1)
ADDON = {"Origin": "moz-extension://0b5a", "Cookie": None, "X-Mekiki-CSRF": None}
CHOICE = {"methods": ["C", "D"], "language": "ja", "when": "altered",
          "subject_mark": False, "word": "梅干し"}
ROUTE = {"pattern": "*@office.example", "host": "pop.office.example"}
# What an add-on's token must not do.
FORBIDDEN = ["/api/me/choice", "/api/me/forget", "/api/me/rehearse", "/api/me/token",
             "/api/me/tokens/forget", "/api/me/word-known", "/api/me/code",
             "/api/borders/answer", "/api/reports/answer", "/api/sign-out"]
FORBIDDEN_READING = ["/api/me/rules?client=mutt", "/api/doors", "/api/people", "/api/settings",
                     "/api/keys", "/api/events", "/api/borders"]


def wrong_password(session, command):
    session.line("-ERR [AUTH] wrong" if command == "PASS wrong" else "+OK")


@pytest.fixture(scope="module")
def mekiki(start, corpus):
    corpus.zone.add_address(HOST, ["127.0.0.1"])
    return start(corpus.zone, {"upstream.clear_hosts": [HOST], "users.budget": 0,
                               "route": [ROUTE]})


@pytest.fixture(scope="module")
def server():
    with ScriptedServer(on={"PASS": wrong_password}) as server:
        yield server


@pytest.fixture(scope="module")
def boxes(mekiki, server, corpus):
    made = {name: Mailbox(mekiki, server, name) for name in ("taro", "hanako")}
    assert made["taro"].fetch(mail(corpus, "one", 0)) == ["new"]
    assert made["hanako"].fetch(mail(corpus, "two", 0)) == ["new"]
    return made


@pytest.fixture(scope="module")
def administrator(mekiki, boxes):
    made = Visitor(mekiki.admin_port)
    made.set_up(mekiki)
    return made


@pytest.fixture()
def taro(mekiki, boxes, administrator):
    made = Visitor(mekiki.admin_port)
    made.sign_in(boxes["taro"].login, "right")
    made.post("/api/me/tokens/forget", {})
    return made


def new_code(visitor):
    made = visitor.post("/api/me/code", {})
    assert CODE.fullmatch(made["code"]) and made["seconds"] == 600
    return made["code"]


def pair(mekiki, code, fields=None, client=None, language="en"):
    """As an add-on does it, from another network each time, unless one is given:
    (status, answer)."""
    client = client or f"127.1.{next(networks)}.1"
    status, _, body = Visitor(mekiki.admin_port, client).ask(
        "POST", f"/api/pair?lang={language}", {"code": code}, ADDON | (fields or {}))
    return status, json.loads(body)


def by_token(mekiki, token, method, path, body=None):
    status, _, answer = Visitor(mekiki.admin_port).ask(
        method, path, body, ADDON | {"Authorization": f"Bearer {token}"})
    return status, json.loads(answer)


# ------------------------------------------------------------------ files


def test_the_addon_and_the_certificate_are_there_for_everybody(mekiki, folder):
    stranger = Visitor(mekiki.admin_port)
    status, fields, octets = stranger.ask("GET", "/addon.xpi")
    assert status == 200
    assert fields["Content-Type"] == "application/octet-stream"
    assert fields["Content-Disposition"] == 'attachment; filename="mekiki-thunderbird.xpi"'
    assert fields["X-Content-Type-Options"] == "nosniff"
    with zipfile.ZipFile(io.BytesIO(octets)) as archive:
        files = {p.relative_to(FOLDER).as_posix(): p.read_bytes()
                 for p in FOLDER.rglob("*") if p.is_file()}
        assert {name: archive.read(name) for name in archive.namelist()} == files
        assert all(i.compress_type == zipfile.ZIP_STORED for i in archive.infolist())
    assert stranger.ask("GET", "/addon.xpi")[2] == octets
    status, fields, pem = stranger.ask("GET", "/mekiki-ca.pem")
    assert status == 200 and "mekiki-ca.pem" in fields["Content-Disposition"]
    assert b"PRIVATE" not in pem
    assert pem == (mekiki.state / "tls" / "ca.pem").read_bytes()


def test_the_fingerprint_is_that_of_the_certificate(mekiki, taro):
    doors = taro.get("/api/doors")
    pem = taro.ask("GET", "/mekiki-ca.pem")[2].decode()
    digest = hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).hexdigest().upper()
    assert doors["ca_sha256"].replace(":", "") == digest
    assert doors["pop3"] == [mekiki.port]
    assert "routes" not in doors


def test_routes_are_told_to_administrators(administrator):
    assert administrator.get("/api/doors")["routes"] == [ROUTE]


# ----------------------------------------------------------------- the code


def test_a_code_becomes_a_token_of_its_account(mekiki, boxes, taro):
    taro.post("/api/me/choice", CHOICE)
    code = new_code(taro)
    status, made = pair(mekiki, code.lower().replace("-", " "))
    assert status == 200, made
    assert made["account"] == boxes["taro"].login
    assert made["values"] == mekiki.label_values(boxes["taro"].login)
    assert re.fullmatch("[0-9a-f]{12}", made["tag"])
    assert made["choice"] == CHOICE
    token = made.pop("token")
    assert re.fullmatch("[0-9a-f]{64}", token)
    assert by_token(mekiki, token, "GET", "/api/connection") == (200, made)
    kept = str(rows(mekiki, "SELECT * FROM access_token"))
    assert token not in kept and hashlib.sha256(token.encode()).hexdigest() in kept
    [listed] = taro.get("/api/me")["tokens"]
    assert (listed["way"], listed["id"]) == (
        "code", hashlib.sha256(token.encode()).hexdigest()[:16])
    assert 0 <= listed["seen"] - listed["made"] < 600
    assert pair(mekiki, code)[0] == 403, "a second time"
    status, reason = by_token(mekiki, "0" * 64, "GET", "/api/connection")
    assert (status, reason["error"]) == (401, "sign-in")


def test_one_who_chose_nothing_is_warned_in_the_language_of_the_page(mekiki, boxes, taro):
    def said():
        me = taro.get("/api/me")
        return me["choice"]["language"], me["chosen"]

    taro.post("/api/me/forget", {})
    assert said() == ("en", False)
    who = {"account": boxes["taro"].login, "password": "right"}
    taro.begin("/api/sign-in", who)
    assert said() == ("en", False), "a program that names no language"
    taro.begin("/api/sign-in?lang=ja", who)
    assert said() == ("ja", False)
    taro.begin("/api/sign-in?lang=en", who)
    assert said() == ("ja", False), "the first that was named stays"
    # As all that others chose it outlasts another sign-in.
    taro.post("/api/me/choice", CHOICE | {"language": "en"})
    taro.begin("/api/sign-in?lang=ja", who)
    assert said() == ("en", True)


def test_the_add_on_brings_its_language(mekiki, boxes, taro):
    taro.post("/api/me/forget", {})
    status, made = pair(mekiki, new_code(taro), language="ja")
    assert (status, made["choice"]["language"]) == (200, "ja")
    assert made["choice"]["when"] == "forged"


def test_a_token_reads_and_marks_its_account_alone(mekiki, boxes, taro):
    token = pair(mekiki, new_code(taro))[1]["token"]
    for query in ("", "?account=" + urllib.parse.quote(boxes["hanako"].login)):
        status, listed = by_token(mekiki, token, "GET", "/api/mails" + query)
        assert status == 200
        assert {m["account"] for m in listed["mails"]} <= {boxes["taro"].login}, query
    hers = rows(mekiki, "SELECT id FROM mail WHERE account LIKE 'hanako%'")[0][0]
    assert by_token(mekiki, token, "GET", f"/api/mail?id={hers}")[0] == 404
    assert by_token(mekiki, token, "POST", "/api/feedback",
                    {"mail": hers, "said": "report"})[0] == 409
    rule = {"account": boxes["hanako"].login, "kind": "author", "pattern": DOMAIN,
            "signer": DOMAIN, "effect": "trust", "days": 30}
    status, made = by_token(mekiki, token, "POST", "/api/rules", rule)
    assert status == 200
    [kept] = rows(mekiki, f"SELECT account FROM rule WHERE id = {made['id']}")
    assert kept[0] == boxes["taro"].login
    assert by_token(mekiki, token, "POST", "/api/rules/remove", {"id": made["id"]})[0] == 200
    for path in FORBIDDEN:
        assert by_token(mekiki, token, "POST", path, {})[0] == 403, path
    for path in FORBIDDEN_READING:
        assert by_token(mekiki, token, "GET", path)[0] == 403, path
    assert len(taro.get("/api/me")["tokens"]) == 1


def test_tokens_are_revoked_one_by_one_and_by_themselves(mekiki, boxes, taro):
    hanako = Visitor(mekiki.admin_port)
    hanako.sign_in(boxes["hanako"].login, "right")
    hers = pair(mekiki, new_code(hanako))[1]["token"]
    first = pair(mekiki, new_code(taro))[1]["token"]
    second = pair(mekiki, new_code(taro))[1]["token"]
    one = hashlib.sha256(first.encode()).hexdigest()[:16]
    status, _, body = hanako.ask("POST", "/api/me/tokens/forget", {"id": one})
    assert status == 200, "of her own none is called so"
    for bad in ("", "%", one[:15], one + "0", 7, None):
        assert taro.ask("POST", "/api/me/tokens/forget", {"id": bad})[0] == 400, bad
    assert by_token(mekiki, first, "GET", "/api/connection")[0] == 200
    left = taro.post("/api/me/tokens/forget", {"id": one})["tokens"]
    assert [t["id"] for t in left] == [hashlib.sha256(second.encode()).hexdigest()[:16]]
    assert by_token(mekiki, first, "GET", "/api/connection")[0] == 401
    assert by_token(mekiki, second, "POST", "/api/connection/end", {})[0] == 200
    assert by_token(mekiki, second, "GET", "/api/connection")[0] == 401
    assert by_token(mekiki, hers, "GET", "/api/connection")[0] == 200


# --------------------------------------------------------- what may be tried


def test_five_guesses_end_a_code(mekiki, taro):
    code = new_code(taro)
    guess = code[:-1] + ("7" if code[-1] != "7" else "8")
    for _ in range(5):
        status, answer = pair(mekiki, guess)
        assert (status, answer["error"]) == (403, "refused")
        assert code not in json.dumps(answer)
    assert pair(mekiki, code)[0] == 403
    until(lambda: "was guessed at too often" in mekiki.log(), "the log says so")
    assert pair(mekiki, new_code(taro))[0] == 200, "a new one counts"


def test_neither_codes_nor_tokens_are_logged_or_kept(mekiki, taro):
    code = new_code(taro)
    token = pair(mekiki, code)[1]["token"]
    wrong = new_code(taro)[:-1] + "*"
    pair(mekiki, wrong)
    unused = new_code(taro)
    by_token(mekiki, token, "GET", "/api/connection")
    until(lambda: "an add-on was connected" in mekiki.log(), "the log has the connection")
    places = [mekiki.log().encode()] + [
        p.read_bytes() for p in mekiki.state.rglob("*") if p.is_file()]
    for secret in (code, token, wrong, unused):
        for spelled in {secret, secret.replace("-", "")}:
            assert not any(spelled.encode() in place for place in places), spelled


def test_a_code_ends_with_the_session_that_shows_it(mekiki, boxes, taro):
    code = new_code(taro)
    other = Visitor(mekiki.admin_port)
    other.sign_in(boxes["taro"].login, "right")
    other.post("/api/sign-out", {})
    assert pair(mekiki, "0" + code[1:])[0] == 403
    taro.post("/api/sign-out", {})
    assert pair(mekiki, code)[0] == 403
    taro.sign_in(boxes["taro"].login, "right")
    code = new_code(taro)
    taro.sign_in(boxes["taro"].login, "right")  # in the same browser
    assert pair(mekiki, code)[0] == 403


def test_codes_are_for_users_who_signed_in(mekiki, administrator, taro):
    assert administrator.ask("POST", "/api/me/code", {})[0] == 403
    assert Visitor(mekiki.admin_port).ask("POST", "/api/me/code", {})[0] == 401
    assert taro.ask("GET", "/api/me/code")[0] == 405
    assert taro.ask("POST", "/api/me/code", {}, {"X-Mekiki-CSRF": "0" * 64})[0] == 403
    assert taro.ask("POST", "/api/me/code", {}, {"Origin": "https://evil.example"})[0] == 403


@pytest.mark.parametrize("fields", [
    {"Origin": "https://evil.example"}, {"Origin": "null"},
    {"Origin": "http://127.0.0.1:1"}, {"Content-Type": "text/plain"},
    {"Content-Type": "application/x-www-form-urlencoded"}])
def test_no_web_page_can_send_a_code(mekiki, taro, fields):
    """Not even a right one: it would guess from its visitors' addresses."""
    code = new_code(taro)
    assert pair(mekiki, code, fields)[0] in (400, 403)
    assert pair(mekiki, code)[0] == 200, "nor was it a try"


@pytest.mark.parametrize("code", [None, 7, [], {}, "", "x" * 10_000, "%", "ああああああああああああ"])
def test_what_is_no_code_is_refused(mekiki, taro, code):
    status, answer = pair(mekiki, code)
    assert (status, answer["error"]) == (403, "refused")


def test_one_client_guesses_twenty_times_in_ten_minutes(mekiki, taro):
    code = new_code(taro)
    here = "127.9.9.9"
    answers = [pair(mekiki, "0000-0000-0000", client=here) for _ in range(21)]
    assert [status for status, _ in answers[:20]] == [403] * 20
    assert answers[20][0] == 429
    status, fields, _ = Visitor(mekiki.admin_port, here).ask(
        "POST", "/api/pair", {"code": code}, ADDON)
    assert status == 429 and 0 < int(fields["Retry-After"]) <= 600, "the right one, too"
    assert pair(mekiki, code)[0] == 200, "from elsewhere"


# -------------------------------------------------------------- rules, word


@pytest.mark.parametrize("client", [
    "thunderbird", "outlook", "becky", "claws", "sylpheed", "mutt", "sieve"])
def test_rules_are_those_of_the_command(mekiki, boxes, taro, client):
    [value] = mekiki.label_values(boxes["taro"].login)
    made = taro.get("/api/me/rules", client=client, lang="en")
    everything = made["steps"] + "".join(f["text"] for f in made["files"])
    assert f"forged-{value}" in everything
    assert taro.get("/api/me/rules", client=client, lang="ja")["steps"] != made["steps"]


def test_rules_of_no_client(taro, administrator):
    assert taro.ask("GET", "/api/me/rules?client=pine")[0] == 400
    assert administrator.ask("GET", "/api/me/rules?client=mutt")[0] == 403


def test_administrators_see_who_has_set_up_what(mekiki, boxes, taro, administrator):
    def seen(name):
        [person] = [p for p in administrator.get("/api/people")["people"]
                    if p["account"] == boxes[name].login]
        return person["tokens"], person["addon_seen"] > 0, person["knows_word"]

    assert seen("taro")[:2] == (0, False)
    pair(mekiki, new_code(taro))
    assert seen("taro")[:2] == (1, True)
    assert taro.post("/api/me/word-known", {})["knows_word"] is True
    assert seen("taro") == (1, True, True)
    assert "word" not in json.dumps(administrator.get("/api/people")).replace("knows_word", "")


# ------------------------------------------------------------------ browser


@pytest.fixture(scope="module")
def address(mekiki):
    return f"http://127.0.0.1:{mekiki.admin_port}"


@pytest.fixture(scope="module")
def hanako(browser, address, boxes, administrator):
    made = browser.person(address)
    made.sign_in("right", boxes["hanako"].login)
    made.wait(".live-live", state="attached")
    return made


def test_the_word_is_shown_at_the_first_sign_in(hanako, mekiki, shots):
    hanako.sees("Your secret word")
    word = hanako.text(".first-word .word")
    assert re.fullmatch("[a-z]+ [a-z]+", word)
    hanako.shoot(shots / "first-word.png")
    hanako.is_content()
    hanako.go("/#/mails")
    hanako.go("/#/")
    hanako.wait(".first-word")
    hanako.click("button:has-text('I have noted it')")
    hanako.wait(".first-word", state="detached")
    hanako.go("/#/me")
    hanako.sees(word)
    hanako.go("/#/")
    hanako.wait(".headline")
    assert "Your secret word" not in hanako.text()


def test_a_user_gets_everything_on_the_own_page(hanako, mekiki, boxes, shots):
    visitor = Visitor(mekiki.admin_port)
    visitor.sign_in(boxes["hanako"].login, "right")
    visitor.post("/api/me/tokens/forget", {})
    hanako.go("/#/me")
    hanako.wait("a[href='/addon.xpi']")
    hanako.wait("a[href='/mekiki-ca.pem']")
    hanako.click("button:has-text('Make a code')")
    hanako.wait(".pairing-code")
    code = hanako.text(".pairing-code")
    assert CODE.fullmatch(code)
    hanako.shoot(shots / "code.png")
    hanako.is_content()
    assert pair(mekiki, code)[0] == 200
    hanako.wait(".pairing-code", state="detached")
    hanako.sees("Connected on")
    hanako.shoot(shots / "connected.png")
    hanako.click("button:has-text('Disconnect')")
    hanako.click("button:has-text('Yes')")
    hanako.sees("None is connected.")
    hanako.pick("select", "claws")
    hanako.sees("matcherrc")
    hanako.shoot(shots / "rules.png")
    hanako.is_content()


def test_no_code_is_left_after_signing_out(browser, address, boxes, mekiki, hanako):
    someone = browser.person(address)
    someone.sign_in("right", boxes["hanako"].login)
    someone.wait(".live-live", state="attached")
    someone.go("/#/me")
    someone.click("button:has-text('Make a code')")
    someone.wait(".pairing-code")
    code = someone.text(".pairing-code")
    someone.click(".panel-menu > button")
    someone.click("button:has-text('Sign out')")
    someone.wait("#password")
    assert code not in someone.evaluate("document.documentElement.outerHTML")
    someone.evaluate("history.back()")
    someone.wait("#password")
    assert code not in someone.evaluate(
        "document.documentElement.outerHTML + JSON.stringify({...localStorage})"
        " + JSON.stringify({...sessionStorage})")
    assert pair(mekiki, code)[0] == 403


def test_in_japanese_on_a_phone_and_dark(browser, address, boxes, hanako, shots):
    someone = browser.person(address, locale="ja-JP", width=390, scheme="dark")
    someone.sign_in("right", boxes["hanako"].login)
    someone.wait(".live-live", state="attached")
    someone.go("/#/me")
    someone.click("button:has-text('コードを作る')")
    someone.wait(".pairing-code")
    someone.shoot(shots / "code-ja-phone.png")
    someone.is_content()


def test_administrators_invite(browser, address, administrator, mekiki, shots):
    someone = browser.person(address)
    someone.sign_in(PASSWORD)
    someone.wait(".live-live", state="attached")
    someone.go("/#/people")
    someone.wait("#invite")
    someone.fill("input[placeholder='pop.example.jp']", "pop.shop.example")
    someone.sees("NAME%pop.shop.example")
    text = someone.text("section[aria-labelledby=invite] pre")
    assert address in text and "Nobody will ever ask you" in text
    assert "{" not in text
    # Of an office with a route people log in by their address alone.
    someone.fill("input[placeholder='pop.example.jp']", ROUTE["host"])
    someone.sees("your mail address, as NAME@office.example")
    assert "NAME%" not in someone.text("section[aria-labelledby=invite] pre")
    someone.shoot(shots / "invite.png")
    someone.is_content()
    someone.check("input[name=invite-language][value=ja]")
    someone.sees("マイページ")
    assert "{" not in someone.text("section[aria-labelledby=invite] pre")
    someone.shoot(shots / "invite-ja.png")
