"""Sizes of the messages in both directions: throughput and processor time of each, one connection."""
from .figures import interleaved, table
from .setting import GIB

UP = (1024, 4096, 8192, 16376, 32768, 65535)
DOWN = (1024, 4096, 8192, 16380, 16384, 65536)
PACKED = (4096, 16384, 65536)


def run(bench):
    size = bench.scale.bytes // 2
    rounds = min(3, bench.scale.rounds)
    print(f"### Sizes of messages, one connection ({size / GIB:g} GiB each, {rounds} rounds)\n", flush=True)
    rows = []
    with bench.part():
        rows += rows_of("up", up(bench, size, rounds))
    with bench.part():
        rows += rows_of("down", down(bench, size, rounds))
    print(table(["direction", "bytes of a message", "GiB/s", "of stunnel4", "CPU s/GiB", "of stunnel4"], rows) + "\n",
          flush=True)


def up(bench, size, rounds):
    """What we send: the key tunnel.messageSize."""
    measures = {"stunnel4": measurement(bench, "up", size, bench.stunnel_port, bench.stunnel.pid)}
    for message in UP:
        tunnel, port = bench.tunnel(f"tunnel-{message}", f"messageSize: {message}")
        measures[message] = measurement(bench, "up", size, port, tunnel.pid)
    return interleaved(rounds, measures)


def down(bench, size, rounds):
    """What the service sends: a write of its TLS for each message, or messages packed into full TLS records."""
    measures = {"stunnel4": measurement(bench, "down", size, bench.stunnel_port, bench.stunnel.pid)}
    shapes = [(message, "each") for message in DOWN] + [(message, "packed") for message in PACKED]
    for message, writes in shapes:
        name = f"{message} packed" if writes == "packed" else f"{message}"
        server = bench.serve(f"server-{name}", message, writes)
        tunnel, port = bench.tunnel(f"tunnel-from-{name}", places=bench.read_places(server))
        measures[name] = measurement(bench, "down", size, port, tunnel.pid)
    return interleaved(rounds, measures)


def measurement(bench, direction, size, port, pid):
    def measure():
        found = bench.load("throughput", port, {"cpu": pid}, direction=direction, bytes=size)
        return {"rate": size / GIB / found["seconds"], "cpu": found["cpu"] / size * GIB}
    return measure


def rows_of(direction, found):
    reference = found["stunnel4"]
    for name, keys in found.items():
        yield [direction, name] + [
            cell for key in ("rate", "cpu")
            for cell in (f"{keys[key].median:.2f}", f"{keys[key].ratio(reference[key]):.2f}")]
