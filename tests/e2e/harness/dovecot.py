"""A private Dovecot: POP3 with STLS and POP3S, Maildirs, one password."""

import getpass
import grp
import os
import pwd
import socket

from .ports import free_ports
from .process import Process, program

CONFIGURATION = """
protocols = pop3
base_dir = {folder}/run
state_dir = {folder}/run
instance_name = mekiki-test
log_path = {folder}/dovecot.log
listen = 127.0.0.1, ::1
disable_plaintext_auth = no
auth_mechanisms = plain
auth_failure_delay = 0
first_valid_uid = 1
mail_location = maildir:~/Maildir
mail_max_userip_connections = 2000
default_client_limit = 4000
default_process_limit = 2000
{ssl}
default_internal_user = {internal_user}
default_internal_group = {internal_group}
default_login_user = {login_user}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service auth {{
  unix_listener auth-client {{
    mode = 0666
  }}
}}
service pop3-login {{
  chroot =
  service_count = 0
  inet_listener pop3 {{
    port = {port}
  }}
  inet_listener pop3s {{
    port = {tls_port}
    ssl = {has_tls}
  }}
}}
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=anybody {folder}/passwd
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/home/%u
}}
"""


class Dovecot:
    PASSWORD = "pass word%"

    def __init__(self, folder, certificate=None):
        """Without a certificate it offers no TLS."""
        self.folder = folder
        self.folder.mkdir(parents=True)
        folder.chmod(0o755)
        (folder / "run").mkdir()
        self.delivered = {}
        passwd = folder / "passwd"
        passwd.write_text(f"anybody:{{PLAIN}}{self.PASSWORD}::::::\n")
        passwd.chmod(0o644)
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            self.uid, self.gid = nobody.pw_uid, nobody.pw_gid
            users = dict(
                internal_user="dovecot", internal_group="dovecot", login_user="dovenull"
            )
        else:
            self.uid, self.gid = os.getuid(), os.getgid()
            me = getpass.getuser()
            users = dict(
                internal_user=me,
                internal_group=grp.getgrgid(os.getgid()).gr_name,
                login_user=me,
            )
        self.process = self._start(certificate, users)

    def _start(self, certificate, users):
        command = program("dovecot")
        ssl = "ssl = no"
        if certificate:
            ssl = (
                f"ssl = yes\nssl_cert = <{certificate.chain}\n"
                f"ssl_key = <{certificate.key}"
            )
        for _ in range(5):  # a port may be taken before Dovecot binds it
            self.port, self.tls_port = free_ports(2)
            configuration = self.folder / "dovecot.conf"
            configuration.write_text(
                CONFIGURATION.format(
                    folder=self.folder,
                    ssl=ssl,
                    has_tls="yes" if certificate else "no",
                    port=self.port,
                    tls_port=self.tls_port if certificate else 0,
                    uid=self.uid,
                    gid=self.gid,
                    **users,
                )
            )
            process = Process(
                [command, "-F", "-c", configuration], self.folder / "dovecot.out"
            )
            if process.wait_ready(self._answers, "Dovecot is ready"):
                return process
        raise AssertionError(f"Dovecot does not start:\n{process.output()}")

    def _answers(self):
        try:
            with socket.create_connection(("127.0.0.1", self.port), 1) as s:
                return s.recv(1) == b"+"
        except OSError:
            return False

    @property
    def auth_socket(self):
        """Where other servers ask whether a password is right: PASSWORD is, for
        everybody."""
        return self.folder / "run" / "auth-client"

    def add_user(self, user, mails=()):
        maildir = self.folder / "home" / user / "Maildir"
        for name in ("cur", "new", "tmp"):
            (maildir / name).mkdir(parents=True)
        for mail in mails:
            self.deliver(user, mail)
        self._hand_over(self.folder / "home")
        return user

    def deliver(self, user, mail):
        """Puts a mail (CRLF lines) into the user's mailbox, after all others."""
        number = self.delivered[user] = self.delivered.get(user, 0) + 1
        maildir = self.folder / "home" / user / "Maildir"
        # As the format asks for: a session that goes on moves what is in new.
        file = maildir / "tmp" / f"{1735689600 + number}.M{number}P1.host"
        # Dovecot keeps lines with LF and sends them with CRLF.
        file.write_bytes(mail.replace(b"\r\n", b"\n"))
        os.chown(file, self.uid, self.gid)
        file.rename(maildir / "new" / file.name)

    def stored(self, user):
        """How many mails the mailbox holds on disk."""
        maildir = self.folder / "home" / user / "Maildir"
        return sum(len(list((maildir / name).iterdir())) for name in ("cur", "new"))

    def _hand_over(self, folder):
        if os.geteuid() != 0:
            return
        for parent, folders, files in os.walk(folder):
            os.chown(parent, self.uid, self.gid)
            for file in files:
                os.chown(os.path.join(parent, file), self.uid, self.gid)

    def log(self):
        return (self.folder / "dovecot.log").read_text(errors="replace")

    def end(self):
        self.process.end()
