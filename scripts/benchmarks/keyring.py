"""A bus of its own with a real gnome-keyring on it, as the tests use it."""
import contextlib
import subprocess

from .setting import ROOT, Trouble


@contextlib.contextmanager
def keyring(folder):
    """Gives the address of the bus."""
    process = subprocess.Popen(
        [ROOT / "Tests/keyring-session", "unlocked", folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        address = process.stdout.readline().strip()
        if not process.stdout.readline():
            raise Trouble("the keyring does not start: scripts/setup-debian test")
        yield address
    finally:
        process.stdin.close()
        process.wait(10)
        process.stdout.close()
