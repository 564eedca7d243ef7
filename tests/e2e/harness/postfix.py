"""A private Postfix: takes mail by submission and delivers it to Maildirs.

Logins are checked by a Dovecot (see Dovecot.auth_socket). Nothing leaves the
machine: other domains are an error, and the way to them is a closed port.
"""

import grp
import os
import pwd
import socket

from .ports import free_ports
from .process import Process, program, run
from .waiting import until

DOMAIN = "example.jp"

MAIN = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/postfix.log
maillog_file_prefixes = {folder}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mail.{domain}
mydestination =
mynetworks = 127.0.0.0/8
alias_maps =
local_recipient_maps =
relayhost = [127.0.0.1]:1
default_transport = error:nothing leaves this machine
virtual_mailbox_domains = {domain}
virtual_mailbox_base = {folder}/mail
virtual_mailbox_maps = inline:{{ {users} }}
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
smtpd_tls_chain_files = {key}, {chain}
smtpd_tls_security_level = encrypt
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = {auth_socket}
smtpd_relay_restrictions = permit_sasl_authenticated, reject
smtpd_error_sleep_time = 0
"""

# For strangers' mail, whose clients XCLIENT names, and for local programs.
MILTER = """
smtpd_milters = {milter}
non_smtpd_milters = {milter}
milter_default_action = tempfail
smtpd_authorized_xclient_hosts = 127.0.0.0/8
smtputf8_enable = yes
"""

MASTER = """
127.0.0.1:{port} inet n - n - - smtpd
127.0.0.1:{tls_port} inet n - n - - smtpd
  -o smtpd_tls_wrappermode=yes
127.0.0.1:{relay_port} inet n - n - - smtpd
  -o smtpd_tls_security_level=none
  -o smtpd_sasl_auth_enable=no
  -o smtpd_relay_restrictions=permit_mynetworks,reject
127.0.0.1:{mx_port} inet n - n - - smtpd
  -o smtpd_tls_security_level=none
  -o smtpd_sasl_auth_enable=no
  -o smtpd_relay_restrictions=reject_unauth_destination
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
"""


class Postfix:
    """Ports: `port` with STARTTLS and a login, `tls_port` with TLS at once and
    a login, `relay_port` for programs on this machine, without both, `mx_port`
    for other mail servers. `milter` as in smtpd_milters."""

    def __init__(self, folder, certificate, auth_socket, users=("taro",),
                 milter=None):
        assert os.geteuid() == 0, "Postfix can be started by root alone"
        self.folder = folder
        folder.mkdir(parents=True)
        folder.chmod(0o755)
        nobody = pwd.getpwnam("nobody")
        for name, owner, group in (
            ("queue", 0, 0),
            ("data", pwd.getpwnam("postfix").pw_uid, grp.getgrnam("postfix").gr_gid),
            ("mail", nobody.pw_uid, nobody.pw_gid),
        ):
            (folder / name).mkdir()
            os.chown(folder / name, owner, group)
        (folder / "main.cf").write_text(
            MAIN.format(
                folder=folder,
                domain=DOMAIN,
                users=", ".join(f"{{ {u}@{DOMAIN} = {u}/ }}" for u in users),
                uid=nobody.pw_uid,
                gid=nobody.pw_gid,
                key=certificate.key,
                chain=certificate.chain,
                auth_socket=auth_socket,
            )
            + (MILTER.format(milter=milter) if milter else "")
        )
        self.process = self._start()

    def _start(self):
        for _ in range(5):  # a port may be taken before Postfix binds it
            self.port, self.tls_port, self.relay_port, self.mx_port = free_ports(4)
            (self.folder / "master.cf").write_text(
                MASTER.format(
                    port=self.port,
                    tls_port=self.tls_port,
                    relay_port=self.relay_port,
                    mx_port=self.mx_port,
                )
            )
            # `postfix start-fg` would be a shell that leaves its master behind.
            run([program("postfix"), "-c", self.folder, "check"])
            process = Process(
                [f"{self._setting('daemon_directory')}/master", "-c", self.folder, "-s"],
                self.folder / "postfix.out",
            )
            if process.wait_ready(self._answers, "Postfix is ready"):
                return process
        raise AssertionError(
            f"Postfix does not start:\n{process.output()}\n{self.log()}"
        )

    def _setting(self, name):
        asked = run([program("postconf"), "-c", self.folder, "-h", name])
        return asked.stdout.decode().strip()

    def _answers(self):
        try:
            with socket.create_connection(("127.0.0.1", self.port), 1) as s:
                return s.recv(3) == b"220"
        except OSError:
            return False

    def arrived(self, user):
        """The mails in the user's Maildir, oldest first, with CRLF lines."""
        new = self.folder / "mail" / user / "new"
        files = sorted(new.iterdir(), key=lambda f: f.stat().st_mtime_ns) \
            if new.is_dir() else []
        return [f.read_bytes().replace(b"\n", b"\r\n") for f in files]

    def wait_for(self, user, count):
        """All mails of the user, once there are `count`."""
        until(lambda: len(self.arrived(user)) >= count, f"{user} has {count} mails")
        return self.arrived(user)

    def log(self):
        file = self.folder / "postfix.log"
        return file.read_text(errors="replace") if file.exists() else ""

    def end(self):
        self.process.end()
