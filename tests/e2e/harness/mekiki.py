"""The program under test as a daemon, and what its mails must look like."""

import json
import os
import pathlib
import re
import signal

from .pop3 import Client, client_context
from .process import Process, run
from .waiting import until

OUR_FIELDS = [
    b"X-DKIM-Check",
    b"Authentication-Results",
    b"X-Mekiki-Verdict",
    b"X-Mekiki-Reason",
    b"X-Mekiki-Label",
]
AUTHSERV_ID = "mekiki.test"
SANITIZER_REPORT = re.compile(
    r"ERROR: \w+Sanitizer|WARNING: ThreadSanitizer|runtime error:"
)


def binary():
    path = os.environ.get("MEKIKI")
    assert path, "the environment variable MEKIKI must name the mekiki program"
    assert os.access(path, os.X_OK), f"there is no program {path}"
    return path


def is_sanitized():
    return bool(os.environ.get("MEKIKI_SANITIZED"))


TABLES = ("route", "provider", "autoconfig", "reports", "milter.domain", "milter.sign")


def to_toml(settings):
    """Settings as {dotted name: value}; those of TABLES are lists of tables."""
    lines = [
        f"{key} = {json.dumps(value)}"
        for key, value in settings.items()
        if key not in TABLES
    ]
    for name in TABLES:
        for table in settings.get(name, []):
            lines.append(f"[[{name}]]")
            lines += [f"{key} = {json.dumps(value)}" for key, value in table.items()]
    return "\n".join(lines) + "\n"


class Mekiki:
    """`mekiki serve` on free ports of 127.0.0.1, allowed to reach loopback."""

    def __init__(self, folder, zone=None, settings=None, before=None, state=None,
                 wrapper=(), **process):
        """`before` runs in the new process ahead of the program; `state` is a
        state folder that exists; `wrapper` is a command that begins the program,
        `process` are options of it."""
        folder.mkdir(parents=True)
        self.folder = folder
        self.state = state or folder / "state"
        chosen = {
            "listen.pop3": ["127.0.0.1:0"],
            "listen.pop3s": ["127.0.0.1:0"],
            "admin.listen": ["127.0.0.1:0"],
            "authserv_id": AUTHSERV_ID,
            "log.level": "debug",
            "upstream.networks": ["127.0.0.0/8", "::1"],
            "client.failed_login_delay": "0ms",
        }
        chosen.update(settings or {})
        configuration = folder / "mekiki.toml"
        configuration.write_text(to_toml(chosen))
        self.configuration = configuration
        self.chosen = chosen
        names = []
        if "dns.resolvers" not in chosen:  # else these are asked
            zone_file = folder / "zone.json"
            zone_file.write_text(json.dumps(zone.names if zone else {}))
            names = ["--dns", zone_file]
        expected = sum(
            len(chosen[name])
            for name in ("listen.pop3", "listen.pop3s", "admin.listen")
        ) + sum(not where.startswith("unix:")
                for where in chosen.get("milter.listen", []))
        command = [
            *wrapper, binary(), "serve", "--config", configuration, *names,
            "--state", self.state,
        ]
        self.process = Process(
            command, folder / "mekiki.log", preexec_fn=before, **process
        )
        ready = self.process.wait_ready(
            lambda: len(self._listening()) + self._not_there() == expected,
            "mekiki listens",
        )
        assert ready, f"mekiki does not start:\n{self.process.output()}"
        self.addresses = self._listening()
        self.ended = False

    def _listening(self):
        """(kind, address, port) of each listener, from the log."""
        found = re.findall(
            r"listening on (\S+):(\d+) \((\w+)\)", self.process.output()
        )
        return [(kind, address, int(port)) for address, port, kind in found]

    def _not_there(self):
        """How many addresses it goes on without."""
        return self.process.output().count("no dashboard and no /metrics there")

    def _port(self, kind):
        return next(port for k, _, port in self.addresses if k == kind)

    @property
    def port(self):
        return self._port("pop3")

    @property
    def tls_port(self):
        return self._port("pop3s")

    @property
    def admin_port(self):
        return self._port("admin")

    @property
    def milter_port(self):
        return self._port("milter")

    @property
    def ca(self):
        return self.state / "tls" / "ca.pem"

    def label_values(self, login):
        """Of a mailbox: the new one, and perhaps the old one."""
        printed = run([
            binary(), "rules", "outlook", "--account", login, "--lang", "en",
            "--config", self.folder / "mekiki.toml", "--state", self.state,
        ]).stdout.decode()
        return re.findall(r"^  genuine-([0-9a-f]{16})  ->", printed, re.M)

    def log(self):
        return self.process.output()

    def client(self, leg="clear", **options):
        """A connected client: clear, stls, or tls."""
        if leg == "tls":
            return Client(self.tls_port, tls=client_context(self.ca), **options)
        client = Client(self.port, **options)
        if leg == "stls":
            client.stls(client_context(self.ca))
        return client

    def reload(self, **changed):
        """Changes settings, with "__" for the dot, and sends SIGHUP. Waits for
        the log to say how it went, and answers what it said since."""
        self.chosen |= {name.replace("__", "."): v for name, v in changed.items()}
        self.configuration.write_text(to_toml(self.chosen))
        return self.hang_up()

    def hang_up(self):
        before = len(self.log())
        self.process.process.send_signal(signal.SIGHUP)
        return until(
            lambda: re.search(
                r"(?s).*\b(not reloaded: everything is as it was|reloaded\n)", self.log()[before:]
            ),
            "the settings are read again",
        )[0]

    def memory(self, what="VmRSS"):
        """Octets, of VmRSS or VmHWM."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(rf"{what}:\s+(\d+) kB", status)[1]) * 1024

    def cpu(self):
        """Seconds, of all its threads."""
        stat = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text()
        fields = stat.rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def is_alive(self):
        return self.process.is_running()

    def end(self):
        """Ends it by SIGTERM, once; it must end well and in time."""
        if self.ended:
            return
        self.ended = True
        assert self.is_alive(), f"mekiki ended by itself:\n{self.log()[-4000:]}"
        code = self.process.end()
        report = SANITIZER_REPORT.search(self.log())
        assert not report, f"sanitizer report:\n{self.log()[report.start():][:8000]}"
        assert code == 0, f"mekiki ended with {code}:\n{self.log()[-4000:]}"


def verified(folder, zone, octets, account):
    """What `mekiki verify --json` says of one mail."""
    file = folder / "mail.eml"
    file.write_bytes(octets)
    done = run([binary(), "verify", "--json", "--dns", zone.write(folder / "zone.json"),
                "--account", account, file], check=False)
    return json.loads(done.stdout)


def header_fields(mail):
    """[(name, value)] of the header, unfolded values, in order."""
    header = mail.partition(b"\r\n\r\n")[0]
    fields = re.split(rb"\r\n(?![ \t])", header)
    pairs = [field.partition(b":") for field in fields if field]
    return [(name, value.replace(b"\r\n", b"").strip()) for name, _, value in pairs]


def take_marks(mail):
    """Splits a delivered mail: our fields as {name: value}, each exactly once
    and on top, and the octets that follow them."""
    rest = mail
    marks = {}
    # Line by line: over an endless line a pattern keeps the interpreter so
    # long that a scripted server beside it seems silent.
    while match := re.match(rb"([!-9;-~]{1,80}):", rest):
        name = match[1]
        if name not in OUR_FIELDS or name in marks:
            break
        end = rest.index(b"\r\n") + 2
        while rest[end : end + 1] in (b" ", b"\t"):
            end = rest.index(b"\r\n", end) + 2
        marks[name] = rest[match.end() : end].replace(b"\r\n", b"").strip()
        rest = rest[end:]
    assert sorted(marks) == sorted(OUR_FIELDS), (marks, mail[:2000])
    again = [name.strip().lower() for name, _ in header_fields(rest)]
    for name in OUR_FIELDS:
        if name != b"Authentication-Results":
            assert name.lower() not in again, (name, mail[:2000])
    return marks, rest


def assert_marked(delivered, original, check):
    """`delivered` is `original` with our fields on top, saying `check`."""
    marks, rest = take_marks(delivered)
    assert rest == original, first_difference(rest, original)
    assert marks[b"X-DKIM-Check"] == check.encode(), marks
    assert marks[b"Authentication-Results"].startswith(AUTHSERV_ID.encode()), marks
    return marks


def first_difference(got, wanted):
    at = next(
        (i for i, (a, b) in enumerate(zip(got, wanted)) if a != b),
        min(len(got), len(wanted)),
    )
    start = max(0, at - 60)
    return (
        f"{len(got)} and {len(wanted)} octets, differing at {at}: "
        f"{got[start:at + 60]!r} instead of {wanted[start:at + 60]!r}"
    )
