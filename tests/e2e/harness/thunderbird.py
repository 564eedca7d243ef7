"""Thunderbird with one POP3 account, on a screen of its own."""

import contextlib
import json
import os
import signal

from .dovecot import free_ports
from .marionette import Marionette
from .process import Process, program, run
from .waiting import until


class Screen:
    """A virtual screen with a window manager, which has its own idea of which
    window is in front, as on a desktop."""

    def __init__(self, folder):
        folder.mkdir(parents=True)
        self.folder = folder
        reading, writing = os.pipe()
        self.server = Process(
            [program("Xvfb"), "-displayfd", writing, "-screen", "0", "1280x900x24",
             "-nolisten", "tcp"],
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

    def shot(self, file):
        file.parent.mkdir(parents=True, exist_ok=True)
        run([program("import"), "-display", self.name, "-window", "root", file])
        return file

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
    "mail.accountmanager.accounts": "account1,account2",
    "mail.accountmanager.defaultaccount": "account1",
    "mail.accountmanager.localfoldersserver": "server2",
    "mail.account.account1.server": "server1",
    "mail.account.account1.identities": "id1",
    "mail.account.account2.server": "server2",
    "mail.identity.id1.useremail": "taro@clear.example",
    "mail.identity.id1.fullName": "Taro",
    "mail.identity.id1.valid": True,
    "mail.server.server1.type": "pop3",
    "mail.server.server1.hostname": "127.0.0.1",
    "mail.server.server1.socketType": 0,
    "mail.server.server1.authMethod": 3,
    "mail.server.server1.name": "Taro",
    "mail.server.server1.directory-rel": "[ProfD]Mail/127.0.0.1",
    "mail.server.server1.login_at_startup": False,
    "mail.server.server1.check_new_mail": False,
    "mail.server.server1.leave_on_server": True,
    "mail.server.server2.type": "none",
    "mail.server.server2.hostname": "Local Folders",
    "mail.server.server2.name": "Local Folders",
    "mail.server.server2.userName": "nobody",
    "mail.server.server2.directory-rel": "[ProfD]Mail/Local Folders",
}


class Thunderbird:
    def __init__(self, folder, screen, port, user, password, preferences=None):
        folder.mkdir(parents=True)
        self.folder = folder
        self.profile = folder / "profile"
        self.profile.mkdir()
        (remote,) = free_ports(1)
        chosen = PREFERENCES | {
            "marionette.port": remote,
            "mail.server.server1.port": port,
            "mail.server.server1.userName": user,
        } | (preferences or {})
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
        self.run(
            """
            const login = Cc["@mozilla.org/login-manager/loginInfo;1"]
              .createInstance(Ci.nsILoginInfo);
            login.init("mailbox://127.0.0.1", null, "mailbox://127.0.0.1",
                       args[0], args[1], "", "");
            await Services.logins.addLoginAsync(login);
            """, user, password)

    def run(self, body, *arguments):
        """A script in the main window; see Marionette.run."""
        return self.remote.run(
            "const window = Services.wm.getMostRecentWindow('mail:3pane');"
            "const { MailServices } = ChromeUtils.importESModule("
            "'resource:///modules/MailServices.sys.mjs');"
            "const server = MailServices.accounts.getAccount('account1').incomingServer;"
            "const inbox = server.rootFolder.getChildNamed('Inbox');" + body,
            *arguments)

    def fetch(self):
        """Gets new mail, and returns when all of it is there."""
        return self.run(
            """
            return new Promise((resolve, reject) => MailServices.pop3.GetNewMail(
              null,
              { QueryInterface: ChromeUtils.generateQI(["nsIUrlListener"]),
                OnStartRunningUrl() {},
                OnStopRunningUrl(_, status) {
                  status ? reject(new Error("fetch: " + status)) : resolve();
                } },
              inbox, server));
            """)

    def end(self):
        self.remote.close()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.kill()
