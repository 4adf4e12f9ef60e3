"""What the server can do alone, without anything between it and the load: it must not be what is measured."""
from .figures import interleaved, table
from .setting import GIB


def run(bench):
    places = {
        "plain TCP": (int(bench.places["plain"]), "plain"),
        "TLS": (int(bench.places["tls"]), "tls"),
        "TLS and WebSocket": (int(bench.places["cloud"].rsplit(":", 1)[1]), "websocket"),
    }
    size = bench.scale.bytes

    def measurement(port, via, direction):
        def measure():
            found = bench.load(
                "throughput", port, {"server": bench.server.pid}, direction=direction, bytes=size, via=via)
            return {"rate": size / GIB / found["seconds"], "cpu": found["server"] / size * GIB}
        return measure

    rounds = min(3, bench.scale.rounds)
    print(f"### The server alone, one connection ({size / GIB:g} GiB each, {rounds} rounds)\n")
    found = {
        direction: interleaved(rounds, {
            name: measurement(*place, direction) for name, place in places.items()})
        for direction in ("up", "down")
    }
    rows = [
        [name] + [f"{found[direction][name][key].median:.2f}" for direction in found for key in ("rate", "cpu")]
        for name in places
    ]
    print(table(["to the server by", "up GiB/s", "server CPU s/GiB", "down GiB/s", "server CPU s/GiB"], rows) + "\n",
          flush=True)
