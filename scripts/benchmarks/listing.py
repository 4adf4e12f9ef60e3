"""Thousands of profiles: `list`, `plan`, and what PyYAML's C loader needs to read the same bytes."""
import os
import subprocess
import sys
import time

from . import profiles
from .figures import interleaved, table
from .setting import Trouble

READ = """
import sys, yaml
for path in sys.argv[1:]:
    with open(path, encoding="utf-8") as text:
        yaml.load(text.read(), Loader=yaml.CSafeLoader)
"""


def run(bench):
    python = loader()
    most = bench.scale.profiles
    counts = (most // 10, most * 3 // 10, most)
    print("### Listing profiles\n", flush=True)
    rows, by_count = [], {}
    for count in counts:
        for a_file in (count, 10, 1):
            place = Place(bench, count, a_file)
            measures = {
                "list": place.measure("list"), "plan": place.measure("plan", f"dev-{count // 2}"),
                "PyYAML": lambda: timed([python, "-c", READ, *place.files], place.environment),
                "python": lambda: timed([python, "-c", "import yaml"], place.environment),
            }
            found = interleaved(bench.scale.rounds, measures)
            read = [one - none for one, none in zip(found["PyYAML"]["cpu"].values, found["python"]["cpu"].values)]
            rows.append(row(place, found, read))
            by_count[count, a_file] = found["list"]["cpu"].median / place.bytes
    print(table(
        ["profiles", "files", "MB", "list ms", "CPU ms", "MB/s", "PyYAML CPU ms", "times list", "plan ms", "CPU ms",
         "MiB"], rows) + "\n")
    small, large = counts[0], counts[-1]
    ratio = by_count[large, large] / by_count[small, small]
    print(f"A byte of {large} profiles in one file costs {ratio:.2f} of what one of {small} costs.\n", flush=True)


def row(place, found, read):
    listed, planned = found["list"], found["plan"]
    times = sorted(its / mine for its, mine in zip(read, listed["cpu"].values))
    return [
        place.count, len(place.files), f"{place.bytes / 1e6:.2f}",
        f"{listed['wall'].median * 1e3:.0f}", f"{listed['cpu'].median * 1e3:.0f}",
        f"{place.bytes / 1e6 / listed['cpu'].median:.1f}", f"{sorted(read)[len(read) // 2] * 1e3:.0f}",
        f"{times[len(times) // 2]:.1f}", f"{planned['wall'].median * 1e3:.0f}",
        f"{planned['cpu'].median * 1e3:.0f}", f"{listed['memory'].median / 1024:.0f}",
    ]


def loader():
    """A Python with libyaml's bindings."""
    for python in ("/usr/bin/python3", sys.executable):
        check = subprocess.run([python, "-c", "import yaml; yaml.CSafeLoader"], capture_output=True)
        if check.returncode == 0:
            return python
    raise Trouble("PyYAML with its C loader is not installed: scripts/setup-debian bench")


class Place:
    """A home folder with so many profiles in it."""

    def __init__(self, bench, count, a_file):
        home = bench.folder / f"list-{count}-{a_file}"
        folder = home / "config/bastion-up/profiles"
        folder.mkdir(parents=True)
        for each in (home, *home.rglob("*")):
            each.chmod(0o700)
        self.count = count
        self.program = bench.program
        self.files = profiles.write(folder, count, a_file)
        self.bytes = sum(path.stat().st_size for path in self.files)
        self.environment = {
            "PATH": os.environ["PATH"], "HOME": str(home), "XDG_CONFIG_HOME": str(home / "config"),
            "XDG_STATE_HOME": str(home / "state"), "XDG_CACHE_HOME": str(home / "cache"), "USER": "bench",
        }

    def measure(self, *words):
        return lambda: timed([self.program, *words], self.environment)


def timed(words, environment):
    """Runs a program and gives its time, its processor time in seconds, and its memory in KiB."""
    start = time.monotonic()
    process = subprocess.Popen(
        [str(word) for word in words], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        env=environment, cwd="/")
    errors = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    process.stderr.close()
    if process.returncode != 0:
        raise Trouble(f"{words[0]} {words[1]} failed: {errors.decode(errors='replace')[-500:]}")
    return {"wall": wall, "cpu": usage.ru_utime + usage.ru_stime, "memory": usage.ru_maxrss}
