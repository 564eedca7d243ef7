"""The n-th of all that could go wrong, goes wrong."""

import errno
import mmap
import os
import struct
import threading

from .process import program, run
from .scripted import ScriptedServer

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
