"""What every topic needs: a server, a tunnel, stunnel4, and folders of their own that go away."""
import contextlib
import dataclasses
import json
import os
import pathlib
import platform
import resource
import shutil
import signal
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
GIB = 1 << 30
TENANT = "22222222-2222-2222-2222-222222222222"
CLIENT = "33333333-3333-3333-3333-333333333333"
GROUPS = "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups"


class Trouble(Exception):
    """Why the benchmark cannot go on."""


@dataclasses.dataclass
class Scale:
    """How much is measured."""
    rounds: int = 7
    bytes: int = GIB
    echoes: int = 20_000
    idle: int = 1_000
    churned: int = 10_000
    idle_seconds: int = 5
    profiles: int = 10_000
    starts: int = 31

    @staticmethod
    def from_environment(environment):
        scale = Scale()
        for name in ("rounds", "bytes", "echoes", "idle", "churned", "profiles", "starts"):
            text = environment.get(f"BENCH_{name.upper()}")
            if text is None:
                continue
            if not text.isdigit() or int(text) == 0:
                raise SystemExit(f"bench: BENCH_{name.upper()} is no number above 0: {text}")
            setattr(scale, name, int(text))
        return scale

    @staticmethod
    def smoke():
        return Scale(rounds=1, bytes=16 << 20, echoes=200, idle=20, churned=40, idle_seconds=1, profiles=100,
                     starts=1)


class Child:
    """A program that runs beside the measurements and is ended with them."""

    def __init__(self, words, folder, name, environment):
        self.name = name
        self.errors = folder / f"{name}.stderr"
        self.output = folder / f"{name}.stdout"
        with open(self.errors, "wb") as errors, open(self.output, "wb") as output:
            self.process = subprocess.Popen(
                [str(word) for word in words], stdin=subprocess.DEVNULL, stdout=output, stderr=errors,
                env=environment)
        self.pid = self.process.pid

    def wait_for(self, is_ready, seconds=20):
        """Gives the output once it is ready."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            text = self.output.read_text()
            if is_ready(text, self):
                return text
            if self.process.poll() is not None:
                break
            time.sleep(0.01)
        raise Trouble(f"{self.name} did not begin: {self.errors.read_text()[-2000:]}{self.output.read_text()[-500:]}")

    def end(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        return self.process.returncode


class Bench:
    """The setting of a run: made on entering, taken down on leaving."""

    def __init__(self, scale):
        self.scale = scale
        programs = pathlib.Path(os.environ.get("BENCH_PROGRAMS", ROOT / "build/bin"))
        self.program = programs / "bastion-up"
        self.tool = programs / "bastion-bench"
        self.stunnel_program = shutil.which("stunnel4") or shutil.which("stunnel")
        self.stack = contextlib.ExitStack()

    def __enter__(self):
        for program in (self.program, self.tool):
            if not os.access(program, os.X_OK):
                raise Trouble(f"there is no {program}: run 'make bench', or set BENCH_PROGRAMS")
        if not self.stunnel_program:
            raise Trouble("stunnel4 is not installed: scripts/setup-debian bench")
        self.raise_limits()
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="bu-bench-"))
        self.stack.callback(shutil.rmtree, self.folder, ignore_errors=True)
        try:
            self.server = self.serve()
            self.places = self.read_places(self.server)
            self.stunnel, self.stunnel_port = self.start_stunnel()
        except BaseException:
            self.stack.close()
            raise
        return self

    def __exit__(self, *_):
        self.stack.close()

    @staticmethod
    def raise_limits():
        """Descriptors of this process and of all that it starts."""
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))

    def start(self, words, name, environment=None):
        child = Child(words, self.folder, name, environment or {"PATH": os.environ["PATH"]})
        self.stack.callback(child.end)
        return child

    @contextlib.contextmanager
    def part(self):
        """What is started within ends with it."""
        outer, self.stack = self.stack, contextlib.ExitStack()
        try:
            yield
        finally:
            self.stack.close()
            self.stack = outer

    # The far end

    def serve(self, name="server", message_size=16 << 10, writes="packed", **network):
        """network: options of `bastion-bench serve` in milliseconds, as round_trip=40."""
        folder = self.folder / f"{name}-files"
        folder.mkdir()
        words = [self.tool, "serve", "--folder", folder]
        words += ["--message-size", message_size, "--writes", writes]
        for option, value in network.items():
            words += [f"--{option.replace('_', '-')}", value]
        return self.start(words, name)

    @staticmethod
    def read_places(server):
        text = server.wait_for(lambda text, _: "caFile=" in text)
        return dict(line.split("=", 1) for line in text.splitlines())

    # What is measured

    def start_stunnel(self, name="stunnel"):
        port = free_port()
        file = self.folder / f"{name}.conf"
        file.write_text(f"""\
foreground = yes
pid =
debug = err
[bench]
client = yes
accept = 127.0.0.1:{port}
connect = 127.0.0.1:{self.places['tls']}
CAfile = {self.places['caFile']}
verifyChain = yes
checkHost = {self.places['name']}
sni = {self.places['name']}
sslVersionMin = TLSv1.2
ciphersuites = TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256
libwrap = no
socket = l:TCP_NODELAY=1
socket = r:TCP_NODELAY=1
""")
        child = self.start([self.stunnel_program, file], name)
        child.wait_for(lambda _, child: is_listening(child.pid, port))
        return child, port

    def home(self, name, keys="", places=None):
        """A home folder with the profile `bench`. Gives the environment in which bastion-up uses it, signed in.

        name: a new one for each; keys: of the profile's `tunnel`, as in a flow mapping.
        """
        places = places or self.places
        home = self.folder / f"home-{name}"
        profiles = home / "config/bastion-up/profiles"
        for folder in (profiles, home / "run"):
            folder.mkdir(parents=True, mode=0o700)
        for folder in home.rglob("*"):
            folder.chmod(0o700)
        (profiles / "bench.yaml").write_text(f"""\
version: 1
clouds:
  bench:
    authority: {places['cloud']}
    resourceManager: {places['cloud']}
    bastionSuffix: {places['suffix']}
    caFile: {places['caFile']}
hosts:
  bench: {{resourceId: {GROUPS}/rg/providers/Microsoft.Network/bastionHosts/bas-bench, tenant: {TENANT}, cloud: bench}}
profiles:
  bench:
    host: bench
    target: {{resourceId: {GROUPS}/rg/providers/Microsoft.Compute/virtualMachines/vm}}
    auth: {{type: ssh-key, key: /dev/null, username: bench}}
{f'    tunnel: {{{keys}}}' if keys else ''}
""")
        return {
            "PATH": os.environ["PATH"], "HOME": str(home), "XDG_CONFIG_HOME": str(home / "config"),
            "XDG_STATE_HOME": str(home / "state"), "XDG_CACHE_HOME": str(home / "cache"),
            "XDG_DATA_HOME": str(home / "data"), "XDG_RUNTIME_DIR": str(home / "run"),
            "AZURE_TENANT_ID": TENANT, "AZURE_CLIENT_ID": CLIENT, "AZURE_CLIENT_SECRET": "bench",
        }

    def tunnel(self, name, keys="", places=None):
        """`bastion-up tunnel`, signed in and ready. Gives the child and its port. As for `home`."""
        environment = self.home(name, keys, places)
        child = self.start([self.program, "tunnel", "bench", "--port", "0:9"], name, environment)
        text = child.wait_for(lambda text, child: "ready" in text + child.errors.read_text())
        port = int(text.split(" -> ")[0].rsplit(":", 1)[1])
        return child, port

    # The load

    def load(self, subcommand, port, processes=(), **options):
        """Runs a measurement of bastion-bench and gives its numbers."""
        words = [self.tool, subcommand, "--port", port]
        for name, value in options.items():
            words += [f"--{name.replace('_', '-')}", value]
        for name, pid in dict(processes).items():
            words += ["--process", f"{name}={pid}"]
        result = subprocess.run([str(word) for word in words], capture_output=True, text=True, timeout=600)
        if result.returncode != 0:
            raise Trouble(f"{subcommand} on port {port} failed: {result.stderr.strip()}")
        return json.loads(result.stdout)

    def describe(self):
        model = next(
            (line.split(":", 1)[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "?")
        stunnel = subprocess.run([self.stunnel_program, "-version"], capture_output=True, text=True)
        lines = (stunnel.stdout + stunnel.stderr).splitlines()
        version = next((line for line in lines if line.startswith("stunnel")), "stunnel").split(" on ")[0]
        library = next((line for line in lines if "Running" in line and "OpenSSL" in line), "").strip()
        library = library.removeprefix("Running").strip().removeprefix("with").strip()
        rounds = "one round" if self.scale.rounds == 1 else f"medians of {self.scale.rounds} rounds"
        print(f"{os.cpu_count()} processors, {model}; Linux {platform.release()}; {version}, {library}")
        print(f"TLS 1.3 with TLS_AES_128_GCM_SHA256, P-256; {rounds}\n", flush=True)


def free_port():
    import socket
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def is_listening(pid, port):
    wanted = f"0100007F:{port:04X} 00000000:0000 0A"
    with open(f"/proc/{pid}/net/tcp") as lines:
        return any(wanted in line for line in lines)
