"""Ports for programs that have to be told theirs."""

import pathlib
import random
import socket

# Held until this process ends, so that tests beside it take other ports.
_reservations = []


def _candidates():
    """Ports that the system gives nobody by itself, so that no connection and
    no bind to port 0 takes one between choosing and binding."""
    limits = pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range").read_text()
    first, last = (int(word) for word in limits.split())
    apart = [port for port in range(10_000, 65_536) if not first <= port <= last]
    return apart if len(apart) >= 1000 else list(range(10_000, 65_536))


def _reserve(port):
    """Whether no test on this machine has it: the name is taken machine-wide."""
    reservation = socket.socket(socket.AF_UNIX)
    try:
        reservation.bind(f"\0mekiki-test-port-{port}")
    except OSError:
        reservation.close()
        return False
    _reservations.append(reservation)
    return True


def free_ports(count):
    """Ports of 127.0.0.1 that nothing listens on. Who uses them must still be
    ready to retry: programs that are no test of ours know no reservations."""
    candidates = _candidates()
    random.shuffle(candidates)
    ports = []
    for port in candidates:
        if len(ports) == count:
            break
        if not _reserve(port):
            continue
        try:
            socket.create_server(("127.0.0.1", port)).close()
        except OSError:
            continue
        ports.append(port)
    assert len(ports) == count, "there are no free ports"
    return ports
