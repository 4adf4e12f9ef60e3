"""A thousand connections at once and idle: memory, processor time, threads; ten thousand opened and closed."""
import time

from . import crowd
from .figures import table
from .processes import ProcessFacts

BATCH = 100


def run(bench):
    count = bench.scale.idle
    crowd.allow_descriptors(4 * count + 200)
    print(f"### {count} connections at once, then idle for {bench.scale.idle_seconds} s\n", flush=True)
    rows = []
    with bench.part():
        tunnel, port = bench.tunnel("tunnel-idle")
        rows.append(measure("bastion-up", port, tunnel.pid, bench.scale))
    with bench.part():
        stunnel, port = bench.start_stunnel("stunnel-idle")
        rows.append(measure("stunnel4", port, stunnel.pid, bench.scale))
    print(table(
        ["through", "answered", "until all were, s", "CPU ms each", "KiB each", "idle CPU %", "threads"], rows) + "\n",
          flush=True)
    churn(bench)
    cost(bench)


def measure(name, port, pid, scale):
    count = scale.idle
    facts = ProcessFacts(pid)
    # The first connection brings what is needed once only.
    crowd.close_all(crowd.open_in_turn(port, 1))
    before, spent, start = facts.resident, facts.seconds, time.monotonic()
    sockets = crowd.open_at_once(port, count)
    took, spent = time.monotonic() - start, facts.seconds - spent
    time.sleep(1)
    each = (facts.resident - before) / max(1, len(sockets))
    idle_from = facts.seconds
    time.sleep(scale.idle_seconds)
    idle = (facts.seconds - idle_from) / scale.idle_seconds
    row = [name, f"{len(sockets)} of {count}", f"{took:.1f}", f"{spent / count * 1e3:.2f}", f"{each / 1024:.1f}",
           f"{idle:.2%}", facts.threads]
    crowd.close_all(sockets)
    return row


def churn(bench):
    """Opens and closes by batches; what grows with that would grow for ever."""
    total = bench.scale.churned
    batch = min(BATCH, total // 4)
    plain = int(bench.places["plain"])
    print(f"### {total} connections opened and closed, {batch} at a time\n", flush=True)
    rows = []
    with bench.part():
        tunnel, port = bench.tunnel("tunnel-churn")
        facts = ProcessFacts(tunnel.pid)
        done = 0

        def go_on(until):
            nonlocal done
            while done < until:
                sockets = crowd.open_at_once(port, batch)
                if len(sockets) != batch:
                    raise crowd.Trouble(f"only {len(sockets)} of {batch} connections were answered")
                crowd.close_all(sockets)
                done += batch
            crowd.wait_until(lambda: crowd.ask_sessions(plain)[0] == 0, "all sessions deleted")

        for until in (total // 10, total // 2, total):
            spent, from_count = facts.seconds, done
            go_on(until)
            each = (facts.seconds - spent) / max(1, done - from_count)
            rows.append([done, f"{facts.resident / 1024 / 1024:.1f}", facts.descriptors, facts.threads, f"{each * 1e3:.2f}"])
    print(table(["connections so far", "resident MiB", "descriptors", "threads", "CPU ms each"], rows) + "\n", flush=True)


def cost(bench):
    """One connection after the other, and the kernel's answer to whose each is."""
    count = max(20, bench.scale.churned // 20)
    print(f"### The cost of a connection ({count} one after the other)\n", flush=True)
    with bench.part():
        tunnel, port = bench.tunnel("tunnel-cost")
        facts = ProcessFacts(tunnel.pid)
        crowd.close_all(crowd.open_in_turn(port, 10))
        spent, start = facts.seconds, time.monotonic()
        for _ in range(count):
            crowd.close_all(crowd.open_in_turn(port, 1))
        took = (time.monotonic() - start) / count
        crowd.wait_until(lambda: crowd.ask_sessions(int(bench.places["plain"]))[0] == 0, "all sessions deleted")
        spent = (facts.seconds - spent) / count
        peer = bench.load("peer", port, count=20 * count)
    print(table(
        ["", "each"],
        [["until the first byte came back, ms", f"{took * 1e3:.2f}"],
         ["processor time, opening and closing, ms", f"{spent * 1e3:.2f}"],
         ["of that: whose socket is it? µs (p50)", f"{peer['p50']:.1f}"],
         ["the same, µs (p99)", f"{peer['p99']:.1f}"]]) + "\n", flush=True)
