"""New connections to a data plane 40 ms away: the time to the first byte that comes back, in round trips."""
import itertools
import statistics
import time

from . import crowd
from .figures import table

ROUND_TRIP = 40
CROWD = 20
# After a connection, until what is dialled in its place lies ready: TCP, TLS and some.
PAUSE = 6 * ROUND_TRIP / 1000
# Less than the pause, and more than a handshake takes.
SOON = 3.5 * ROUND_TRIP

numbers = itertools.count()


def run(bench):
    print(f"### New connections, the data plane {ROUND_TRIP} ms away\n", flush=True)
    rows = []
    for words, made_of, keys, network in [
        ("nothing lies ready", "TCP, TLS, token, upgrade, echo", "", {"fresh_time": SOON, "used_time": SOON}),
        ("a used connection alone", "token, upgrade over its connection, echo", "", {"fresh_time": SOON}),
        ("TLS connections lie ready", "token, upgrade, echo", "", {}),
        ("`tunnel.spare: 1`", "echo", "spare: 1", {}),
    ]:
        rows.append(row(words, made_of, one_by_one(bench, keys, network)))
    rows.append(row(f"{CROWD} at once, the last", "TCP, TLS, token, upgrade, echo", at_once(bench)))
    print(table(["", "made of", "round trips", "from", "to"], rows) + "\n", flush=True)


def row(words, made_of, seconds):
    trips = [second * 1000 / ROUND_TRIP for second in seconds]
    return [words, made_of, f"{statistics.median(trips):.2f}", f"{min(trips):.2f}", f"{max(trips):.2f}"]


def far_tunnel(bench, keys="", network=None):
    """A tunnel to a server of its own, far away, whose first connection has been made."""
    number = next(numbers)
    options = {name: int(value) for name, value in (network or {}).items()}
    server = bench.serve(f"far-{number}", round_trip=ROUND_TRIP, **options)
    places = bench.read_places(server)
    _, port = bench.tunnel(f"opening-{number}", keys, places)
    crowd.close_all(crowd.open_in_turn(port, 1))
    time.sleep(PAUSE)
    return port, int(places["plain"])


def one_by_one(bench, keys, network):
    with bench.part():
        port, plain = far_tunnel(bench, keys, network)
        for _ in range(bench.scale.rounds):
            start = time.monotonic()
            sockets = crowd.open_in_turn(port, 1)
            took = time.monotonic() - start
            crowd.close_all(sockets)
            yield took
            time.sleep(PAUSE)
        wanted = 1 if "spare" in keys else 0
        crowd.wait_until(lambda: crowd.ask_sessions(plain)[0] == wanted, "all sessions deleted but the spare one")


def at_once(bench):
    """A new process each time: what a crowd leaves behind makes the next one faster."""
    for _ in range(bench.scale.rounds):
        with bench.part():
            port, plain = far_tunnel(bench)
            start = time.monotonic()
            sockets = crowd.open_at_once(port, CROWD)
            took = time.monotonic() - start
            if len(sockets) != CROWD:
                raise crowd.Trouble(f"only {len(sockets)} of {CROWD} connections were answered")
            crowd.close_all(sockets)
            yield took
            crowd.wait_until(lambda: crowd.ask_sessions(plain)[0] == 0, "all sessions deleted")
