"""Run an experiment: blocks of trials in parallel processes on a CPU, one after another on an accelerator."""

import os
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

import joblib
import numpy as np
import torch
import xarray as xr
from joblib.externals.loky import get_reusable_executor
from tqdm import tqdm

from mtlcore.lab import machine, progress
from mtlcore.lab.draws import Draws
from mtlcore.lab.experiment import Experiment


def run_block(experiment: Experiment, block: range, on_step: Callable[[], object]) -> xr.Dataset:
    """Compute one block of trials with a single torch thread on the CPU, so that its numbers depend on nothing else.

    Args:
        block: the trials' indices.
        on_step: called at each step of the computation.

    Returns:
        The block's data set, with a dimension "trial" of these indices; its attribute "memory" is the peak in bytes.
    """
    threads = torch.get_num_threads()
    if experiment.device == "cpu":
        torch.set_num_threads(1)
    machine.forget_peak(experiment.device)
    try:
        with progress.watched(on_step):
            ds = experiment.block(Draws(experiment.seed, block, experiment.device))
    finally:
        torch.set_num_threads(threads)
    return ds.assign_coords(trial=list(block)).assign_attrs(memory=machine.peak_memory(experiment.device))


def run_block_counting(experiment: Experiment, block: range, counts: str, slot: int, parent: int) -> xr.Dataset:
    """`run_block` in a worker process, which ends at its next step when its parent was killed.

    Args:
        block: the trials' indices.
        counts: path of the file of int64 counters, which the parent watches.
        slot: which counter is ours.
        parent: process id of the parent.

    Returns:
        The block's data set, with a dimension "trial" of these indices.
    """
    counter, elsewhere = np.memmap(counts, dtype=np.int64, mode="r+"), os.getpid() != parent

    def on_step() -> None:
        if elsewhere and os.getppid() != parent:
            os._exit(1)  # an exception would only make it wait for the next block, minutes long
        counter[slot] += 1

    return run_block(experiment, block, on_step)


def compute(
    experiment: Experiment,
    finished: Mapping[int, xr.Dataset] = MappingProxyType({}),
    keep: Callable[[int, xr.Dataset], None] | None = None,
) -> xr.Dataset:
    """Run all trials of an experiment, block by block: on a CPU in parallel processes, one for each core.

    Each block has one thread, so the result is the same to the last bit for any number of cores.

    Args:
        finished: data sets of blocks that need not be computed, by their index among the experiment's blocks.
        keep: called with the index and the data set of each block as soon as it is done.

    Returns:
        The blocks' data sets, joined along "trial"; the attribute "memory" is the peak of all processes that worked at
        the same time, in bytes.

    Raises:
        KeyboardInterrupt: when interrupted; the workers are stopped.
    """
    todo = {index: block for index, block in enumerate(experiment.blocks()) if index not in finished}
    jobs = min(machine.cores(), max(len(todo), 1)) if experiment.device == "cpu" else 1
    quiet = {"disable": True} if os.environ.get("CI") else {}
    parts = dict(finished)
    with tqdm(total=len(todo) * experiment.total_steps, desc=experiment.name, mininterval=0.5, **quiet) as bar:
        if jobs == 1:
            done: Iterable[xr.Dataset] = (run_block(experiment, block, bar.update) for block in todo.values())
        else:
            done = in_processes(experiment, list(todo.values()), jobs, bar)
        for index, part in zip(todo, done, strict=True):
            if keep:
                keep(index, part)
            parts[index] = part
    ordered = [parts[index] for index in sorted(parts)]
    ds = xr.concat(ordered, dim="trial", data_vars="minimal", coords="minimal", compat="equals", join="exact")
    return ds.assign_attrs(memory=jobs * max(part.attrs["memory"] for part in ordered))


def end_idle_workers() -> None:
    """End the worker processes that wait for the next computation: they hold the code that they loaded."""
    get_reusable_executor().shutdown()


def in_processes(experiment: Experiment, blocks: list[range], jobs: int, bar: tqdm) -> Iterator[xr.Dataset]:
    """Run the blocks in worker processes while this one moves the progress bar.

    Yields:
        The blocks' data sets, each with a dimension "trial", in order.
    """
    done = threading.Event()
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "steps")
        counts = np.memmap(path, dtype=np.int64, mode="w+", shape=len(blocks))

        def watch() -> None:
            while not done.wait(0.5):
                bar.update(int(counts.sum()) - bar.n)

        watcher = threading.Thread(target=watch, daemon=True)
        watcher.start()
        try:
            yield from joblib.Parallel(n_jobs=jobs, batch_size=1, return_as="generator")(
                joblib.delayed(run_block_counting)(experiment, block, path, slot, os.getpid())
                for slot, block in enumerate(blocks)
            )
        finally:
            done.set()
            watcher.join()
            bar.update(int(counts.sum()) - bar.n)
