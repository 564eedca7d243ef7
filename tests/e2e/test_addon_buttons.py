"""The add-on's buttons in a real Thunderbird: a click over a mail becomes a rule
of the mailbox, through the dashboard of a real Mekiki.

Screenshots are kept in the build folder, in artifacts/screens."""

import pytest

from harness import addon
from harness.dashboard import Visitor
from harness.dovecot import Dovecot
from harness.mails import DOMAIN, LIST
from harness.mekiki import binary
from harness.process import run
from harness.thunderbird import Thunderbird
from harness.waiting import until
from test_thunderbird import HOST, mail

PROXIED, OTHER = 1, 2  # the accounts
HANAKO = f"hanako@{DOMAIN}"


@pytest.fixture(scope="module")
def mekiki(start, corpus):
    corpus.zone.add_address(HOST, ["127.0.0.1"])
    corpus.zone.add_text(f"_dmarc.{DOMAIN}", "v=DMARC1; p=none")
    mekiki = start(corpus.zone, {"upstream.clear_hosts": [HOST], "users.budget": 0})
    run([binary(), "trust", "add", "list", LIST, "--state", mekiki.state])
    return mekiki


@pytest.fixture(scope="module")
def dovecot(folder):
    dovecot = Dovecot(folder / "dovecot")
    dovecot.add_user("proxied")
    dovecot.add_user("other")
    yield dovecot
    dovecot.end()


@pytest.fixture(scope="module")
def dashboard(mekiki, dovecot):
    made = Visitor(mekiki.admin_port)
    made.sign_in(login(dovecot, "proxied"), Dovecot.PASSWORD)
    return made


@pytest.fixture(scope="module")
def token(dashboard):
    return dashboard.post("/api/me/token", {})["token"]


@pytest.fixture(scope="module")
def thunderbird(folder, screen, mekiki, dovecot):
    accounts = [(mekiki.port, login(dovecot, user)) for user in ("proxied", "other")]
    thunderbird = Thunderbird(
        folder / "thunderbird", screen, accounts, Dovecot.PASSWORD,
        {"security.notification_enable_delay": 0})
    addon.install(thunderbird, folder)
    values = [value for user in ("proxied", "other")
              for value in mekiki.label_values(login(dovecot, user))]
    addon.choose(thunderbird, " ".join(values), [PROXIED, OTHER])
    yield thunderbird
    thunderbird.end()


@pytest.fixture()
def connected(thunderbird, dashboard, token):
    addon.connect(thunderbird, dashboard.address, {PROXIED: token})


@pytest.fixture()
def no_rules(dashboard):
    for rule in dashboard.get("/api/rules")["rules"]:
        if rule["account"]:
            dashboard.post("/api/rules/remove", {"id": rule["id"]})
    assert dashboard.rules() == set()


def login(dovecot, user):
    return f"{user}%{HOST}:{dovecot.port}"


def show(thunderbird, dovecot, octets, subject, user="proxied"):
    """Delivers it, fetches it, and waits for its bar: the title of that."""
    number = PROXIED if user == "proxied" else OTHER
    dovecot.deliver(user, octets)
    thunderbird.fetch(number)
    thunderbird.select(subject, number)
    return until(lambda: addon.bar(thunderbird), "there is a bar")["title"]


def shown_again(thunderbird, subject):
    """After a look at another mail, so that the bar is made anew."""
    thunderbird.run("tabmail.currentAbout3Pane.threadTree.selectedIndex = -1")
    until(lambda: addon.bar(thunderbird) is None, "the bar has gone")
    thunderbird.select(subject)
    until(lambda: addon.bar(thunderbird), "there is a bar")


def test_without_a_token_there_is_a_link_alone(thunderbird, dovecot, corpus):
    show(thunderbird, dovecot, mail("unconnected", sign=corpus.signed), "unconnected")
    assert list(addon.offered(thunderbird)) == ["connect", "dismiss"]
    addon.press(thunderbird, ".connect")
    until(lambda: thunderbird.run(
        "return tabmail.tabInfo.length === 2 && tabmail.tabInfo[1].browser?.currentURI.spec"
    ) == "about:addons", "the options are opened")
    thunderbird.run("tabmail.closeTab(tabmail.tabInfo[1]);")


def test_the_options_say_whose_token_it_is(thunderbird, dashboard, dovecot, token, screen):
    addon.open_options(thunderbird)
    try:
        def check(address, typed):
            return addon.check(thunderbird, address, PROXIED, typed)

        said, bad = check(dashboard.address, token)
        assert login(dovecot, "proxied") in said and not bad
        assert not check(dashboard.address.replace("127.0.0.1", "localhost"), token)[1]
        thunderbird.page("doc.getElementById('save').scrollIntoView(false)")
        screen.colors("options-dashboard")
        said, bad = check(dashboard.address, "0" * 64)
        assert "does not know this token" in said and bad
        said, bad = check("http://127.0.0.1:1", token)
        assert said == "The dashboard at http://127.0.0.1:1 gives no answer." and bad
        said, bad = check(dashboard.address, "short")
        assert said == "This is no token." and bad
        html = thunderbird.page("return doc.documentElement.outerHTML")
        assert token not in html
    finally:
        thunderbird.run("tabmail.closeTab();")


@pytest.mark.parametrize("button", [".check", "#save"])
def test_another_place_is_asked_for_before_a_token_goes_there(thunderbird, button):
    addon.open_options(thunderbird)
    thunderbird.page(
        """
        doc.getElementById("dashboard").value = "https://mekiki.example.invalid:8443/#/me";
        doc.querySelector("input[data-account=account1]").value = "f".repeat(64);
        const button = doc.querySelector(args[0]);
        """ + addon.MOUSE, button)
    panel = """
      const asked = window.document.getElementById("addon-webext-permissions-notification");
      const isOpen = asked?.closest("panel")?.state === "open";
    """
    words = until(lambda: thunderbird.run(panel + "return isOpen && asked.textContent"),
                  "the user is asked")
    assert "mekiki.example.invalid" in words
    answer = ("return doc.querySelector('td .said').textContent.includes('Without your permission')"
              if button == ".check" else "return !doc.getElementById('saved').hidden")

    def is_denied():
        thunderbird.run(panel + "if (isOpen) asked.secondaryButton.click()")
        return thunderbird.page(answer)

    until(is_denied, "the answer is no")
    thunderbird.run("tabmail.closeTab();")


def test_without_permission_no_token_goes_there(thunderbird, dovecot, corpus):
    show(thunderbird, dovecot, mail("not permitted", sign=corpus.signed), "not permitted")
    addon.press(thunderbird, ".distrust")
    addon.press(thunderbird, ".keep")
    until(lambda: "result" in addon.offered(thunderbird), "there is an answer")
    assert addon.offered(thunderbird)["result"] == (
        "Without your permission the add-on cannot ask https://mekiki.example.invalid:8443.")


@pytest.mark.parametrize("choice, pattern", [
    ("trust-address", HANAKO), ("trust-domain", DOMAIN)])
def test_trust_becomes_a_rule_with_the_signer(
        thunderbird, dovecot, corpus, dashboard, mekiki, screen, connected, no_rules,
        choice, pattern):
    subject = f"proven, {choice}"
    title = show(thunderbird, dovecot, mail(subject, sign=corpus.signed), subject)
    assert title == "From the sender it names, who is new to you"
    assert addon.offered(thunderbird) == {
        "trust": "Trust this sender", "distrust": "Distrust this sender"}
    screen.colors("bar-buttons")
    addon.press(thunderbird, ".trust")
    said = addon.offered(thunderbird)
    assert said["trust-address effect"] == (
        f"Mail from {HANAKO} will be called genuine if it is proven by "
        f"a signature of {DOMAIN}.")
    assert said["trust-domain effect"].startswith(f"Mail from everybody at {DOMAIN} will")
    assert "your mailbox" in said["scope"]
    screen.colors("bar-confirm")
    assert dashboard.rules() == set()
    addon.press(thunderbird, f".{choice} .keep")
    until(lambda: "result" in addon.offered(thunderbird), "there is an answer")
    assert addon.offered(thunderbird) == {
        "result": "Kept. This mail stays as it is; from the next one on: "
                  + said[f"{choice} effect"], "undo": "Undo"}
    screen.colors("bar-kept")
    assert dashboard.rules() == {(pattern, DOMAIN, "trust")}
    listed = run([binary(), "trust", "list", "--state", mekiki.state]).stdout.decode()
    assert any(pattern in line and login(dovecot, "proxied") in line
               for line in listed.splitlines()), listed
    again = f"{subject}, again"
    assert show(thunderbird, dovecot, mail(again, sign=corpus.signed), again) == "Genuine"
    assert list(addon.offered(thunderbird)) == ["distrust"]


def test_distrust_becomes_a_rule_about_the_address(
        thunderbird, dovecot, corpus, dashboard, connected, no_rules):
    show(thunderbird, dovecot, mail("doubtful", sign=corpus.signed), "doubtful")
    addon.press(thunderbird, ".distrust")
    assert addon.offered(thunderbird)["distrust effect"] == (
        f"Mail that is proven to come from {HANAKO} will no longer be called genuine, "
        "but unverified.")
    addon.press(thunderbird, ".cancel")
    assert list(addon.offered(thunderbird)) == ["trust", "distrust"]
    assert dashboard.rules() == set()
    addon.press(thunderbird, ".distrust")
    addon.press(thunderbird, ".keep")
    until(lambda: dashboard.rules() == {(HANAKO, "", "distrust")}, "the rule is there")
    title = show(thunderbird, dovecot, mail("no more", sign=corpus.signed), "no more")
    assert title == "Nothing proves who sent this mail"
    assert addon.offered(thunderbird) == {}


def test_what_is_unproven_is_not_to_be_trusted(thunderbird, dovecot, connected, screen):
    show(thunderbird, dovecot, mail("unsigned"), "unsigned")
    said = addon.offered(thunderbird)
    assert list(said) == ["note"]
    assert said["note"].startswith("Nothing proves who sent this mail, and no rule")
    screen.colors("bar-unproven")


def test_a_name_that_looks_like_an_address_makes_no_rule(thunderbird, dovecot, corpus,
                                                        connected):
    author = f"=?utf-8?q?boss=40{DOMAIN}?= <*@{DOMAIN}>"
    octets = mail("stars", author=author, sign=corpus.signed)
    show(thunderbird, dovecot, octets, "stars")
    assert list(addon.offered(thunderbird)) == ["note"]


def test_the_other_account_has_no_token(thunderbird, dovecot, corpus, connected):
    show(thunderbird, dovecot, mail("elsewhere", sign=corpus.signed), "elsewhere", "other")
    assert list(addon.offered(thunderbird)) == ["connect", "dismiss"]
    addon.press(thunderbird, ".dismiss")
    until(lambda: addon.offered(thunderbird) == {}, "it is not offered any more")
    show(thunderbird, dovecot, mail("elsewhere, again", sign=corpus.signed), "elsewhere, again",
         "other")
    assert addon.offered(thunderbird) == {}


def test_a_signature_that_does_not_fit_is_marked(thunderbird, dovecot, corpus, connected, screen):
    octets = mail("lend me", sign=lambda m: corpus.signed(m).replace(b"Hello.", b"Lend me 300,000 yen."))
    title = show(thunderbird, dovecot, octets, "lend me")
    assert title == "Careful: nothing proves who sent this mail, and its signature does not fit"
    assert addon.bar(thunderbird)["advice"] == (
        "If it asks for money, a password or haste, ask the sender in another way first.")
    until(lambda: addon.native(thunderbird)[0] == "Signature does not fit",
          "the header says so")
    screen.colors("bar-unfit")


def test_a_token_that_was_forgotten_keeps_nothing(
        thunderbird, dovecot, corpus, dashboard, no_rules):
    addon.connect(thunderbird, dashboard.address, {PROXIED: "f" * 64})
    show(thunderbird, dovecot, mail("forgotten", sign=corpus.signed), "forgotten")
    addon.press(thunderbird, ".trust")
    addon.press(thunderbird, ".trust-address .keep")
    until(lambda: "result" in addon.offered(thunderbird), "there is an answer")
    said = addon.offered(thunderbird)
    assert said["result"].startswith("The dashboard does not know this token")
    assert "trust" in said  # to be tried again
    assert dashboard.rules() == set()


# ------------------------------------------------- what the mail itself may try

# The button opens something in the top layer, which lets clicks through.
COVER = """<div id="cover" popover style="position: fixed; inset: 0; width: auto;
height: auto; margin: 0; background: #ff00ff; pointer-events: none">Win!</div>
<button id="lure" popovertarget="cover">Click here</button>"""
HIDE = """<button id="lure" popovertarget="mekiki-bar" popovertargetaction="hide">x</button>"""
DIALOG = """<dialog id="cover" style="position: fixed; inset: 0; width: 100%; height: 100%;
max-width: none; max-height: none; background: #ff00ff"></dialog>
<button id="lure" commandfor="cover" command="show-modal">Click here</button>"""
# In a tree of its own, whose events nobody sees outside.
SHADOWED = f"""<div id="home"><template shadowrootmode="open">{COVER}</template></div>"""
PSEUDO = """<style>#mekiki-bar::before, #mekiki-bar::after { content: "Genuine" !important;
display: block !important; position: fixed !important; inset: 0 !important;
z-index: 2147483647 !important; background: #ff00ff !important;
pointer-events: none !important }</style><button id="lure">x</button>"""
LABELS = """<label id="lure" for="trust">x</label><a accesskey="t" href="#trust">y</a>"""
LURE = """
  const lure = doc.getElementById("lure") ??
    doc.getElementById("home")?.openOrClosedShadowRoot?.getElementById("lure");
"""


@pytest.fixture(scope="module")
def original_html(thunderbird):
    """Shown as it came; not "simple HTML"."""
    thunderbird.run("Services.prefs.setIntPref('mailnews.display.html_as', 0)")


@pytest.mark.parametrize("name, body", [
    ("cover", COVER), ("hide", HIDE), ("dialog", DIALOG), ("shadowed", SHADOWED),
    ("pseudo", PSEUDO), ("labels", LABELS)], ids=lambda value: value.partition("<")[0])
def test_a_mail_cannot_have_its_buttons_pressed_unseen(
        thunderbird, dovecot, corpus, dashboard, connected, no_rules, screen, original_html,
        name, body):
    subject = f"hostile {name}"
    # Proven, since only then there are buttons.
    title = show(thunderbird, dovecot, mail(
        subject, body=body, sign=corpus.signed,
        fields="MIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\n"), subject)
    colour = "#1B6E35" if title == "Genuine" else "#1F4F8B"
    buttons = list(addon.offered(thunderbird))

    def is_seen(what):
        until(lambda: screen.colors(f"hostile-{name}-{what}")[colour] > 50_000,
              f"the bar is seen {what}")

    def lure():
        return thunderbird.message(LURE + "lure?.click(); return !!lure")

    is_seen("before")
    if not lure():
        assert name == "shadowed"
        pytest.skip("NOT RUN: no shadow trees in mails here")
    is_seen("after")
    addon.press(thunderbird, ".distrust")
    assert "distrust effect" in addon.offered(thunderbird)
    is_seen("confirming")
    # A click elsewhere takes the question away.
    lure()
    assert list(addon.offered(thunderbird)) == buttons
    is_seen("at the end")
    assert dashboard.rules() == set()


def test_only_a_person_presses_and_not_at_once(
        thunderbird, dovecot, corpus, dashboard, connected, no_rules):
    show(thunderbird, dovecot, mail("scripted", sign=corpus.signed), "scripted")
    # As a script of the same document would, if there could be one.
    dispatch = """
      const sandbox = Cu.Sandbox([doc.nodePrincipal], {
        sandboxPrototype: doc.defaultView, wantXrays: true });
      sandbox.target = bar.querySelector(args[0]);
      return Cu.evalInSandbox(`
        const event = new MouseEvent("click", { bubbles: true, composed: true });
        target.dispatchEvent(event);
        event.isTrusted`, sandbox);
    """
    assert addon.in_bar(thunderbird, dispatch, ".trust") is False
    assert list(addon.offered(thunderbird)) == ["trust", "distrust"]
    # The second half of a double click.
    assert addon.in_bar(
        thunderbird,
        """
        bar.querySelector(".trust").click();
        const keep = [...bar.querySelectorAll(".keep")];
        for (const button of keep) button.click();
        return keep.map((button) => button.disabled);
        """) == [True, True]
    assert "trust-address effect" in addon.offered(thunderbird)
    until(lambda: addon.in_bar(thunderbird, "return !bar.querySelector('.keep').disabled"),
          "it can be pressed")
    assert addon.in_bar(thunderbird, dispatch, ".keep") is False
    assert "trust-address effect" in addon.offered(thunderbird)
    assert dashboard.rules() == set()
