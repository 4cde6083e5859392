"""Run an experiment: blocks of trials in parallel processes on a CPU, one after another on an accelerator."""

import contextlib
import os
import resource
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

import joblib
import numpy as np
import torch
import xarray as xr
from tqdm import tqdm

from mtlcore.lab.experiment import Experiment


def workers() -> int:
    """Number of processor cores this process may use.

    Returns:
        At least 1.
    """
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def forget_peak() -> None:
    """Begin to measure this process's peak memory anew, where the system can."""
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def peak_memory() -> int:
    """The most memory that this process held since `forget_peak`, or since its start where the system can't forget.

    Returns:
        Bytes of main memory.
    """
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return 1024 * int(line.split()[1])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else 1024 * peak


def run_block(experiment: Experiment, block: range, on_step: Callable[[], object]) -> xr.Dataset:
    """Compute one block of trials with a single torch thread on the CPU, so that its numbers depend on nothing else.

    Args:
        experiment: what to run.
        block: the trials' indices.
        on_step: called `experiment.total_steps` times.

    Returns:
        The block's data set, with a dimension "trial" of these indices; its attribute "memory" is the process's peak
        in bytes, that of the accelerator where there is one.
    """
    threads, accelerated = torch.get_num_threads(), experiment.device.startswith("cuda")
    if experiment.device == "cpu":
        torch.set_num_threads(1)
    if accelerated:
        torch.cuda.reset_peak_memory_stats(experiment.device)
    forget_peak()
    try:
        ds = experiment.block(block, on_step)
    finally:
        torch.set_num_threads(threads)
    return ds.assign_attrs(memory=torch.cuda.max_memory_allocated(experiment.device) if accelerated else peak_memory())


def run_block_counting(experiment: Experiment, block: range, counts: str, slot: int, parent: int) -> xr.Dataset:
    """`run_block` in a worker process, which counts its steps in a file that the parent watches.

    A worker whose parent was killed ends at its next step.

    Args:
        experiment: what to run.
        block: the trials' indices.
        counts: path of the file of int64 counters.
        slot: which counter is ours.
        parent: process id of the parent.

    Returns:
        The block's data set, with a dimension "trial" of these indices.
    """
    counter = np.memmap(counts, dtype=np.int64, mode="r+")

    def on_step() -> None:
        if os.getppid() != parent:
            os._exit(1)  # an exception would only make it wait for the next block, minutes long
        counter[slot] += 1

    return run_block(experiment, block, on_step)


def compute(experiment: Experiment) -> xr.Dataset:
    """Run all trials of an experiment, block by block: on a CPU in parallel processes, one for each core.

    Each block has one thread, so the result is the same to the last bit for any number of cores.

    Args:
        experiment: what to run.

    Returns:
        The blocks' data sets, joined along "trial"; the attribute "memory" is the peak of all processes that worked at
        the same time, in bytes.

    Raises:
        KeyboardInterrupt: when interrupted; the workers are stopped.
    """
    blocks = experiment.blocks()
    jobs = min(workers(), len(blocks)) if experiment.device == "cpu" else 1
    quiet = {"disable": True} if os.environ.get("CI") else {}
    with tqdm(total=len(blocks) * experiment.total_steps, desc=experiment.name, mininterval=0.5, **quiet) as bar:
        if jobs == 1:
            parts = [run_block(experiment, block, bar.update) for block in blocks]
        else:
            parts = in_processes(experiment, blocks, jobs, bar)
    ds = xr.concat(parts, dim="trial", data_vars="minimal", coords="minimal", compat="equals", join="exact")
    return ds.assign_attrs(memory=jobs * max(part.attrs["memory"] for part in parts))


def in_processes(experiment: Experiment, blocks: list[range], jobs: int, bar: tqdm) -> list[xr.Dataset]:
    """Run the blocks in worker processes while this one moves the progress bar.

    Args:
        experiment: what to run.
        blocks: the blocks of trials.
        jobs: number of processes.
        bar: the progress bar.

    Returns:
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
            return joblib.Parallel(n_jobs=jobs, batch_size=1)(
                joblib.delayed(run_block_counting)(experiment, block, path, slot, os.getpid())
                for slot, block in enumerate(blocks)
            )
        finally:
            done.set()
            watcher.join()
            bar.update(int(counts.sum()) - bar.n)
