"""`bastion-up NAME -- true` beside plain ssh with the same options to the same server."""
import contextlib
import getpass
import json
import os
import pathlib
import random
import subprocess

from .figures import interleaved, table
from .keyring import keyring
from .listing import timed
from .setting import CLIENT, GROUPS, TENANT, Trouble

MACHINE = f"{GROUPS}/rg/providers/Microsoft.Compute/virtualMachines/vm"
HOST = f"{GROUPS}/rg/providers/Microsoft.Network/bastionHosts/bas"


def run(bench):
    print("### `-- true` over ssh, beside plain ssh\n", flush=True)
    with bench.part(), keyring(bench.folder / "session-keyring") as bus:
        port = start_server(bench)
        cloud = start_emulator(bench, port)
        environment = {**home(bench, cloud), "DBUS_SESSION_BUS_ADDRESS": bus}
        ours = [bench.program, "bench", "--", "true"]
        direct = plain_words(bench, environment, port)
        for words in (ours, direct, ours):
            timed(words, environment)
        rounds = bench.scale.starts
        found = interleaved(rounds, {
            "bastion-up": lambda: timed(ours, environment), "ssh": lambda: timed(direct, environment)})
    rows = [[name, f"{keys['wall'].median * 1e3:.1f}", f"{min(keys['wall'].values) * 1e3:.1f}",
             f"{keys['cpu'].median * 1e3:.1f}", f"{keys['wall'].ratio(found['ssh']['wall']):.2f}"]
            for name, keys in found.items()]
    print(table(["", "ms", "least", "CPU ms, with children", "of ssh"], rows) + "\n")
    print(f"Medians of {rounds}.\n", flush=True)


def start_server(bench):
    """An sshd of its own for the user who runs this, by key, without that user's shell files. Gives its port."""
    folder = bench.folder / "sshd"
    folder.mkdir(mode=0o700)
    for name in ("host", "user"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / name], check=True)
    if os.geteuid() == 0:
        pathlib.Path("/run/sshd").mkdir(exist_ok=True)
    for _ in range(40):
        port = random.randrange(20_000, 32_000)
        (folder / "config").write_text(f"""\
Port {port}
ListenAddress 127.0.0.1
HostKey {folder}/host
PidFile none
StrictModes no
PrintMotd no
UsePAM no
PermitRootLogin prohibit-password
PasswordAuthentication no
AuthorizedKeysFile {folder}/user.pub
SetEnv HOME={folder}
""")
        log = folder / "log"
        log.write_text("")
        server = bench.start(["/usr/sbin/sshd", "-D", "-f", folder / "config", "-E", log], f"sshd-{port}")
        with contextlib.suppress(Trouble):
            server.wait_for(lambda *_: f"Server listening on 127.0.0.1 port {port}" in log.read_text())
            return port
    raise Trouble(f"sshd does not start: {log.read_text()}")


def start_emulator(bench, port):
    """Azure, with the ssh server behind it. Gives where it is."""
    program = bench.program.with_name("bastion-emulator")
    if not os.access(program, os.X_OK):
        raise Trouble(f"there is no {program}: run 'make release'")
    folder = bench.folder / "emulator"
    folder.mkdir(mode=0o700)
    file = folder / "emulator.yaml"
    file.write_text(f"""\
version: 1
listen: 127.0.0.1:0
tenants:
  {TENANT}:
    clients:
      {CLIENT}: {{clientSecret: "bench"}}
hosts:
  - {{resourceId: {HOST}, sku: Standard}}
targets:
  - resourceId: {MACHINE}
    ports: {{22: "127.0.0.1:{port}"}}
""")
    words = [program, "--config", file, "--state", folder / "state", "--log", folder / "requests.jsonl"]
    emulator = bench.start(words, "emulator")
    text = emulator.wait_for(lambda text, _: "dnsName=" in text)
    return dict(line.split("=", 1) for line in text.splitlines() if "=" in line)


def home(bench, cloud):
    """As `bench.home`, with the ssh server as the target."""
    environment = bench.home("session", places={
        "cloud": cloud["authority"], "suffix": cloud["bastionSuffix"], "caFile": cloud["caFile"]})
    file = pathlib.Path(environment["XDG_CONFIG_HOME"]) / "bastion-up/profiles/bench.yaml"
    file.write_text(f"""\
version: 1
clouds:
  bench:
    authority: {cloud['authority']}
    resourceManager: {cloud['resourceManager']}
    bastionSuffix: {cloud['bastionSuffix']}
    caFile: {cloud['caFile']}
hosts:
  bench: {{resourceId: {HOST}, tenant: {TENANT}, cloud: bench}}
profiles:
  bench:
    host: bench
    target: {{resourceId: {MACHINE}}}
    auth: {{type: ssh-key, key: {bench.folder}/sshd/user, username: {getpass.getuser()}}}
""")
    return environment


def plain_words(bench, environment, port):
    """The command line of the plan, to the server itself instead of through a tunnel."""
    plan = subprocess.run(
        [bench.program, "plan", "bench", "--output", "json", "--", "true"], capture_output=True, text=True,
        env=environment, check=True)
    client = next(step for step in json.loads(plan.stdout)["steps"] if step["kind"] == "launch")
    words = iter(client["arguments"])
    kept = []
    for word in words:
        option = next(words) if word == "-o" else None
        if option is None:
            kept.append("127.0.0.1" if word == "bench" else word)
        elif not option.startswith("Proxy"):
            kept += ["-o", option]
    return [client["program"], "-p", str(port), *kept]
