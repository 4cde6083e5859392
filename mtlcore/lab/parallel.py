"""Run an experiment: blocks of trials in parallel processes on a CPU, one after another on an accelerator."""

import contextlib
import functools
import os
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextvars import ContextVar

import torch
import xarray as xr
from tqdm import tqdm

from mtlcore.lab import machine, progress
from mtlcore.lab.draws import Draws
from mtlcore.lab.experiment import Experiment
from mtlcore.lab.workers import InTurn, Pool, Processes

#: Bytes that a block's data set takes at least until all are joined.
RESULT = 2**13

_shared: ContextVar[tuple[Pool, Callable[[int], object]] | None] = ContextVar("shared", default=None)
_threads_lock = threading.Lock()
_threads_before: list[int] = []


@contextlib.contextmanager
def one_thread() -> Iterator[None]:
    """Give torch one thread; the last of those that work at the same time in this process gives the others back."""
    with _threads_lock:
        _threads_before.append(torch.get_num_threads() if not _threads_before else _threads_before[0])
        torch.set_num_threads(1)
    try:
        yield
    finally:
        with _threads_lock:
            before = _threads_before.pop()
            if not _threads_before:
                torch.set_num_threads(before)


def in_words(block: range) -> str:
    """A block as messages name it."""
    return f"trials {block.start} to {block.stop - 1}" if len(block) > 1 else f"trial {block.start}"


def why(error: Exception) -> str:
    """An error in one line: its kind where its words do not speak for themselves, and the trials that raised it."""
    kind = "" if isinstance(error, ValueError | OSError) else f"{type(error).__name__}: "
    return " ".join([f"{kind}{error}".partition("\n")[0], *getattr(error, "__notes__", ())])


def run_block(experiment: Experiment, block: range, on_step: Callable[[], object]) -> xr.Dataset:
    """Compute one block of trials with a single torch thread on the CPU, so that its numbers depend on nothing else.

    Args:
        block: the trials' indices.
        on_step: called at each step of the computation.

    Returns:
        The block's data set, with a dimension "trial" of these indices; its attributes "memory", the peak in bytes, and
        "processor" say what it took.

    Raises:
        Exception: what the block raises, with a note that names the experiment and the trials.
    """
    machine.forget_peak(experiment.device)
    try:
        with (
            one_thread() if experiment.device == "cpu" else contextlib.nullcontext(),
            progress.watched(on_step),
        ):
            ds = experiment.block(Draws(experiment.seed, block, experiment.device))
    except Exception as error:
        error.add_note(f"in {in_words(block)} of {experiment.name}")
        raise
    facts = {"memory": machine.peak_memory(experiment.device), "processor": machine.processor()}
    return ds.assign_coords(trial=list(block)).assign_attrs(facts)


def affordable(experiment: Experiment, jobs: int) -> int:
    """How many blocks may be computed at the same time, so that memory holds them.

    Returns:
        At most `jobs`.

    Raises:
        ValueError: if memory holds not even one of them, or not the results of all.
    """
    there, block = machine.available_memory(experiment.device), experiment.memory()
    results = RESULT * -(-experiment.trials // experiment.block_size)
    if block + results > there:
        raise ValueError(
            f"{experiment.name} needs about {gigabytes(block)} of memory for a block of trials and "
            f"{gigabytes(results)} for the results of {experiment.trials} trials; allowed: what fits into the "
            f"{gigabytes(there)} that there are"
        )
    return min(jobs, (there - results) // block) if block else jobs


def gigabytes(count: int) -> str:
    """A number of bytes for readers."""
    return f"{count / 2**30:.3g} GiB"


@contextlib.contextmanager
def sharing(pool: Pool, on_step: Callable[[int], object]) -> Iterator[None]:
    """Have the computations within the block use a pool that others use too, and tell the steps to who watches all."""
    token = _shared.set((pool, on_step))
    try:
        yield
    finally:
        _shared.reset(token)


@contextlib.contextmanager
def own_pool(experiment: Experiment, todo: Mapping[int, range]) -> Iterator[tuple[Pool, Callable[[int], object]]]:
    """A pool for one experiment alone, with its progress bar.

    Yields:
        (the pool, whom to tell how many more steps are done).
    """
    jobs = affordable(experiment, min(machine.jobs(), len(todo))) if experiment.device == "cpu" else 1
    silent = {"disable": True} if os.environ.get("CI") or machine.nested() else {}
    with (
        tqdm(total=len(todo) * experiment.total_steps, desc=experiment.name, mininterval=0.5, **silent) as bar,
        Processes(jobs) if jobs > 1 else InTurn() as pool,
    ):
        yield pool, bar.update


def arriving(
    experiment: Experiment, todo: Mapping[int, range], pool: Pool, on_step: Callable[[int], object]
) -> Generator[tuple[int, xr.Dataset], None, None]:
    """Have blocks computed.

    Yields:
        The index and the data set of each, as they are done.
    """
    waiting, running = deque(todo.items()), dict[Future[xr.Dataset], int]()
    try:
        while waiting or running:
            while waiting and len(running) < pool.width:
                index, block = waiting.popleft()
                call = functools.partial(run_block, experiment, block)
                running[pool.submit(f"{in_words(block)} of {experiment.name}", call, on_step)] = index
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                yield running.pop(future), future.result()
    finally:
        for future in running:
            future.cancel()


def compute(
    experiment: Experiment,
    finished: Mapping[int, xr.Dataset] = {},
    keep: Callable[[int, xr.Dataset], None] | None = None,
) -> xr.Dataset:
    """Run all trials of an experiment, block by block: on a CPU in parallel processes, `machine.jobs` of them.

    Each block has one thread, so the result is the same to the last bit for any number of processes.

    Args:
        finished: data sets of blocks that need not be computed, by the block's index among the experiment's `blocks`.
        keep: called in this thread with the index and the data set of each block as soon as it is computed.

    Returns:
        The blocks' data sets, joined along "trial"; the attribute "memory" is the peak of all processes that worked at
        the same time, in bytes, and "processor" names the processors of all blocks.

    Raises:
        ChildProcessError: if two worker processes were killed over the same block.
        ValueError: as in `affordable`.
        KeyboardInterrupt: when interrupted; the workers are stopped.
    """
    affordable(experiment, 1)
    blocks, parts = experiment.blocks(), dict(finished)
    todo = {index: block for index, block in enumerate(blocks) if index not in parts}
    shared = _shared.get()
    with contextlib.nullcontext(shared) if shared else own_pool(experiment, todo) as (pool, on_step):
        with contextlib.closing(arriving(experiment, todo, pool, on_step)) as new:
            for index, parts[index] in new:
                if keep:
                    keep(index, parts[index])
    ordered = [parts[index] for index in range(len(blocks))]
    ds = xr.concat(ordered, dim="trial", data_vars="minimal", coords="minimal", compat="equals", join="exact")
    together = max(1, min(pool.width, len(todo)))
    return ds.assign_attrs(
        memory=together * max(part.attrs["memory"] for part in ordered),
        processor=", ".join(sorted({part.attrs["processor"] for part in ordered})),
    )
