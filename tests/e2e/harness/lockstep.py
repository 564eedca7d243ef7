"""A session whose every step begins when nothing is left to do, so that the same
happens in each run, however busy the machine is: each wait of Mekiki is a wait."""

import contextlib
import multiprocessing
import os
import re
import time

from .scripted import ScriptedServer
from .waiting import PATIENCE

fork = multiprocessing.get_context("fork")

STATUS = re.compile(rb"\nState:\t(\w).*\nvoluntary_ctxt_switches:\t(\d+)", re.S)


class Threads:
    """Those that a process has now."""

    def __init__(self, pid):
        tasks = f"/proc/{pid}/task"
        self.files = [
            os.open(f"{tasks}/{number}/status", os.O_RDONLY)
            for number in sorted(os.listdir(tasks), key=int)
        ]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for file in self.files:
            os.close(file)

    def read(self):
        """[(state, how often it waited)]"""
        return [STATUS.search(os.pread(f, 4096, 0)).groups() for f in self.files]

    def waits(self):
        return sum(int(count) for _, count in self.read())


def wait_for_rest(threads, *others):
    """Until all wait for something new."""

    def rests(status):
        return all(state == b"S" for state, _ in status)

    deadline = time.monotonic() + PATIENCE
    while True:
        before = threads.read()
        # Nobody can have woken it meanwhile if it did not wait again.
        if (rests(before) and all(rests(other.read()) for other in others)
                and threads.read() == before):
            return
        assert time.monotonic() < deadline, "it does not come to rest"


class _Answers:
    """As `on` of a ScriptedServer: right answers, each to somebody who waits."""

    def __init__(self, client):
        self.client = client

    def get(self, verb):
        return None if verb in ("GREETING", "QUIT") else self._answer

    def _answer(self, session, command):
        wait_for_rest(self.client)
        session.send(session.reply(command))


def _serve(mails, pid, pipe, theirs):
    theirs.close()  # else it would not end
    with ScriptedServer(mails) as server, Threads(pid) as client:
        server.on = _Answers(client)
        pipe.send(server.port)
        with contextlib.suppress(EOFError):
            pipe.recv()


class LockstepServer:
    """A ScriptedServer in a process of its own, for the client with this pid."""

    def __init__(self, mails, pid):
        self.pipe, servers = fork.Pipe()
        self.process = fork.Process(
            target=_serve, args=(mails, pid, servers, self.pipe))
        self.process.start()
        servers.close()
        self.port = self.pipe.recv()

    @property
    def pid(self):
        return self.process.pid

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.pipe.close()
        self.process.join(PATIENCE)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()
        assert self.process.exitcode == 0, "the server has failed"
