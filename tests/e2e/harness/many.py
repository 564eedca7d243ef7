"""Thousands of POP3 sessions at once: a server and the clients, each a process of
its own, since a process has 20,000 files at most."""

import asyncio
import contextlib
import multiprocessing
import ssl
import time

AT_ONCE = 100  # connections that are being made


class _Server(asyncio.Protocol):
    """Has the same mail under each of 1,000 numbers."""

    def __init__(self, mail):
        self.mail = mail
        self.rest = b""

    def connection_made(self, transport):
        self.transport = transport
        transport.write(b"+OK\r\n")

    def data_received(self, octets):
        *lines, self.rest = (self.rest + octets).split(b"\r\n")
        for line in lines:
            self.transport.write(self.answer(line.upper().split(b" ")))
            if line.upper() == b"QUIT":
                self.transport.close()

    def answer(self, words):
        match words:
            case [b"CAPA"]:
                return b"+OK\r\nUSER\r\nUIDL\r\nTOP\r\n.\r\n"
            case [b"STAT"]:
                return b"+OK 1000 %d\r\n" % (1000 * len(self.mail))
            case [b"LIST", number]:
                return b"+OK %s %d\r\n" % (number, len(self.mail))
            case [b"UIDL", number]:
                return b"+OK %s u%s\r\n" % (number, number)
            case [b"UIDL"]:
                return b"+OK\r\n" + b"".join(
                    b"%d u%d\r\n" % (n, n) for n in range(1, 1001)) + b".\r\n"
            case [b"LIST"]:
                return b"+OK\r\n" + b"".join(
                    b"%d %d\r\n" % (n, len(self.mail)) for n in range(1, 1001)
                ) + b".\r\n"
            case [b"RETR", _]:
                return b"+OK\r\n" + self.mail + b".\r\n"
            case [b"USER" | b"PASS" | b"DELE" | b"NOOP" | b"QUIT", *_]:
                return b"+OK\r\n"
        return b"-ERR\r\n"


def _serve(pipe, mail, certificate):
    async def serve():
        context = None
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate.chain, certificate.key)
        loop = asyncio.get_running_loop()
        server = await loop.create_server(
            lambda: _Server(mail), "127.0.0.1", 0, ssl=context, backlog=4096)
        pipe.send(server.sockets[0].getsockname()[1])
        await loop.run_in_executor(None, pipe.recv)

    asyncio.run(serve())


@contextlib.contextmanager
def server(mail, certificate=None):
    """The port of a server, which speaks TLS if it has a certificate."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.Process(target=_serve, args=(theirs, mail, certificate))
    process.start()
    try:
        yield ours.recv()
    finally:
        ours.send("end")
        process.join()


class _Session:
    def __init__(self, reader, writer):
        self.reader, self.writer = reader, writer

    async def ask(self, line, end=b"\r\n"):
        self.writer.write(line + b"\r\n")
        answer = await self.reader.readuntil(end)
        assert answer.startswith(b"+OK"), answer[:200]
        return answer


class _Clients:
    def __init__(self, port, login, ca):
        self.port, self.login = port, login
        self.tls = ssl.create_default_context(cafile=str(ca)) if ca else None
        self.sessions = []
        self.gate = asyncio.Semaphore(AT_ONCE)

    async def _open(self):
        async with self.gate:
            begun = time.monotonic()
            name = {"server_hostname": "localhost"} if self.tls else {}
            session = _Session(*await asyncio.open_connection(
                "127.0.0.1", self.port, ssl=self.tls, **name))
            greeting = await session.reader.readline()
            assert greeting.startswith(b"+OK"), greeting
            self.sessions.append(session)
            await session.ask(b"USER " + self.login.format(len(self.sessions)).encode())
            await session.ask(b"PASS x")
            await session.ask(b"STAT")
            return time.monotonic() - begun

    async def open(self, count):
        return await asyncio.gather(*(self._open() for _ in range(count)))

    async def _fetch(self, session, mails):
        times = []
        for number in range(1, mails + 1):
            begun = time.monotonic()
            mail = await session.ask(b"RETR %d" % number, b"\r\n.\r\n")
            times.append(time.monotonic() - begun)
            assert b"\r\nX-DKIM-Check: pass\r\n" in mail, mail[:300]
        return times

    async def fetch(self, sessions, mails):
        # Spread over all of them, old and new.
        step = max(1, len(self.sessions) // sessions)
        chosen = self.sessions[::step][:sessions]
        times = await asyncio.gather(*(self._fetch(s, mails) for s in chosen))
        return [t for each in times for t in each]

    async def _noop(self, session):
        begun = time.monotonic()
        await session.ask(b"NOOP")
        return time.monotonic() - begun

    async def noop(self):
        """One after the other, from all."""
        return [await self._noop(session) for session in self.sessions]

    async def quit(self):
        for session in self.sessions:
            await session.ask(b"QUIT")
            session.writer.close()
        self.sessions.clear()
        return []


def _use(pipe, *how):
    async def use():
        clients = _Clients(*how)
        loop = asyncio.get_running_loop()
        while True:
            name, *parameters = await loop.run_in_executor(None, pipe.recv)
            if name == "end":
                return
            try:
                pipe.send(await getattr(clients, name)(*parameters))
            except (AssertionError, OSError, EOFError) as error:
                pipe.send(error)

    asyncio.run(use())


class Clients:
    """`login` is a format with the number of the session. Each method answers how
    long each step took, in seconds, and raises what went wrong first."""

    def __init__(self, port, login, ca=None):
        self.pipe, theirs = multiprocessing.Pipe()
        self.process = multiprocessing.Process(
            target=_use, args=(theirs, port, login, ca))
        self.process.start()

    def _ask(self, *what):
        self.pipe.send(what)
        answer = self.pipe.recv()
        if isinstance(answer, BaseException):
            raise answer
        return answer

    def open(self, count):
        return self._ask("open", count)

    def fetch(self, sessions, mails):
        return self._ask("fetch", sessions, mails)

    def noop(self):
        return self._ask("noop")

    def quit(self):
        return self._ask("quit")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.pipe.send(["end"])
        self.process.join()
