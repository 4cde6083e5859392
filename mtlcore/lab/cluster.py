"""Workers of a Dask cluster: they compute blocks and send them back, so no file need be shared."""

import functools
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any

import cloudpickle
from distributed import Client

from mtlcore.lab import record, source
from mtlcore.lab.experiment import Experiment
from mtlcore.lab.parallel import affordable
from mtlcore.lab.workers import Call

SECONDS = 30  # that a scheduler has to answer


def expected(experiment: Experiment) -> dict[str, Any]:
    """What a worker must have to compute the same: the package's code behind an experiment, and versions.

    Code of the user's own is not among it: it is sent along.
    """
    parts = record.parts(experiment)
    own = {name: digest for name, digest in parts["source"].items() if name.split(".")[0] == source.PACKAGE.name}
    return {"format": parts["format"], "source": own, "versions": parts["versions"], "files": {}}


def different(wanted: dict[str, Any]) -> str:
    """In a worker: what it has that is not as `expected`, in words; empty if it is."""
    return "; ".join(record.changes(wanted))


def checked(call: Call, experiment: Experiment, wanted: dict[str, Any]) -> tuple[int, Any]:
    """In a worker: make a call.

    Returns:
        (number of its steps, its result).

    Raises:
        ValueError: if the worker's code or versions are others, or its memory is too small.
    """
    if reason := different(wanted):
        raise ValueError(f"a worker is not as this process: {reason}; allowed: the same code and versions")
    affordable(experiment, 1)
    steps: list[None] = []
    return (result := call(lambda: steps.append(None))) is None or len(steps), result


class Cluster:
    """The workers of a Dask cluster. The scheduler makes a call again whose worker is gone.

    Attributes:
        width: how many calls they make at a time.
    """

    def __init__(self, client: Client, experiments: Sequence[Experiment]) -> None:
        self._executor, self._lock = client.get_executor(pure=False), threading.Lock()
        self.width = 2 * sum(client.nthreads().values())  # half of them wait where they will be computed
        self._wanted = {type(one): expected(one) for one in experiments}

    def submit(self, name: str, call: Call, on_step: Callable[[int], object]) -> Future[Any]:
        """Have a call made by some worker.

        Returns:
            Its result to come.
        """
        result: Future[Any] = Future()
        experiment = call.args[0] if isinstance(call, functools.partial) else None
        assert isinstance(experiment, Experiment)
        made = self._executor.submit(checked, call, experiment, self._wanted[type(experiment)])

        def arrived(made: Future[Any]) -> None:
            if error := made.exception():
                result.set_exception(error)
                return
            steps, value = made.result()
            with self._lock:
                on_step(steps)
            result.set_result(value)

        made.add_done_callback(arrived)
        return result

    def __exit__(self, *error: object) -> None:
        """Give up what is not done."""
        self._executor.shutdown(wait=False)


@contextmanager
def cluster_pool(address: str, experiments: Sequence[Experiment]) -> Iterator[Cluster]:
    """The workers of the scheduler at an address, once there is one and all are checked.

    Raises:
        OSError: if no scheduler answers.
        ValueError: if a worker's code or versions are not those of this process.
    """
    try:
        client = Client(address, timeout=SECONDS, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        raise OSError(f"no Dask scheduler answers at {address!r}: {error}; allowed: its address, as it says it") from None
    with client:
        for one in experiments:
            for name in source.sources(one).code:
                if name.split(".")[0] != source.PACKAGE.name and name in sys.modules:
                    cloudpickle.register_pickle_by_value(sys.modules[name])
        client.wait_for_workers(1)
        for kind in {type(one): one for one in experiments}.values():
            for worker, reason in client.run(different, expected(kind)).items():
                if reason:
                    raise ValueError(f"worker {worker} is refused: {reason}; allowed: the code and versions of this process")
        pool = Cluster(client, experiments)
        try:
            yield pool
        finally:
            pool.__exit__()
