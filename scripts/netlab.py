"""A network of its own for the checks that cut it: a namespace, joined to this machine's by virtual interfaces."""

import os
import shutil
import subprocess


class Link:
    """A network namespace, and the way to it."""

    def __init__(self):
        number = os.getpid()
        self.name, self.here, self.there = f"bu-cut-{number}", f"bc{number}h", f"bc{number}n"
        subnet = f"10.213.{number % 250}"
        self.address, self.other = f"{subnet}.1", f"{subnet}.2"

    def make(self):
        self._ip("netns", "add", self.name)
        self._ip("link", "add", self.here, "type", "veth", "peer", "name", self.there, "netns", self.name)
        self._ip("addr", "add", f"{self.address}/24", "dev", self.here)
        self._ip("link", "set", self.here, "up")
        self._inside("addr", "add", f"{self.other}/24", "dev", self.there)
        self._inside("link", "set", self.there, "up")
        self._inside("link", "set", "lo", "up")

    def remove(self):
        for words in (["link", "del", self.here], ["netns", "del", self.name]):
            subprocess.run(["ip", *words], stderr=subprocess.DEVNULL)

    @property
    def prefix(self):
        return ["ip", "netns", "exec", self.name]

    def cut(self, how):
        """`cable`: the interface is down. `hole`: what is sent goes nowhere, and nobody says so."""
        if how == "cable":
            self._ip("link", "set", self.here, "down")
        else:
            self._inside("neigh", "replace", self.address, "lladdr", "02:00:00:00:00:01", "dev", self.there,
                         "nud", "permanent")

    def mend(self, how):
        if how == "cable":
            self._ip("link", "set", self.here, "up")
        else:
            self._inside("neigh", "del", self.address, "dev", self.there)

    def _ip(self, *words):
        subprocess.run(["ip", *words], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    def _inside(self, *words):
        self._ip("-n", self.name, *words)


def obstacle():
    if os.geteuid() != 0:
        return "needs root"
    if not shutil.which("ip"):
        return "needs ip (iproute2)"
    probe = f"bu-probe-{os.getpid()}"
    made = subprocess.run(["ip", "netns", "add", probe], capture_output=True)
    subprocess.run(["ip", "netns", "del", probe], capture_output=True)
    return None if made.returncode == 0 else "network namespaces cannot be made here"
