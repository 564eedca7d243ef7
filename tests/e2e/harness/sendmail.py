"""A private Sendmail 8.17 that asks a milter.

Its packages conflict with Postfix: they are downloaded, unpacked into the build
folder, and run there. It runs in namespaces of its own for hostname and
/etc/hosts, since at a host without a dot in its name it waits for a minute.
"""

import os
import smtplib

from .mekiki import binary
from .ports import free_ports
from .process import Process, program, run
from .waiting import until

DOMAIN = "example.jp"
PACKAGES = ("sendmail-bin", "sendmail-base", "sendmail-cf")

CONFIGURATION = """divert(-1)
include(`{root}/usr/share/sendmail/cf/m4/cf.m4')
divert(0)
VERSIONID(`tests')
OSTYPE(`linux')
define(`confSERVICE_SWITCH_FILE', `{folder}/switch')
define(`confPID_FILE', `{folder}/pid')
define(`QUEUE_DIR', `{folder}/queue')
define(`STATUS_FILE', `')
define(`ALIAS_FILE', `')
define(`confCW_FILE', `-o /nonexistent')
define(`confDOMAIN_NAME', `mail.{domain}')
define(`confDONT_BLAME_SENDMAIL', `Safe, GroupWritableDirPathSafe')
define(`confTO_IDENT', `0')
define(`LOCAL_MAILER_PATH', `{folder}/deliver')
define(`LOCAL_MAILER_ARGS', `deliver $u')
define(`LOCAL_SHELL_PATH', `/bin/false')
DAEMON_OPTIONS(`Name=MTA, Addr=127.0.0.1, Port={port}')
FEATURE(`no_default_msa')
FEATURE(`nocanonify')
FEATURE(`accept_unresolvable_domains')
INPUT_MAIL_FILTER(`mekiki', `S={milter}, F=T, T=C:10s;S:30s;R:30s;E:2m')
LOCAL_DOMAIN(`{domain}')
MODIFY_MAILER_FLAGS(`LOCAL', `-wA')
MAILER(`local')
MAILER(`smtp')
"""

DELIVER = """#!/bin/sh
file=$(mktemp {folder}/mail/.XXXXXXXX) && cat > $file &&
  mv $file {folder}/mail/$(date +%s%N)
"""

START = """hostname mail.{domain}
mount --bind {folder}/hosts /etc/hosts
mount --bind {folder}/hosts /etc/resolv.conf
exec "$@"
"""


def unpacked():
    """Where the packages are, as if that were /."""
    place = os.path.join(os.path.dirname(os.path.abspath(binary())), "sendmail")
    root = os.path.join(place, "root")
    if not os.path.isdir(root):
        os.makedirs(place, exist_ok=True)
        run([program("apt-get"), "download", *PACKAGES], cwd=place)
        for name in os.listdir(place):
            if name.endswith(".deb"):
                run([program("dpkg"), "-x", name, root + ".part"], cwd=place)
        os.rename(root + ".part", root)
    return root


class Sendmail:
    """Strangers are known by the address that they connect from: 127.0.0.x."""

    def __init__(self, folder, milter):
        self.folder = folder
        folder.mkdir(parents=True)
        for name, mode in (("queue", 0o700), ("mail", 0o777)):
            (folder / name).mkdir()
            (folder / name).chmod(mode)
        deliver = folder / "deliver"
        deliver.write_text(DELIVER.format(folder=folder))
        deliver.chmod(0o755)
        (folder / "switch").write_text("hosts files\naliases files\n")
        (folder / "hosts").write_text(f"127.0.0.1 localhost mail.{DOMAIN}\n")
        root = unpacked()
        (self.port,) = free_ports(1)
        configuration = CONFIGURATION.format(
            root=root, folder=folder, domain=DOMAIN, port=self.port, milter=milter)
        made = run([program("m4"), f"-D_CF_DIR_={root}/usr/share/sendmail/cf/", "-"],
                   input=configuration.encode())
        (folder / "sendmail.cf").write_bytes(made.stdout)
        self.process = Process(
            [program("unshare"), "--uts", "--mount", "sh", "-c",
             START.format(folder=folder, domain=DOMAIN), "sh",
             f"{root}/usr/libexec/sendmail/sendmail", "-C", folder / "sendmail.cf",
             "-bD", "-X", folder / "traffic"],
            folder / "sendmail.log")
        assert self.process.wait_ready(self._answers, "Sendmail is ready"), \
            self.process.output()

    def _answers(self):
        try:
            with smtplib.SMTP("127.0.0.1", self.port, timeout=5):
                return True
        except OSError:
            return False

    def arrived(self, _user):
        """The mails that arrived, oldest first, with CRLF lines."""
        files = sorted(f for f in (self.folder / "mail").iterdir()
                       if not f.name.startswith("."))
        return [f.read_bytes().replace(b"\n", b"\r\n") for f in files]

    def wait_for(self, user, count):
        until(lambda: len(self.arrived(user)) >= count, f"{count} mails are there")
        return self.arrived(user)

    def end(self):
        self.process.end()
