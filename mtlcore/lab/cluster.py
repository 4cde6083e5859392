"""Workers of a Dask cluster: they compute blocks and send them back, so no file need be shared."""

import pickle
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from mtlcore.lab import record, source
from mtlcore.lab.experiment import Experiment
from mtlcore.lab.workers import Call

if TYPE_CHECKING:
    from distributed import Client

ALLOWED = "allowed: code and versions as in the process that asks"
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


def checked(call: bytes, wanted: dict[str, Any]) -> tuple[int, Any]:
    """In a worker: make a call.

    Args:
        call: the call as cloudpickle writes it, so that only the worker reads it.
        wanted: what is `expected`.

    Returns:
        (number of its steps, its result).

    Raises:
        ValueError: if the worker's code or versions are not as `expected`.
    """
    if reason := different(wanted):
        raise ValueError(f"a worker is refused: {reason}; {ALLOWED}")
    steps: list[None] = []
    result = pickle.loads(call)(lambda: steps.append(None))
    return len(steps), result


class Cluster:
    """The workers of a Dask cluster. Where a worker is lost, the scheduler has its call made by another one.

    Attributes:
        width: how many calls they take at a time.
    """

    def __init__(self, client: "Client", wanted: dict[str, Any]) -> None:
        self._executor, self._lock, self._wanted = client.get_executor(pure=False), threading.Lock(), wanted
        self.width = 2 * sum(client.nthreads().values())  # half of them wait at the workers, so that none is idle

    def submit(self, name: str, call: Call, on_step: Callable[[int], object]) -> Future[Any]:
        """Have a call made by some worker.

        Returns:
            Its result to come.
        """
        import cloudpickle

        result: Future[Any] = Future()

        def arrived(made: Future[Any]) -> None:
            if made.cancelled() or not result.set_running_or_notify_cancel():
                result.cancel()
            elif error := made.exception():
                result.set_exception(error)
            else:
                steps, value = made.result()
                with self._lock:
                    on_step(steps)
                result.set_result(value)

        self._executor.submit(checked, cloudpickle.dumps(call), self._wanted).add_done_callback(arrived)
        return result

    def __exit__(self, *error: object) -> None:
        """Give up what is not done."""
        self._executor.shutdown(wait=False)


@contextmanager
def cluster_pool(address: str, experiments: Sequence[Experiment]) -> Iterator[Cluster]:
    """The workers of the scheduler at an address, once there is one and all are checked.

    Args:
        experiments: of one class; modules of the user's behind it are sent to the workers.

    Raises:
        OSError: if no scheduler answers.
        ValueError: if a worker's code or versions are not as `expected`, or the package distributed is missing.
    """
    try:
        import cloudpickle
        from distributed import Client
    except ImportError:
        raise ValueError(
            "a cluster needs the package distributed; allowed: after pip install mtlcore[cluster]"
        ) from None
    try:
        client = Client(address, timeout=SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        raise OSError(f"no Dask scheduler answers at {address!r}: {error}") from None
    with client:
        for name in source.sources(experiments[0]).code:
            if name.split(".")[0] != source.PACKAGE.name and name in sys.modules:
                cloudpickle.register_pickle_by_value(sys.modules[name])
        client.wait_for_workers(1)
        wanted = expected(experiments[0])
        for worker, reason in client.run(different, wanted).items():
            if reason:
                raise ValueError(f"worker {worker} is refused: {reason}; {ALLOWED}")
        pool = Cluster(client, wanted)
        try:
            yield pool
        finally:
            pool.__exit__()
