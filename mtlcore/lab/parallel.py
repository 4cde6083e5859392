"""Run an experiment: blocks of trials in parallel processes on a CPU, one after another on an accelerator."""

import contextlib
import os
import sys
import tempfile
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import numpy as np
import torch
import xarray as xr
from joblib.externals.loky import ProcessPoolExecutor
from tqdm import tqdm

from mtlcore.lab import machine, progress
from mtlcore.lab.draws import Draws
from mtlcore.lab.experiment import Experiment

#: A worker's own libraries get one thread each, as torch does.
ONE_THREAD = {f"{library}_NUM_THREADS": "1" for library in ("OMP", "MKL", "OPENBLAS")}
IDLE = 300  # seconds after which a worker that has nothing to do ends

_workers: dict[tuple[int, int], ProcessPoolExecutor] = {}
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


def run_block(experiment: Experiment, block: range, on_step: Callable[[], object]) -> xr.Dataset:
    """Compute one block of trials with a single torch thread on the CPU, so that its numbers depend on nothing else.

    Args:
        block: the trials' indices.
        on_step: called at each step of the computation.

    Returns:
        The block's data set, with a dimension "trial" of these indices; its attribute "memory" is the peak in bytes.

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
    return ds.assign_coords(trial=list(block)).assign_attrs(memory=machine.peak_memory(experiment.device))


def run_block_counting(experiment: Experiment, block: range, counts: str, slot: int, parent: int) -> xr.Dataset:
    """`run_block` in a worker process, which ends at its next step when its parent was killed.

    Args:
        block: the trials' indices.
        counts: path of the file of int64 counters, which the parent watches: steps and worker's process id by slot.
        slot: which counter is ours.
        parent: process id of the parent.

    Returns:
        The block's data set, with a dimension "trial" of these indices.
    """
    counter, elsewhere = np.memmap(counts, dtype=np.int64, mode="r+").reshape(2, -1), os.getpid() != parent
    counter[:, slot] = 0, os.getpid()

    def on_step() -> None:
        if elsewhere and os.getppid() != parent:
            os._exit(1)  # an exception would only make it wait for the next block, minutes long
        counter[0, slot] += 1

    return run_block(experiment, block, on_step)


def compute(
    experiment: Experiment,
    finished: Mapping[int, xr.Dataset] = {},
    keep: Callable[[int, xr.Dataset], None] | None = None,
) -> xr.Dataset:
    """Run all trials of an experiment, block by block: on a CPU in parallel processes, `machine.jobs` of them.

    Each block has one thread, so the result is the same to the last bit for any number of processes.

    Args:
        finished: data sets of blocks that need not be computed, by the block's index among the experiment's `blocks`.
        keep: called in this process with the index and the data set of each block as soon as it is computed.

    Returns:
        The blocks' data sets, joined along "trial"; the attribute "memory" is the peak of all processes that worked at
        the same time, in bytes.

    Raises:
        ChildProcessError: if two worker processes were killed over the same block.
        KeyboardInterrupt: when interrupted; the workers are stopped.
    """
    blocks, parts = experiment.blocks(), dict(finished)
    todo = {index: block for index, block in enumerate(blocks) if index not in parts}
    jobs = min(machine.jobs(), len(todo)) if experiment.device == "cpu" else 1
    quiet = {"disable": True} if os.environ.get("CI") else {}
    with tqdm(total=len(todo) * experiment.total_steps, desc=experiment.name, mininterval=0.5, **quiet) as bar:
        with contextlib.closing((in_processes if jobs > 1 else in_turn)(experiment, todo, jobs, bar)) as arriving:
            for index, parts[index] in arriving:
                if keep:
                    keep(index, parts[index])
    ordered = [parts[index] for index in range(len(blocks))]
    ds = xr.concat(ordered, dim="trial", data_vars="minimal", coords="minimal", compat="equals", join="exact")
    return ds.assign_attrs(memory=max(jobs, 1) * max(part.attrs["memory"] for part in ordered))


def in_turn(
    experiment: Experiment, todo: Mapping[int, range], jobs: int, bar: tqdm
) -> Iterator[tuple[int, xr.Dataset]]:
    """Run blocks one after another in this process.

    Yields:
        The index and the data set of each.
    """
    for index, block in todo.items():
        yield index, run_block(experiment, block, bar.update)


def worker(number: int) -> ProcessPoolExecutor:
    """The process that takes blocks under this number: each has its own executor, so that it falls alone."""
    place = os.getpid(), number  # a fork has none of its parent's workers
    if place not in _workers:
        _workers[place] = ProcessPoolExecutor(max_workers=1, timeout=IDLE, env=ONE_THREAD)
    return _workers[place]


def dismiss(number: int) -> None:
    """End a worker and what it does."""
    _workers.pop((os.getpid(), number)).shutdown(kill_workers=True)


def in_processes(
    experiment: Experiment, todo: Mapping[int, range], jobs: int, bar: tqdm
) -> Iterator[tuple[int, xr.Dataset]]:
    """Run blocks in worker processes (loky's), and move the progress bar meanwhile.

    Yields:
        The index and the data set of each, as they are done.

    Raises:
        ChildProcessError: if two processes were killed over the same block.
    """
    waiting, free, lost = deque(todo), list(range(jobs)), set()
    running: dict[Future[xr.Dataset], tuple[int, int]] = {}
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "steps")
        counts = np.memmap(path, dtype=np.int64, mode="w+", shape=(2, len(todo)))
        slots = {index: slot for slot, index in enumerate(todo)}
        try:
            while waiting or running:
                while waiting and free:
                    index, number = waiting.popleft(), free.pop()
                    call = run_block_counting, experiment, todo[index], path, slots[index], os.getpid()
                    running[worker(number).submit(*call)] = index, number
                done, _ = wait(running, timeout=0.5, return_when=FIRST_COMPLETED)
                bar.update(int(counts[0].sum()) - bar.n)
                for future in done:
                    index, number = running[future]
                    try:
                        part = future.result()
                    except BrokenProcessPool:
                        said = f"worker process {counts[1, slots[index]]} was killed in {in_words(todo[index])}"
                        if index in lost:
                            raise ChildProcessError(
                                f"{experiment.name}: {said}, as was the one before it; is there enough memory?"
                            ) from None
                        bar.write(f"{experiment.name}: {said}; another one computes them", file=sys.stderr)
                        lost.add(index)
                        waiting.appendleft(index)
                        dismiss(number)
                    else:
                        yield index, part
                    del running[future]
                    free.append(number)
        finally:
            for _, number in running.values():
                dismiss(number)
