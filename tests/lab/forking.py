"""Programs as forks of the process that small books are forks of: it has imported torch, which takes seconds.

The fork imports this module and no other one of the project before its program begins.
"""

import os
import resource
import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "book"))

from building import FORKS, ROOT  # noqa: E402


def limited(largest):
    """What a process does first: a shell's background ignores Ctrl-C; larger files are refused, as by a quota."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if largest is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest, largest))


class Fork:
    """A program in a process of its own, which behaves as one of `subprocess`; what it says goes to two files."""

    def __init__(self, code, out, log, environment, largest):
        self.out = out
        self.process = FORKS.Process(target=_run, args=(code, out, log, environment, largest))
        self.process.start()
        self.pid = self.process.pid

    def wait(self, timeout=180):
        self.process.join(timeout)
        assert self.process.exitcode is not None, "it has not ended"
        return self.process.exitcode

    def communicate(self, timeout=180):
        self.wait(timeout)
        return self.out.read_text(), None

    def send_signal(self, number):
        os.kill(self.pid, number)

    def kill(self):
        self.process.kill()


def _run(code, out, log, environment, largest):
    """The program in the fork."""
    os.setsid()
    os.chdir(ROOT)
    os.environ.clear()
    os.environ.update(environment)
    for name in [name for name in sys.modules if name.partition(".")[0] == "tqdm"]:  # it read another environment
        del sys.modules[name]
    for stream, file in ((1, out), (2, log)):
        os.dup2(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), stream)
    limited(largest)
    exec(code, {"__name__": "__main__"})
