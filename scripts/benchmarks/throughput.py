"""Throughput and processor time of a GiB, one connection and eight, up and down, beside stunnel4 and plain TCP."""
from .figures import interleaved, table
from .setting import GIB


def run(bench):
    tunnel, port = bench.tunnel("tunnel-throughput")
    subjects = {
        "bastion-up": (port, tunnel.pid),
        "stunnel4": (bench.stunnel_port, bench.stunnel.pid),
        "plain TCP": (int(bench.places["plain"]), None),
    }
    size = bench.scale.bytes
    print(f"### Throughput and processor time ({size / GIB:g} GiB each)\n", flush=True)
    rows = []
    for direction in ("up", "down"):
        for connections in (1, 8):
            found = measure(bench, subjects, direction, connections, size)
            for name, keys in found.items():
                rows.append(row(f"{direction}, {connections}" if name == "bastion-up" else "", name, keys, found))
    print(table(
        ["direction, connections", "through", "GiB/s", "of stunnel4", "spread", "CPU s/GiB", "of stunnel4", "spread",
         "server CPU s/GiB"], rows) + "\n", flush=True)


def measure(bench, subjects, direction, connections, size):
    def measurement(port, pid):
        def run():
            processes = {"server": bench.server.pid} | ({"cpu": pid} if pid else {})
            found = bench.load(
                "throughput", port, processes, direction=direction, connections=connections, bytes=size)
            gib = size / GIB
            numbers = {"rate": gib / found["seconds"], "server": found["server"] / gib}
            if pid:
                numbers["cpu"] = found["cpu"] / gib
            return numbers
        return run

    return interleaved(
        bench.scale.rounds, {name: measurement(*place) for name, place in subjects.items()})


def row(title, name, keys, found):
    reference = found["stunnel4"]
    cells = [title, name, f"{keys['rate'].median:.2f}", f"{keys['rate'].ratio(reference['rate']):.2f}",
             f"{keys['rate'].spread:.0%}"]
    if "cpu" in keys:
        cells += [f"{keys['cpu'].median:.2f}", f"{keys['cpu'].ratio(reference['cpu']):.2f}", f"{keys['cpu'].spread:.0%}"]
    else:
        cells += ["", "", ""]
    return cells + [f"{keys['server'].median:.2f}"]
