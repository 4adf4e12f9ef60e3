"""The way of one byte to the target and back: median and 99th percentile, beside stunnel4 and plain TCP."""
from .figures import interleaved, table


def run(bench):
    tunnel, port = bench.tunnel("tunnel-echo")
    subjects = {
        "bastion-up": (port, tunnel.pid),
        "stunnel4": (bench.stunnel_port, bench.stunnel.pid),
        "plain TCP": (int(bench.places["plain"]), None),
    }

    def measurement(port, pid):
        processes = {"cpu": pid} if pid else {}
        return lambda: bench.load("echo", port, processes, count=bench.scale.echoes)

    found = interleaved(bench.scale.rounds, {name: measurement(*place) for name, place in subjects.items()})
    print(f"### One byte there and back ({bench.scale.echoes} a round)\n")
    rows = []
    for name, keys in found.items():
        reference = found["stunnel4"]
        cells = [name]
        for key in ("p50", "p99"):
            cells += [f"{keys[key].median:.1f}", f"{keys[key].ratio(reference[key]):.2f}", f"{keys[key].spread:.0%}"]
        if "cpu" in keys:
            each = keys["cpu"].median / bench.scale.echoes * 1e6
            cells += [f"{each:.1f}", f"{keys['cpu'].ratio(reference['cpu']):.2f}"]
        else:
            cells += ["", ""]
        rows.append(cells)
    print(table(
        ["through", "p50 µs", "of stunnel4", "spread", "p99 µs", "of stunnel4", "spread", "CPU µs", "of stunnel4"],
        rows) + "\n", flush=True)
