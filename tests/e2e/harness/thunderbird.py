"""Thunderbird with POP3 accounts, on a screen of its own."""

import collections
import contextlib
import json
import mailbox
import os
import pathlib
import re
import signal

from .marionette import Marionette
from .ports import free_ports
from .process import Process, program, run
from .waiting import until


class Screen:
    """A virtual screen with a window manager, which has its own idea of which
    window is in front, as on a desktop."""

    def __init__(self, folder):
        folder.mkdir(parents=True)
        self.folder = folder
        reading, writing = os.pipe()
        # Without -noreset it starts anew, and drops who is just connecting, each
        # time that its last client leaves.
        self.server = Process(
            [program("Xvfb"), "-displayfd", writing, "-screen", "0", "1280x900x24",
             "-nolisten", "tcp", "-noreset"],
            folder / "xvfb.log",
            pass_fds=[writing],
        )
        os.close(writing)
        with os.fdopen(reading) as pipe:
            number = pipe.readline().strip()
        assert number, self.server.output()
        self.name = f":{number}"
        self.manager = Process(
            [program("openbox"), "--sm-disable"],
            folder / "openbox.log",
            env=dict(os.environ, DISPLAY=self.name, HOME=str(folder)),
        )
        until(lambda: "window id" in self.properties("_NET_SUPPORTING_WM_CHECK"),
              "the window manager runs")

    def properties(self, name, window=None):
        which = ["-id", window] if window else ["-root"]
        return run([program("xprop"), "-display", self.name, *which, name],
                   check=False).stdout.decode()

    def titles(self):
        """Of the windows, from the bottom to the top."""
        stacking = self.properties("_NET_CLIENT_LIST_STACKING").partition("#")[2]
        windows = [word.strip() for word in stacking.split(",") if word.strip()]
        return [
            self.properties("_NET_WM_NAME", window).partition(" = ")[2].strip().strip('"')
            for window in windows
        ]

    def colors(self, name):
        """How many pixels of each color ("#8C1D18") a screenshot has. It is kept
        in the build folder, in artifacts/screens."""
        kept = pathlib.Path(os.environ.get("MEKIKI_ARTIFACTS", self.folder)) / "screens"
        kept.mkdir(parents=True, exist_ok=True)
        shot = kept / f"{name}.png"
        run([program("import"), "-display", self.name, "-window", "root", shot])
        histogram = run([program("convert"), shot, "-depth", "8", "-format", "%c",
                         "histogram:info:-"]).stdout.decode()
        return collections.Counter({
            color: int(count)
            for count, color in re.findall(r"(\d+): \([^)]*\) (#\w{6})", histogram)
        })

    def end(self):
        self.manager.kill()
        self.server.kill()


PREFERENCES = {
    "app.update.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "mail.shell.checkDefaultClient": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "datareporting.healthreport.uploadEnabled": False,
    "toolkit.telemetry.enabled": False,
    "extensions.update.enabled": False,
    "extensions.getAddons.cache.enabled": False,
    "extensions.blocklist.enabled": False,
    "app.donation.eoy.version.viewed": 999,
    "mailnews.start_page.enabled": False,
    "mail.spotlight.firstRunDone": True,
    "mail.rights.version": 1,
    "mail.provider.suppress_dialog_on_startup": True,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "mail.biff.show_alert": False,
    "mail.biff.play_sound": False,
    # Else Marionette sets its own, among them that no password is remembered.
    "remote.prefs.recommended": False,
    # Extensions' pages in the main process, where scripts of the tests see them.
    "extensions.webextensions.remote": False,
    "mail.accountmanager.localfoldersserver": "server0",
    "mail.account.account0.server": "server0",
    "mail.server.server0.type": "none",
    "mail.server.server0.hostname": "Local Folders",
    "mail.server.server0.name": "Local Folders",
    "mail.server.server0.userName": "nobody",
    "mail.server.server0.directory-rel": "[ProfD]Mail/Local Folders",
}


def account(number, port, user):
    """The preferences of `account<number>`, whose mails stay on the server."""
    server = f"mail.server.server{number}"
    identity = f"mail.identity.id{number}"
    return {
        f"mail.account.account{number}.server": f"server{number}",
        f"mail.account.account{number}.identities": f"id{number}",
        f"{identity}.useremail": "taro@clear.example",
        f"{identity}.fullName": "Taro",
        f"{identity}.valid": True,
        f"{server}.type": "pop3",
        f"{server}.hostname": "127.0.0.1",
        f"{server}.port": port,
        f"{server}.userName": user,
        f"{server}.socketType": 0,
        f"{server}.authMethod": 3,
        f"{server}.name": f"Account {number}",
        f"{server}.directory-rel": f"[ProfD]Mail/{number}",
        f"{server}.login_at_startup": False,
        f"{server}.check_new_mail": False,
        f"{server}.leave_on_server": True,
    }


class Thunderbird:
    def __init__(self, folder, screen, accounts, password, preferences=None):
        """`accounts` is a list of (port, user), numbered from 1."""
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.profile = folder / "profile"
        self.profile.mkdir(exist_ok=True)  # a test may have put files there
        (remote,) = free_ports(1)
        chosen = PREFERENCES | {
            "marionette.port": remote,
            "mail.accountmanager.accounts": ",".join(
                f"account{number}" for number in [*range(1, len(accounts) + 1), 0]),
            "mail.accountmanager.defaultaccount": "account1",
        } | (preferences or {})
        for number, (port, user) in enumerate(accounts, 1):
            chosen |= account(number, port, user)
        (self.profile / "user.js").write_text("".join(
            f"user_pref({json.dumps(name)}, {json.dumps(value)});\n"
            for name, value in chosen.items()
        ))
        self.process = Process(
            [program("dbus-run-session"), "--", program("thunderbird"), "--no-remote",
             "--profile", self.profile, "--marionette", "--remote-allow-system-access"],
            folder / "thunderbird.log",
            env=dict(os.environ, HOME=str(folder), DISPLAY=screen.name,
                     XDG_RUNTIME_DIR=str(folder), NO_AT_BRIDGE="1"),
            start_new_session=True,
        )
        self.remote = Marionette(remote)
        until(lambda: self.run("return !!window.document.getElementById('tabmail')"
                               "?.currentAbout3Pane?.folderTree"), "Thunderbird is up")
        for _, user in accounts:
            self.run(
                """
                const login = Cc["@mozilla.org/login-manager/loginInfo;1"]
                  .createInstance(Ci.nsILoginInfo);
                login.init("mailbox://127.0.0.1", null, "mailbox://127.0.0.1",
                           args[0], args[1], "", "");
                await Services.logins.addLoginAsync(login);
                """, user, password)

    def run(self, body, *arguments):
        """A script that knows the main window; see Marionette.run."""
        return self.remote.run(
            """
            const window = Services.wm.getMostRecentWindow("mail:3pane");
            const tabmail = window.document.getElementById("tabmail");
            const { MailServices } = ChromeUtils.importESModule(
              "resource:///modules/MailServices.sys.mjs");
            const inbox = (number) => MailServices.accounts.getAccount(`account${number}`)
              .incomingServer.rootFolder.getChildNamed("Inbox");
            """ + body, *arguments)

    def fetch(self, number=1):
        """Gets the account's new mail, and returns when all of it is there."""
        self.run(
            """
            return new Promise((resolve, reject) => MailServices.pop3.GetNewMail(
              null,
              { QueryInterface: ChromeUtils.generateQI(["nsIUrlListener"]),
                OnStartRunningUrl() {},
                OnStopRunningUrl(_, status) {
                  status ? reject(new Error("fetch: " + status)) : resolve();
                } },
              inbox(args[0]), inbox(args[0]).server));
            """, number)

    def errors(self):
        """What went wrong in add-ons, as the error console has it."""
        return self.run(
            """
            const all = Services.console.getMessageArray().map((entry) => `${entry}`);
            return all.filter((entry) => entry.includes("moz-extension:"));
            """)

    def open_page(self, url):
        """A web page in a tab in front; see page()."""
        self.run("tabmail.openTab('contentTab', { url: args[0] });", url)

    def page(self, body, *arguments):
        """A script that knows `doc` of the page in front."""
        return self.run(
            "const doc = tabmail.currentTabInfo.browser.contentDocument;" + body,
            *arguments)

    def select(self, subject, number=1):
        """Shows this mail in the message pane; see message()."""
        self.run("tabmail.currentAbout3Pane.displayFolder(inbox(args[0]).URI);", number)
        until(
            lambda: self.run(
                """
                const pane = tabmail.currentAbout3Pane;
                const mail = [...inbox(args[1]).messages]
                  .find((m) => m.mime2DecodedSubject === args[0]);
                if (!mail || pane.gFolder !== inbox(args[1]) || !pane.gDBView) return false;
                const at = pane.gDBView.findIndexOfMsgHdr(mail, true);
                if (pane.threadTree.selectedIndex !== at) pane.threadTree.selectedIndex = at;
                const shown = tabmail.currentAboutMessage;
                const doc = shown?.document.getElementById("messagepane").contentDocument;
                return shown?.gMessage === mail && doc.readyState === "complete" &&
                  new URL(doc.URL).searchParams.get("number") === `${mail.messageKey}`;
                """, subject, number),
            f"the mail {subject} is shown")

    def message(self, body, *arguments):
        """A script that knows `doc` of the message in the message pane."""
        return self.run(
            "const doc = tabmail.currentAboutMessage?.document"
            ".getElementById('messagepane')?.contentDocument;" + body, *arguments)

    def attachments(self):
        """Names and types of what the list below the message offers."""
        return [tuple(one) for one in self.run(
            """
            const shown = tabmail.currentAboutMessage;
            const all = [...shown.document.querySelectorAll("#attachmentList richlistitem")];
            return all.map((item) => [item.getAttribute("name"), item.attachment.contentType]);
            """)]

    def save_attachment(self, number, file):
        self.run(
            "await tabmail.currentAboutMessage.currentAttachments[args[0]].saveToFile(args[1])",
            number, str(file))
        return file.read_bytes()

    def stored(self, number=1):
        """The octets of the mails in the account's message store."""
        place = self.run("return inbox(args[0]).filePath.path", number)
        return [mail.as_bytes() for mail in mailbox.mbox(place, create=False)]

    def end(self):
        self.remote.close()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.kill()
