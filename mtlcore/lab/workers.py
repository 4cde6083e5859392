"""Where calls are made: here, in turn, or in worker processes of which each falls alone.

A worker is a process of loky's, started afresh, so that a program that has threads or a GPU may have workers. Each has
an executor of its own: the fall of one, by the system for want of memory or by anybody's hand, is no other's.
"""

import contextlib
import importlib
import os
import queue
import sys
import tempfile
import threading
from collections.abc import Callable
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
from joblib.externals.loky import ProcessPoolExecutor
from joblib.externals.loky.process_executor import ShutdownExecutorError

#: A worker's libraries have one thread each, as torch has in a block.
ONE_THREAD = {f"{library}_NUM_THREADS": "1" for library in ("OMP", "MKL", "OPENBLAS")}
IDLE = 300  # seconds after which a worker that has nothing to do ends

#: A call is told whom to call at each of its steps.
Call = Callable[[Callable[[], object]], Any]

_executors: dict[tuple[int, int], ProcessPoolExecutor] = {}


@runtime_checkable
class Pool(Protocol):
    """What takes calls.

    Attributes:
        width: how many at a time.
    """

    width: int

    def submit(self, name: str, call: Call, on_step: Callable[[int], object]) -> Future[Any]:
        """Have a call made.

        Args:
            name: what is computed, for messages.
            call: what to call.
            on_step: is told how many more steps are done.
        """

    def __exit__(self, *error: object) -> None: ...


class InTurn:
    """Makes each call in this process, at once.

    Attributes:
        width: 1.
    """

    width = 1

    def __init__(self) -> None:
        self._closed = False

    def submit(self, name: str, call: Call, on_step: Callable[[int], object]) -> Future[Any]:
        """Make a call; it ends at its next step where the pool was left meanwhile.

        Returns:
            Its result, which is there.
        """

        def one_more() -> None:
            if self._closed:
                raise CancelledError
            on_step(1)

        future: Future[Any] = Future()
        future.set_result(call(one_more))
        return future

    def __enter__(self) -> "InTurn":
        return self

    def __exit__(self, *error: object) -> None:
        self._closed = True


def executor(number: int) -> ProcessPoolExecutor:
    """The executor of one worker; idle workers are kept for the next calls."""
    place = os.getpid(), number  # a fork has none of its parent's workers
    if place not in _executors:
        # loky takes what a worker holds after its first call for what it needs; with torch from the start it is that
        ready: dict[str, Any] = {"initializer": importlib.import_module, "initargs": ("torch",)}
        _executors[place] = ProcessPoolExecutor(max_workers=1, timeout=IDLE, env=ONE_THREAD, **ready)
    return _executors[place]


def dismiss(number: int) -> None:
    """End a worker, whatever it does."""
    if fallen := _executors.pop((os.getpid(), number), None):
        fallen.shutdown(kill_workers=True)


def dismiss_all() -> None:
    """End this process's workers, idle or not: each holds the code that it loaded."""
    for process, number in list(_executors):
        if process == os.getpid():
            dismiss(number)


def given(number: int, *call: Any) -> Future[Any]:
    """Give a worker a call; a new one where it was killed while it had nothing to do."""
    try:
        return executor(number).submit(*call)
    except BrokenProcessPool:
        dismiss(number)
        return executor(number).submit(*call)


def counted(call: Call, counts: str, number: int, parent: int) -> Any:
    """Make a call in a worker, which ends at its next step when its parent was killed.

    Args:
        call: what to call.
        counts: path of the file of int64 numbers that the parent watches: steps and process ids by worker.
        number: which worker this is.
        parent: process id of the parent.
    """
    shown = np.memmap(counts, dtype=np.int64, mode="r+").reshape(2, -1)
    shown[1, number] = os.getpid()

    def on_step() -> None:
        if os.getppid() != parent:
            os._exit(1)  # an exception would only make it wait for the next call, minutes long
        shown[0, number] += 1

    return call(on_step)


class Processes:
    """Worker processes on this machine. A call whose worker is killed is made once more.

    Attributes:
        width: how many.
    """

    def __init__(self, width: int) -> None:
        self.width = width
        self._folder = tempfile.TemporaryDirectory()
        self._path = str(Path(self._folder.name) / "steps")
        self._shown = np.memmap(self._path, dtype=np.int64, mode="w+", shape=(2, width))
        self._threads = ThreadPoolExecutor(width)
        self._lock, self._closed = threading.Lock(), False
        self._free: queue.SimpleQueue[int] = queue.SimpleQueue()
        for number in range(width):
            self._free.put(number)

    def submit(self, name: str, call: Call, on_step: Callable[[int], object]) -> Future[Any]:
        """Have a call made by the next worker that is free, of those that wait the first one first.

        Returns:
            Its result to come; a `ChildProcessError` where two workers were killed over it.
        """
        return self._threads.submit(self._made, name, call, on_step)

    def _made(self, name: str, call: Call, on_step: Callable[[int], object]) -> Any:
        number = self._free.get()
        try:
            with contextlib.suppress(BrokenProcessPool):
                return self._made_by(number, call, on_step)
            said = f"worker process {self._shown[1, number]} was killed in {name}"
            print(f"{said}; another one computes it again", file=sys.stderr)
            with contextlib.suppress(BrokenProcessPool):
                return self._made_by(number, call, on_step)
            raise ChildProcessError(f"{said}, and so was process {self._shown[1, number]}; is there enough memory?")
        finally:
            self._free.put(number)

    def _made_by(self, number: int, call: Call, on_step: Callable[[int], object]) -> Any:
        """One attempt; its steps are taken back where it fails."""
        seen = 0
        with self._lock:
            if self._closed:
                raise CancelledError
            self._shown[:, number] = 0
            future = given(number, counted, call, self._path, number, os.getpid())
        try:
            while True:
                done, _ = wait([future], timeout=0.5)
                with self._lock:
                    now = int(self._shown[0, number])
                    on_step(now - seen)
                    seen = now
                if done:
                    return future.result()
        except (BrokenProcessPool, ShutdownExecutorError):
            dismiss(number)
            with self._lock:
                on_step(-seen)
                if self._closed:
                    raise CancelledError from None
            raise

    def __enter__(self) -> "Processes":
        return self

    def __exit__(self, *error: object) -> None:
        """End the workers that are at work; the idle ones are kept."""
        with self._lock:
            self._closed = True
        self._threads.shutdown(wait=False, cancel_futures=True)
        idle = set()
        with contextlib.suppress(queue.Empty):
            while True:
                idle.add(self._free.get_nowait())
        for number in set(range(self.width)) - idle:
            dismiss(number)
        self._threads.shutdown()
        del self._shown
        self._folder.cleanup()
