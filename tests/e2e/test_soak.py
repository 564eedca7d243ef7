"""Sessions with faults drawn at random, for as long as is wanted, in one process:
no client takes a cut mail for a whole one, nothing grows, nobody is left over.

`MEKIKI_SOAK_MINUTES` says how long (a quarter of a minute; growth is judged from
ten on), `MEKIKI_SEED` which faults. `make soak` asks for an hour, and prints what
it measured."""

import itertools
import json
import os
import random
import statistics
import threading
import time

from harness.account import HOST, mail
from harness.dns import TYPES, DnsServer
from harness.faults import (
    OF_THE_CLIENT,
    OF_THE_DNS,
    OF_THE_SERVER,
    SETTINGS,
    NthAnswer,
    assert_nobody_is_left,
    faulty_server,
    right_answer,
    run_session,
)
from harness.http import HttpClient
from harness.mails import DOMAIN

MINUTES = float(os.environ.get("MEKIKI_SOAK_MINUTES", 0.25))
SEED = int(os.environ.get("MEKIKI_SEED", 20150401))
CLIENTS = 6
STEPS = 20  # of a session, about
SOAK_SETTINGS = SETTINGS | {
    "dns.budget": "2s",
    # So small that it is full, and its caches are, before growth is judged.
    "history.octets": "16MiB",
}


class Tally(dict):
    """How often each thing happened."""

    def count(self, what):
        self[what] = self.get(what, 0) + 1


class Person:
    """One mailbox and its client, one session after the other."""

    def __init__(self, name, mekiki, rng, over):
        self.name = name
        self.mekiki = mekiki
        self.rng = rng
        self.over = over
        self.server = faulty_server([], 0, None)
        self.numbers = itertools.count()
        self.done = Tally()
        self.failure = None

    def new_mail(self):
        subject = f"{self.name}-{next(self.numbers)}"
        octets = mail(subject, self.rng.choice([DOMAIN, "friendly.example"]))
        return octets + b"..a line\r\n" * self.rng.choice([0, 10, 1_000, 30_000])

    def session(self):
        rng = self.rng
        mails = [self.new_mail() for _ in range(3)]
        of, fault = rng.choice([
            ("server", rng.choice(list(OF_THE_SERVER))),
            ("client", rng.choice(list(OF_THE_CLIENT))),
            ("nobody", "")])
        at = rng.randint(1, STEPS)
        said_quit = []

        def before(client, number, command):
            if of == "client" and number == at:
                said_quit.append(command == "QUIT")
                OF_THE_CLIENT[fault](client, command)

        self.server.mails = mails
        self.server.deleted = set()
        self.server.on = NthAnswer(at if of == "server" else 0,
                                   OF_THE_SERVER.get(fault))
        seen = run_session(self.mekiki, self.server, before)
        seen.said_quit |= said_quit == [True]
        seen.check(self.server, mails)
        if of == "nobody":
            assert seen.quit and len(seen.mails) == len(mails), seen.end
        self.server.sessions.clear()
        del self.server.threads[1:]
        self.done.count("sessions")
        self.done.count(f"{of} {fault}".strip())
        for _ in seen.mails:
            self.done.count("mails")

    def run(self):
        try:
            while not self.over.is_set():
                self.session()
        except BaseException as failure:
            self.failure = failure
            self.over.set()

    def end(self):
        self.server.end()


def measure(mekiki):
    pid = mekiki.process.pid
    with open(f"/proc/{pid}/status") as status:
        fields = dict(line.split(":", 1) for line in status)
    return {
        "memory": int(fields["RssAnon"].split()[0]) / 1024,  # MiB
        "threads": int(fields["Threads"]),
        "files": len(os.listdir(f"/proc/{pid}/fd")),
        "disk": sum(f.stat().st_size for f in mekiki.state.glob("mekiki.db*")) >> 20,
    }


def watch(mekiki, over, samples):
    """An administrator's pages stay open meanwhile."""
    end = time.monotonic() + MINUTES * 60
    while time.monotonic() < end and not over.wait(1):
        with HttpClient(mekiki.admin_port) as http:
            assert http.get("/healthz")[0] == 200
        samples.append(measure(mekiki))


def test_nothing_grows_and_nobody_is_left(start, corpus):
    zone = corpus.zone
    zone.add_address(HOST, ["127.0.0.1"])
    zone.add_text(f"_dmarc.{DOMAIN}", "v=DMARC1; p=reject")
    rng = random.Random(SEED)
    dns_rng = random.Random(rng.random())

    def answer(name, kind):
        right = right_answer(zone, name, kind)
        # Without these there would be no session: the server, the root's key.
        if name == HOST or kind not in TYPES or dns_rng.random() < 0.9:
            return 0, right
        return dns_rng.choice(list(OF_THE_DNS.values()))(right)

    samples = []
    over = threading.Event()
    with DnsServer(answer) as dns:
        mekiki = start(None, SOAK_SETTINGS | {"dns.resolvers": [dns.address]})
        people = [Person(f"person{i}", mekiki, random.Random(rng.random()), over)
                  for i in range(CLIENTS)]
        threads = [threading.Thread(target=p.run) for p in people]
        for thread in threads:
            thread.start()
        try:
            watch(mekiki, over, samples)
        finally:
            over.set()
            for thread in threads:
                thread.join()
            for person in people:
                person.end()
        for person in people:
            if person.failure:
                raise person.failure
        assert_nobody_is_left(mekiki)
        assert mekiki.is_alive()
        last = measure(mekiki)

    total = {}
    for person in people:
        for what, number in person.done.items():
            total[what] = total.get(what, 0) + number
    third = len(samples) // 3
    middle, end = [{what: statistics.median(s[what] for s in part) for what in last}
                   for part in (samples[third:2 * third], samples[2 * third:])]
    tenth = max(len(samples) // 10, 1)
    print(json.dumps({"memory over time": [s["memory"] for s in samples[::tenth]],
                      "minutes": MINUTES, "seed": SEED, "total": total,
                      "middle third": middle, "last third": end, "at the end": last},
                     indent=1))
    assert total["sessions"] >= CLIENTS
    if MINUTES >= 10:
        assert end["memory"] <= middle["memory"] * 1.05 + 2, (middle, end)
        assert end["threads"] == middle["threads"]
        assert last["files"] <= middle["files"]
