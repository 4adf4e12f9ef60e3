"""What Linux says about a running process: memory, threads, descriptors, processor time."""
import os
import time


class ProcessFacts:
    def __init__(self, pid):
        self.pid = pid

    def _status(self, name):
        with open(f"/proc/{self.pid}/status") as lines:
            return next(int(line.split()[1]) for line in lines if line.startswith(name + ":"))

    @property
    def resident(self):
        """Bytes, the pages shared with others included."""
        return self._status("VmRSS") * 1024

    @property
    def threads(self):
        return self._status("Threads")

    @property
    def descriptors(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    @property
    def seconds(self):
        """Processor time of all threads; clock_getcpuclockid(3)."""
        return time.clock_gettime(~self.pid << 3 | 2)
