"""A local Azure Bastion for the checks that are written in Python: the emulator, a target, a home for bastion-up."""

import calendar
import json
import os
import selectors
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from pathlib import Path

TENANT = "22222222-2222-2222-2222-222222222222"
CLIENT = "33333333-3333-3333-3333-333333333333"
SECRET = "emulated-client-secret-5c9e27"
# How programs that were built with a sanitizer are to behave.
SANITIZERS = ("ASAN_OPTIONS", "TSAN_OPTIONS")
GROUPS = "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups"
HOST = f"{GROUPS}/rg-hub/providers/Microsoft.Network/bastionHosts/bas-hub"
MACHINE = f"{GROUPS}/rg-dev/providers/Microsoft.Compute/virtualMachines/dev-linux"


class Lab:
    """The emulator with one machine, whose ports lead where `ports` says; ended and removed by `close`.

    `address` is where the emulator listens, and what it is called where no `name` is given; the bastion host is then
    `bas-hub.` and that name; `tunnel` the profile's settings under that key;
    `prefix` the words that bastion-up is started by, as by `ip netns exec NAME`.
    """

    def __init__(self, programs, ports, faults=(), environment=None, address=None, name=None, tunnel="{}", prefix=()):
        self.programs = Path(programs).resolve()
        self.folder = Path(tempfile.mkdtemp(prefix="bu-lab-"))
        self.folder.chmod(0o700)
        for part in ("config/bastion-up/profiles", "state", "cache", "data", "run"):
            (self.folder / part).mkdir(mode=0o700, parents=True)
        self.extra = environment or {}
        self.tunnel, self.prefix = tunnel, list(prefix)
        self.log = self.folder / "requests.jsonl"
        mapped = ", ".join(f'{remote}: "{local}"' for remote, local in ports.items())
        domain, host = name or address, f"bas-hub.{name}" if name else address
        lines = [
            "version: 1", f"listen: {address or '127.0.0.1'}:0", "tenants:", f"  {TENANT}:", "    clients:",
            f'      {CLIENT}: {{clientSecret: "{SECRET}"}}', "hosts:",
            f"  - {{resourceId: {HOST}, sku: Standard{f', dnsName: {host}' if host else ''}}}", "targets:", f"  - resourceId: {MACHINE}",
            f"    ports: {{{mapped}}}", "limits: {sessionsPerHost: 100000}",
        ]
        if domain:
            lines += [f"publicName: {domain}", f"bastionSuffix: {domain}"]
        if faults:
            lines += ["faults:"] + [f"  - {rule}" for rule in faults]
        (self.folder / "emulator.yaml").write_text("\n".join(lines) + "\n")
        self.errors = open(self.folder / "emulator.err", "wb")
        self.emulator = subprocess.Popen(
            [self.programs / "bastion-emulator", "--config", self.folder / "emulator.yaml", "--state",
             self.folder / "emulator", "--log", self.log, "--ready-file", self.folder / "ready"],
            env=self.environment(), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=self.errors)
        self._await_ready()

    def _await_ready(self):
        deadline = time.monotonic() + 60
        while not (self.folder / "ready").exists():
            if self.emulator.poll() is not None or time.monotonic() > deadline:
                why = (self.folder / "emulator.err").read_text()
                self.close()
                raise SystemExit(f"the emulator did not start:\n{why}")
            time.sleep(0.01)
        # The values stand in quotes where a shell needs them.
        lines = (self.folder / "ready").read_text().splitlines()
        pairs = (line.split("=", 1) for line in lines if "=" in line)
        self.values = {name: value.strip("'\"") for name, value in pairs}
        self.write_profile(self.folder / "config")

    def write_profile(self, config):
        """The one profile, `dev-linux`, in the folder of a user's configuration."""
        values = self.values
        (config / "bastion-up/profiles/lab.yaml").write_text(f"""version: 1
clouds:
  lab: {{authority: "{values['authority']}", resourceManager: "{values['resourceManager']}",
        bastionSuffix: "{values['bastionSuffix']}", caFile: "{values['caFile']}"}}
hosts:
  hub: {{resourceId: {HOST}, tenant: {TENANT}, cloud: lab}}
profiles:
  dev-linux: {{host: hub, target: {{resourceId: {MACHINE}}}, client: none, tunnel: {self.tunnel}}}
""")

    def environment(self, home=None):
        """What bastion-up is started with; nothing of the developer's own."""
        home = home or self.folder
        return {
            "PATH": os.environ["PATH"], "HOME": str(home), "XDG_CONFIG_HOME": f"{home}/config",
            "XDG_STATE_HOME": f"{home}/state", "XDG_CACHE_HOME": f"{home}/cache",
            "XDG_DATA_HOME": f"{home}/data", "XDG_RUNTIME_DIR": f"{home}/run",
            "AZURE_TENANT_ID": TENANT, "AZURE_CLIENT_ID": CLIENT, "AZURE_CLIENT_SECRET": SECRET,
        } | {name: os.environ[name] for name in SANITIZERS if name in os.environ} | self.extra

    def start(self, *words, errors=subprocess.DEVNULL, **options):
        """bastion-up with these words; its standard output is a pipe."""
        return subprocess.Popen(
            [*self.prefix, self.programs / "bastion-up", *words], env=self.environment(), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=errors, **options)

    def run(self, *words):
        """bastion-up to its end: a run as every other, which sweeps what dead ones left."""
        return subprocess.run(
            [self.programs / "bastion-up", *words], env=self.environment(), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=120)

    def close(self):
        self.emulator.send_signal(signal.SIGTERM)
        try:
            self.emulator.wait(20)
        except subprocess.TimeoutExpired:
            self.emulator.kill()
            self.emulator.wait()
        self.errors.close()
        shutil.rmtree(self.folder, ignore_errors=True)


class Sessions:
    """What the emulator's log says of its sessions; `update` reads what is new."""

    def __init__(self, log):
        self.log = log
        self.position = 0
        self.all = {}

    def update(self):
        with open(self.log, "rb") as file:
            file.seek(self.position)
            content = file.read()
        whole = content[: content.rfind(b"\n") + 1]
        self.position += len(whole)
        for line in whole.splitlines():
            event = json.loads(line)
            name = event["event"]
            if not name.startswith(("session-", "websocket-")):
                continue
            session = self.all.setdefault(event["session"], {"port": event.get("port")})
            session[name] = seconds(event["time"])
            if "ending" in event:
                session["ending"] = event["ending"]

    @property
    def left(self):
        return {name: s for name, s in self.all.items() if "session-deleted" not in s}


def seconds(timestamp):
    """`2026-11-21T05:20:22.476Z` in seconds since 1970."""
    whole, fraction = timestamp.rstrip("Z").split(".")
    return calendar.timegm(time.strptime(whole, "%Y-%m-%dT%H:%M:%S")) + float("0." + fraction)


class GreetingServer(threading.Thread):
    """Says hello to whoever connects and closes, on a port of its own, until the process ends."""

    def __init__(self):
        super().__init__(daemon=True)
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self.port = self.listener.getsockname()[1]
        self.start()

    def run(self):
        while True:
            connection = self.listener.accept()[0]
            connection.sendall(b"hello\n")
            connection.close()


class EchoServer(threading.Thread):
    """Sends back what comes, on a port of its own, until the process ends."""

    def __init__(self):
        super().__init__(daemon=True)
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self.port = self.listener.getsockname()[1]
        self.start()

    def run(self):
        selector = selectors.DefaultSelector()
        selector.register(self.listener, selectors.EVENT_READ)
        while True:
            for key, _ in selector.select():
                if key.fileobj is self.listener:
                    selector.register(self.listener.accept()[0], selectors.EVENT_READ)
                    continue
                try:
                    data = key.fileobj.recv(65536)
                    if data:
                        key.fileobj.sendall(data)
                except OSError:
                    data = b""
                if not data:
                    selector.unregister(key.fileobj)
                    key.fileobj.close()
