"""A session in which the n-th of all that could go wrong, goes wrong."""

import contextlib
import errno
import mmap
import os
import struct
import threading

from .account import HOST
from .http import HttpClient
from .mekiki import first_difference, take_marks
from .pop3 import Broken, unstuff
from .process import program, run
from .scripted import ScriptedServer
from .waiting import until

HERE = os.path.dirname(__file__)


class NthAnswer:
    """As `on` of a ScriptedServer: `fault(session, command, right)` is done in
    place of the n-th answer of all; 0: never. `right` sends the right one."""

    def __init__(self, n, fault):
        self.n = n
        self.fault = fault
        self.count = 0
        self.lock = threading.Lock()

    def get(self, verb):
        return self._answer

    def _answer(self, session, command):
        def octets():
            if not command:
                return f"+OK scripted {session.server.name}\r\n".encode()
            return session.reply(command)

        with self.lock:
            self.count += 1
            is_it = self.count == self.n
        if is_it:
            self.fault(session, octets)
        else:
            session.send(octets())


def faulty_server(mails, n, fault):
    server = ScriptedServer(mails)
    server.on = NthAnswer(n, fault)
    return server


class FaultyDisk:
    """Changes of files below a folder fail from the n-th on, in a program that
    is started with `environment`."""

    def __init__(self, folder, state, reason=errno.ENOSPC):
        folder.mkdir(parents=True)
        library = folder / "faults.so"
        run([program("clang-19"), "-shared", "-fPIC", "-O1", "-w", "-o", library,
             os.path.join(HERE, "faults.c"), "-ldl"])
        self.control = folder / "control"
        self.control.write_bytes(bytes(16))
        with self.control.open("r+b") as file:
            self.map = mmap.mmap(file.fileno(), 16)
        self.environment = os.environ | {
            "LD_PRELOAD": str(library),
            "FAULTS_FOLDER": str(state),
            "FAULTS_CONTROL": str(self.control),
            "FAULTS_ERRNO": str(int(reason)),
        }

    def seen(self):
        return struct.unpack_from("q", self.map, 0)[0]

    def fail_from(self, n):
        """0: no longer."""
        struct.pack_into("q", self.map, 0, 0)
        struct.pack_into("q", self.map, 8, n)


# --------------------------------------------------------------- the session


# Each wait for a peer that says nothing ends within seconds.
SETTINGS = {
    "upstream.clear_hosts": [HOST],
    "upstream.silence_timeout": "2s",
    "client.idle_timeout": "60s",
    "users.methods": "B",
    "users.budget": 0,
}


class Seen:
    """What the client of one session saw."""

    def __init__(self):
        self.mails = {}
        self.deleted = set()  # answered by +OK
        self.asked_to_delete = set()
        self.said_quit = False
        self.quit = False  # answered by +OK
        self.end = None

    def check(self, server, mails):
        """`mails`: as they are without forged fields."""
        until(lambda: not any(t.is_alive() for t in server.threads[1:]),
              "the server's side ends")
        for number, octets in self.mails.items():
            marks, rest = take_marks(octets)
            assert rest == mails[number - 1], first_difference(rest, mails[number - 1])
            assert marks[b"X-DKIM-Check"] == b"none"
        assert server.deleted <= self.asked_to_delete
        if not self.said_quit:
            assert server.deleted == set()
        if self.quit:
            assert server.deleted == self.deleted


def run_session(mekiki, server, before=lambda client, number, command: None):
    """Commands one after the other, whatever is refused, until the connection
    ends. `before` is called ahead of each."""
    seen = Seen()
    number = 0
    client = mekiki.client()

    def ask(command, multi_line=False):
        nonlocal number
        number += 1
        before(client, number, command)
        if command.startswith("DELE"):
            seen.asked_to_delete.add(int(command.split()[1]))
        seen.said_quit |= command == "QUIT"
        if not client.ask(command).startswith(b"+OK"):
            return None
        return client.body() if multi_line else b""

    try:
        with client:
            if ask(f"USER taro%{HOST}:{server.port}") is None:
                return seen
            if ask("PASS password") is None:
                return seen
            ask("STAT")
            ask("LIST", multi_line=True)
            ask("UIDL", multi_line=True)
            ask("TOP 1 0", multi_line=True)
            for i in range(1, len(server.mails) + 1):
                body = ask(f"RETR {i}", multi_line=True)
                if body is None:
                    continue
                seen.mails[i] = unstuff(body)
                if ask(f"DELE {i}") is not None:
                    seen.deleted.add(i)
            ask("NOOP")
            seen.quit = ask("QUIT") is not None
    except (Broken, ConnectionError) as broken:
        seen.end = broken
    return seen


def assert_nobody_is_left(mekiki):
    def sessions():
        with HttpClient(mekiki.admin_port) as http:
            text = http.get("/metrics")[2]
        return next(line for line in text.splitlines()
                    if line.startswith("mekiki_sessions "))

    until(lambda: sessions() == "mekiki_sessions 0", "all sessions end")


# ---------------------------------------------------------------- the server


def half(session, right):
    octets = right()
    session.send(octets[: len(octets) // 2])


def half_and(then):
    def fault(session, right):
        half(session, right)
        then(session)

    return fault


def late(session, right):
    session.pause(0.2)
    session.send(right())


OF_THE_SERVER = {
    "stalls": lambda session, right: session.stall(),
    "ends": lambda session, right: session.close(),
    "resets": lambda session, right: session.reset(),
    "stalls halfway": half_and(lambda session: session.stall()),
    "ends halfway": half_and(lambda session: session.close()),
    "resets halfway": half_and(lambda session: session.reset()),
    "answers garbage": lambda session, right: session.send(b"\xff\0 ?\x1b[2J\r\n"),
    "answers an endless line": lambda session, right: session.send(b"+" * 1_000_000),
    "answers nothing but a dot": lambda session, right: session.send(b".\r\n"),
    "refuses": lambda session, right: session.line("-ERR [SYS/TEMP] not now"),
    "answers late": late,
}


# ---------------------------------------------------------------- the client


def close(client, command):
    client.close()
    raise Broken(b"", "by the client")


def ask_and_close(client, command):
    client.send(command.encode() + b"\r\n")
    close(client, command)


def half_a_command(client, command):
    client.send(command.encode()[:-1])
    close(client, command)


def garbage(client, command):
    client.send(b"\xff\0 ?\x1b[2J\r\n")
    assert client.line().startswith(b"-ERR")


def endless(client, command):
    with contextlib.suppress(OSError):
        client.send(b"N" * 1_000_000)
    close(client, command)


def no_more_reading(client, command):
    client.send(command.encode() + b"\r\n" + b"RETR 3\r\n" * 20)
    close(client, command)


OF_THE_CLIENT = {
    "ends": close,
    "ends without waiting for the answer": ask_and_close,
    "ends within a command": half_a_command,
    "sends garbage": garbage,
    "sends an endless line": endless,
    "asks for much and reads nothing": no_more_reading,
}


# ------------------------------------------------------------------- the DNS


def right_answer(zone, name, kind):
    found = zone.names.get(name, {}).get(kind, [])
    if kind == "TXT":  # in pieces or whole
        return ["".join(value) for value in found]
    return list(found)


OF_THE_DNS = {
    "is silent": lambda right: None,
    "answers late": lambda right: (0.3, right),
    "says there is nothing": lambda right: (0, []),
}
