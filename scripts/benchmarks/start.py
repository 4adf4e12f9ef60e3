"""From the start of `bastion-up tunnel NAME` to the target's first byte: processor time and time."""
import subprocess
import time

from . import crowd
from .figures import interleaved, table
from .keyring import keyring
from .processes import ProcessFacts
from .setting import Trouble



def run(bench):
    print("### From the start of `tunnel` to the first byte\n", flush=True)
    rounds = bench.scale.starts
    with keyring(bench.folder / "start-keyring") as bus:
        alone = bench.home("start-alone")
        kept = {**bench.home("start-kept"), "DBUS_SESSION_BUS_ADDRESS": bus}
        signed = {**bench.home("start-signed"), "DBUS_SESSION_BUS_ADDRESS": bus}
        secret = signed.pop("AZURE_CLIENT_SECRET")
        sign_in(bench, signed, secret)
        for environment in (alone, kept, signed):
            first_byte(bench, environment)  # what comes first fills the caches
        found = interleaved(rounds, {
            "token from the keyring, sign-in too": lambda: first_byte(bench, signed),
            "token from the keyring": lambda: first_byte(bench, kept),
            "token newly issued, no keyring": lambda: first_byte(bench, alone),
            "`--version`": lambda: version(bench, alone),
        })
    rows = []
    for name, keys in found.items():
        cpu = keys["cpu"]
        rows.append([
            name, f"{cpu.median * 1e3:.1f}", f"{min(cpu.values) * 1e3:.1f}–{max(cpu.values) * 1e3:.1f}",
            f"{keys['wall'].median * 1e3:.1f}", f"{min(keys['wall'].values) * 1e3:.1f}"])
    print(table(["", "CPU ms", "from, to", "ms", "least"], rows) + "\n")
    print(f"Medians of {rounds}.\n", flush=True)


def sign_in(bench, environment, secret):
    words = [bench.program, "login", "--service-principal", "--client-id", environment.pop("AZURE_CLIENT_ID"),
             "--tenant", environment.pop("AZURE_TENANT_ID"), "--cloud", "bench"]
    done = subprocess.run(
        [str(word) for word in words], input=secret, capture_output=True, text=True, env=environment, timeout=60)
    if done.returncode != 0:
        raise Trouble(f"login failed: {done.stderr}")


def first_byte(bench, environment):
    start = time.monotonic()
    process = subprocess.Popen(
        [bench.program, "tunnel", "bench", "--port", "0:9"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, env=environment, cwd="/", text=True)
    try:
        line = process.stdout.readline()
        if " -> " not in line:
            raise Trouble(f"tunnel did not begin: {process.stderr.read()[-500:]}")
        sockets = crowd.open_in_turn(int(line.split(" -> ")[0].rsplit(":", 1)[1]), 1)
        wall = time.monotonic() - start
        cpu = ProcessFacts(process.pid).seconds
        crowd.close_all(sockets)
    finally:
        process.terminate()
        process.communicate()
    return {"wall": wall, "cpu": cpu}


def version(bench, environment):
    from .listing import timed
    return timed([bench.program, "--version"], environment)
