"""The add-on is connected by a code in a real Thunderbird: it finds its account,
colours the list, and shows the verdict where no mail can write.

Screenshots are kept in the build folder, in artifacts/screens."""

import json

import pytest

from harness import addon
from harness.dashboard import Visitor
from harness.dovecot import Dovecot
from harness.mails import DOMAIN, LIST
from harness.mekiki import binary
from harness.process import run
from harness.thunderbird import Thunderbird
from harness.waiting import until
from test_thunderbird import COLORS, HOST, mail

PROXIED, OTHER = 1, 2  # the accounts
TAGS = {"forged": "#D00000", "genuine": "#008000", "altered": "#C06000", "new": "#0060C0"}


@pytest.fixture(scope="module")
def mekiki(start, corpus):
    corpus.zone.add_address(HOST, ["127.0.0.1"])
    corpus.zone.add_text(f"_dmarc.{DOMAIN}", "v=DMARC1; p=reject")
    # On what is no address of loopback it speaks HTTPS.
    mekiki = start(corpus.zone, {
        "upstream.clear_hosts": [HOST], "upstream.hosts": [HOST], "users.budget": 0,
        "admin.listen": ["127.0.0.1:0", "0.0.0.0:0"]})
    for rule in (["author", f"jiro@{DOMAIN}"], ["list", LIST]):
        run([binary(), "trust", "add", *rule, "--state", mekiki.state])
    return mekiki


@pytest.fixture(scope="module")
def dovecot(folder):
    dovecot = Dovecot(folder / "dovecot")
    dovecot.add_user("proxied")
    dovecot.add_user("other")
    yield dovecot
    dovecot.end()


def login(dovecot, user="proxied"):
    return f"{user}%{HOST}:{dovecot.port}"


@pytest.fixture(scope="module")
def user(mekiki, dovecot):
    made = Visitor(mekiki.admin_port)
    made.sign_in(login(dovecot), Dovecot.PASSWORD)
    made.post("/api/me/choice", {
        "methods": ["C", "D"], "language": "ja", "when": "forged", "subject_mark": False,
        "word": "梅干し"})
    return made


@pytest.fixture(scope="module")
def thunderbird(folder, screen, mekiki, dovecot):
    accounts = [(mekiki.port, login(dovecot)), (dovecot.port, "other")]
    thunderbird = Thunderbird(
        folder / "thunderbird", screen, accounts, Dovecot.PASSWORD,
        {"security.notification_enable_delay": 0})
    addon.install(thunderbird, folder)
    yield thunderbird
    thunderbird.end()


@pytest.fixture(scope="module")
def connected(user, thunderbird, dovecot, corpus, screen):
    """One mail came before. Both accounts are POP3, so that a mail alone shows
    which one it is."""
    dovecot.deliver("proxied", mail("before", sign=corpus.signed))
    dovecot.deliver("other", mail("elsewhere"))
    for number in (PROXIED, OTHER):
        thunderbird.fetch(number)
    code = user.post("/api/me/code", {})["code"]
    addon.open_options(thunderbird)
    wrong = code[:-1] + ("7" if code[-1] != "7" else "8")
    said, bad, listed = addon.pair(thunderbird, user.address, wrong)
    assert "does not count" in said and bad and listed == {}
    said, bad, listed = addon.pair(thunderbird, user.address, "not a code")
    assert "no code" in said and bad
    said, bad, listed = addon.pair(thunderbird, "http://192.0.2.1:8110", code)
    assert "no address of a dashboard" in said and bad, "in clear"
    made = addon.pair(thunderbird, user.address, code.lower())
    screen.colors("options-connected")
    thunderbird.run("tabmail.closeTab();")
    return made


def tags(thunderbird, subject, number=PROXIED):
    """Of the mail, of those that the add-on sets."""
    words = thunderbird.run(
        """
        const mail = [...inbox(args[1]).messages]
          .find((m) => m.mime2DecodedSubject === args[0]);
        return mail?.getStringProperty("keywords") ?? "";
        """, subject, number).split()
    return [word for word in words if word.startswith("mekiki-")]


def tag_of(thunderbird, subject):
    """Its verdict and its colour, once it has one."""
    try:
        [key] = until(lambda: tags(thunderbird, subject), f"{subject} is coloured")
    except AssertionError as problem:
        raise AssertionError(f"{problem}; {thunderbird.errors()}") from None
    colour = thunderbird.run("return MailServices.tags.getColorForKey(args[0])", key)
    return key.split("-")[1], colour


def test_a_code_sets_everything(connected, dovecot, user):
    said, bad, listed = connected
    assert said == f"Connected with {login(dovecot)}." and not bad
    assert listed == {login(dovecot): [f"account{PROXIED}"]}
    [token] = user.get("/api/me")["tokens"]
    assert token["way"] == "code" and token["seen"] > 0


def test_the_token_is_shown_nowhere(thunderbird, connected):
    addon.open_options(thunderbird)
    html = thunderbird.page("return doc.documentElement.outerHTML")
    thunderbird.run("tabmail.closeTab();")
    assert not any(len(word) == 64 for word in html.replace('"', " ").split())


def test_what_came_before_is_coloured(thunderbird, connected):
    assert tag_of(thunderbird, "before") == ("new", TAGS["new"])


@pytest.mark.parametrize("author, way, verdict", [
    ("hanako", None, "forged"), ("hanako", "signed", "new"),
    ("hanako", "listed", "altered"), ("jiro", "signed", "genuine")])
def test_new_mail_is_coloured_without_rules(
        thunderbird, connected, dovecot, corpus, author, way, verdict):
    subject = f"coloured {verdict}"
    dovecot.deliver("proxied", mail(subject, author=f"{author}@{DOMAIN}",
                                    sign=way and getattr(corpus, way)))
    thunderbird.fetch()
    assert tag_of(thunderbird, subject) == (verdict, TAGS[verdict])
    addon.Warnings(thunderbird).close()


def test_the_window_speaks_as_the_user_chose(thunderbird, connected, dovecot):
    warnings = addon.Warnings(thunderbird)
    warnings.close()
    dovecot.deliver("proxied", mail("for the window"))
    thunderbird.fetch()
    warnings.wait_for(["for the window"])
    assert warnings.text("#word") == "あなたの合言葉：梅干し"
    assert "ご注意ください" in warnings.text("#title")
    warnings.close()


def test_the_window_shows_a_mail_and_tells_the_administrator(
        thunderbird, connected, dovecot, user, screen):
    warnings = addon.Warnings(thunderbird)
    warnings.close()
    subjects = ["pay at once", "pay now"]
    for subject in subjects:
        dovecot.deliver("proxied", mail(subject))
    thunderbird.fetch()
    warnings.wait_for(subjects)

    def press(name, number):
        pressed = f"doc.querySelectorAll('.one')[{number}].querySelector('{name}')?.click();"
        return warnings.run(pressed + "return true")

    def said():
        return [(r["subject"], r["feedback"]["said"]) for r in user.get("/api/reports")["reports"]]

    assert said() == []
    press(".tell", 1)
    until(lambda: press(".say.mistake", 1) and said(), "it is told")
    assert said() == [("pay now", "mistake")]  # and not the one before it
    until(lambda: "知らせました" in warnings.text(".said"), "the window says so")
    screen.colors("window-told")
    press(".undo", 1)
    until(lambda: said() == [], "it is taken back")

    press(".show-mail", 1)
    until(lambda: thunderbird.run(
        "return tabmail.currentAboutMessage?.gMessage?.mime2DecodedSubject") == "pay now",
        "the mail is shown")
    thunderbird.run("tabmail.closeTab();")
    warnings.close()


@pytest.mark.parametrize("verdict, way", [("forged", None), ("new", "signed")])
def test_the_header_and_the_edge_of_the_bar(
        thunderbird, connected, dovecot, corpus, screen, verdict, way):
    subject = f"shown {verdict}"
    dovecot.deliver("proxied", mail(subject, sign=way and getattr(corpus, way)))
    thunderbird.fetch()
    addon.Warnings(thunderbird).close()
    thunderbird.select(subject)
    until(lambda: addon.bar(thunderbird), "there is a bar")
    edge = addon.in_bar(thunderbird, "return bar.querySelector('.edge')?.innerText")
    assert edge.startswith("メールはこの線の下から始まります")
    label, title = {
        "forged": ("なりすまし", "なりすましと判定されたメールです"),
        "new": ("新しい差出人",
                "差出人は確認できましたが、まだ「いつもの差出人」ではありません")}[verdict]
    until(lambda: addon.native(thunderbird) == [label, title, verdict], f"the header says {title}")
    until(lambda: screen.colors(f"header-{verdict}")[COLORS[verdict]] > 20_000, "it is seen")


def test_a_genuine_bar_has_no_edge(thunderbird, connected, dovecot, corpus):
    dovecot.deliver("proxied", mail("real", author=f"jiro@{DOMAIN}", sign=corpus.signed))
    thunderbird.fetch()
    thunderbird.select("real")
    until(lambda: addon.bar(thunderbird), "there is a bar")
    assert addon.in_bar(thunderbird, "return bar.querySelector('.edge')") is None
    until(lambda: addon.native(thunderbird)[2] == "genuine", "the header is green")


IMITATION = """<div style="background: #1b6e35; color: #fff; padding: 8px 12px;
font: 15px sans-serif"><strong>Genuine</strong><br>It is proven to come from bank.example.</div>"""


def test_a_painted_bar_is_below_the_edge_and_not_in_the_header(
        thunderbird, connected, dovecot, screen):
    html = "MIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\n"
    dovecot.deliver("proxied", mail("painted", author="x@unknown.example", fields=html,
                                    body=IMITATION))
    # In an account that does not fetch through Mekiki, too.
    dovecot.deliver("other", mail("painted alone", fields=html, body=IMITATION))
    thunderbird.fetch()
    thunderbird.fetch(OTHER)
    thunderbird.select("painted")
    until(lambda: addon.bar(thunderbird), "there is a bar")
    assert addon.bar(thunderbird)["title"] == "誰から届いたか確認できないメールです"
    assert addon.in_bar(thunderbird, "return bar.querySelector('.edge').innerText")
    until(lambda: addon.native(thunderbird)[2] == "unverified", "the header is grey")
    assert tags(thunderbird, "painted") == []
    screen.colors("painted")
    thunderbird.select("painted alone", OTHER)
    until(lambda: addon.native(thunderbird)[2] == "none", "the header says nothing")
    assert addon.native(thunderbird)[0] == "Not checked by Mekiki"
    assert addon.bar(thunderbird) is None
    assert tags(thunderbird, "painted alone", OTHER) == []
    screen.colors("painted-alone")


def test_a_rule_is_kept_and_taken_back(thunderbird, connected, dovecot, corpus, user):
    dovecot.deliver("proxied", mail("to be trusted", sign=corpus.signed))
    thunderbird.fetch()
    thunderbird.select("to be trusted")
    until(lambda: "trust" in (addon.offered(thunderbird) or {}), "trust is offered")
    addon.press(thunderbird, ".trust")
    addon.press(thunderbird, ".trust-address .keep")
    until(lambda: user.rules() == {(f"hanako@{DOMAIN}", DOMAIN, "trust")}, "it is kept")
    addon.press(thunderbird, ".undo")
    until(lambda: user.rules() == set(), "it is taken back")
    until(lambda: addon.offered(thunderbird).get("result") == "取り消しました。", "it says so")


def kept(thunderbird, change=None):
    """What the add-on keeps, after a change of it."""
    addon.open_options(thunderbird)
    text = thunderbird.page(
        """
        const page = doc.defaultView.wrappedJSObject;
        if (args[0]) await page.messenger.storage.local.set(Cu.cloneInto(args[0], page));
        return JSON.stringify(await page.messenger.storage.local.get());
        """, change)
    thunderbird.run("tabmail.closeTab();")
    return json.loads(text)


def test_what_changes_in_the_dashboard_comes_by_itself(
        thunderbird, connected, user, mekiki, dovecot):
    [old] = kept(thunderbird, {"renewed": 0})["connections"][0]["values"]
    run([binary(), "rules", "outlook", "--account", login(dovecot), "--rotate",
         "--config", mekiki.configuration, "--state", mekiki.state])
    user.post("/api/me/choice", {
        "methods": ["C"], "language": "en", "when": "new", "subject_mark": False,
        "word": "marmalade"})
    dovecot.deliver("proxied", mail("asks anew"))
    thunderbird.fetch()
    until(lambda: kept(thunderbird)["connections"][0]["word"] == "marmalade", "it has the word")
    [connection] = kept(thunderbird)["connections"]
    assert connection["values"] == mekiki.label_values(login(dovecot))
    assert old in connection["values"] and len(connection["values"]) == 2
    warnings = addon.Warnings(thunderbird)
    warnings.close()
    dovecot.deliver("proxied", mail("without a window"))
    thunderbird.fetch()
    assert tag_of(thunderbird, "without a window") == ("forged", TAGS["forged"])
    thunderbird.select("without a window")
    said = until(lambda: addon.bar(thunderbird), "there is a bar")
    assert (said["title"], said["word"]) == (
        "This mail is forged", "Your secret word: marmalade")
    assert warnings.count() == 0, "D is not among the methods"
    # Not with every mail: it was asked for just now.
    user.post("/api/me/choice", {
        "methods": ["C", "D"], "language": "en", "when": "forged", "subject_mark": False,
        "word": "later"})
    dovecot.deliver("proxied", mail("within the hour"))
    thunderbird.fetch()
    tag_of(thunderbird, "within the hour")
    assert kept(thunderbird, {"renewed": 0})["connections"][0]["word"] == "marmalade"


def test_ended_on_the_page_it_still_warns_and_says_so(thunderbird, connected, user, dovecot):
    dovecot.deliver("proxied", mail("the word comes"))
    thunderbird.fetch()
    until(lambda: kept(thunderbird)["connections"][0]["word"] == "later", "it has D again")
    addon.Warnings(thunderbird).close()
    kept(thunderbird, {"renewed": 0})
    user.post("/api/me/tokens/forget", {})
    dovecot.deliver("proxied", mail("after the end"))
    thunderbird.fetch()
    warnings = addon.Warnings(thunderbird)
    warnings.wait_for(["after the end"])
    warnings.close()
    thunderbird.select("after the end")
    until(lambda: addon.bar(thunderbird), "there is a bar")
    until(lambda: kept(thunderbird)["connections"][0]["ended"], "it has noticed")
    addon.open_options(thunderbird)
    assert "was ended there" in thunderbird.page(
        "return doc.querySelector('.connection .bad').textContent")
    code = user.post("/api/me/code", {})["code"]
    said, bad, listed = addon.pair(thunderbird, user.address, code)
    assert not bad and list(listed) == [login(dovecot)], "once more, and in its place"
    thunderbird.page("doc.querySelector('.connection .end').click()")
    until(lambda: "Disconnected" in (addon.paired(thunderbird) or [""])[0], "it is disconnected")
    thunderbird.run("tabmail.closeTab();")
    assert user.get("/api/me")["tokens"] == []
    thunderbird.run("tabmail.currentAbout3Pane.threadTree.selectedIndex = -1")
    thunderbird.select("after the end")
    until(lambda: addon.native(thunderbird)[2] == "none", "nothing is believed any more")
    assert addon.bar(thunderbird) is None


def test_elsewhere_the_user_and_the_certificate_are_asked_first(
        thunderbird, connected, user, mekiki, dovecot):
    [port] = [port for kind, host, port in mekiki.addresses
              if kind == "admin" and host == "0.0.0.0"]
    address = f"https://127.0.0.1:{port}"
    code = user.post("/api/me/code", {})["code"]
    addon.open_options(thunderbird)
    panel = """
      const asked = window.document.getElementById("addon-webext-permissions-notification");
      const isOpen = asked?.closest("panel")?.state === "open";
    """

    def connect():
        """Answers yes where the user is asked; what is said in the end."""
        thunderbird.page(
            """
            doc.getElementById("pair-said").textContent = "";
            doc.getElementById("pair-address").value = args[0];
            doc.getElementById("pair-code").value = args[1];
            const button = doc.getElementById("pair-now");
            """ + addon.MOUSE, address, code)

        def is_said():
            if thunderbird.run(panel + "if (isOpen) asked.button.click(); return isOpen"):
                asked.append(True)
            return addon.paired(thunderbird)

        asked = []
        return until(is_said, "there is an answer"), bool(asked)

    (said, bad, _), was_asked = connect()
    assert was_asked and bad
    assert "does not trust its certificate" in said
    pem = user.ask("GET", "/mekiki-ca.pem")[2].decode()
    base64 = "".join(line for line in pem.splitlines() if "-----" not in line)
    thunderbird.run(
        """
        Cc["@mozilla.org/security/x509certdb;1"].getService(Ci.nsIX509CertDB)
          .addCertFromBase64(args[0], "CT,,");
        """, base64)
    (said, bad, listed), was_asked = connect()
    assert said == f"Connected with {login(dovecot)}." and not bad and not was_asked
    assert list(listed) == [login(dovecot)]
    thunderbird.run("tabmail.closeTab();")
    assert len(user.get("/api/me")["tokens"]) == 1
