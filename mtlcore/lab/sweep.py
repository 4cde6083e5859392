"""An experiment over a grid of values: one record for each combination, and one data set of all.

What the store has is not computed, and what another process computes is left to it and read afterwards. The blocks of
several records are computed side by side, so that all workers are busy whether a record has one block or a hundred.
"""

import contextlib
import itertools
import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from tqdm import tqdm

from mtlcore.lab import disk, machine, store
from mtlcore.lab.changed import configured, flat
from mtlcore.lab.experiment import Experiment
from mtlcore.lab.parallel import affordable, sharing, why
from mtlcore.lab.workers import InTurn, Pool, Processes

# The values of one combination, in the order of the grid's names.
Point = tuple[Any, ...]
Grid = Mapping[str, Sequence[Any]]


def values(start: float, stop: float, count: int, log: bool = False) -> list[float]:
    """Values from start to stop, both among them, evenly spaced or of one ratio; whole numbers where all are whole.

    Raises:
        ValueError: for fewer than two values, or a ratio with a bound that is not positive.
    """
    if count < 2 or log and min(start, stop) <= 0:
        raise ValueError(f"{count} values from {start} to {stop}; allowed: two or more, with log between positive ones")
    x = (np.geomspace if log else np.linspace)(start, stop, count)
    rounded = np.array([float(f"{one:.12g}") for one in x])
    return (rounded.astype(int) if (rounded == rounded.round()).all() else rounded).tolist()


def points(experiment: Experiment, grid: Grid) -> dict[Point, Experiment | str]:
    """The experiment of each combination; where there is none, why.

    Raises:
        ValueError: for a name that the experiment does not have, without values, or with one twice.
    """
    known = flat(experiment)
    for name, several in grid.items():
        if name not in known:
            raise ValueError(f"{name!r} is not in {type(experiment).__name__}; allowed: {', '.join(sorted(known))}")
        if not several or len(set(several)) < len(several):
            raise ValueError(f"{name} = {list(several)}; allowed: at least one value, each once")
    found: dict[Point, Experiment | str] = {}
    for point in itertools.product(*grid.values()):
        try:
            found[point] = configured(experiment, dict(zip(grid, point, strict=True)))
        except ValueError as error:
            found[point] = str(error)
    return found


@dataclass(frozen=True)
class Plan:
    """What a sweep would do.

    Attributes:
        present: records that the store has.
        missing: records to compute.
        seconds: how long these take, after the records of the same class; None where there are none.
        memory: bytes at the same time; 0 where it is unknown.
    """

    present: int
    missing: int
    seconds: float | None
    memory: int


def plan(experiments: Sequence[Experiment]) -> Plan:
    """What there is to do; nothing is computed."""
    missing = [one for one in experiments if not store.where(one).is_dir()]
    if not missing:
        return Plan(len(experiments), 0, 0.0, 0)
    seconds, memory = [], [0]
    for folder in (folder for home in store.stores() for folder in home.glob(f"{missing[0].name}-*")):
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            record = json.loads((folder / "record.json").read_text(encoding="utf-8"))
            steps = record["configuration"].get("steps", 1)
            seconds.append(record["seconds"] / record["configuration"]["trials"] / (steps if type(steps) is int else 1))
            memory.append(record["memory"])
    work = [one.trials * (steps if type(steps := flat(one).get("steps", 1)) is int else 1) for one in missing]
    each = max(one.memory() for one in missing) * machine.jobs()
    expected = float(np.median(seconds)) * sum(work) if seconds else None
    return Plan(len(experiments) - len(missing), len(missing), expected, max(each, *memory))


@contextlib.contextmanager
def local_pool(experiments: Sequence[Experiment]) -> Iterator[Pool]:
    """The workers of this machine, as many as memory allows; an accelerator takes block after block.

    Raises:
        ValueError: as in `parallel.affordable`.
    """
    jobs = min([machine.jobs(), *(affordable(one, machine.jobs()) for one in experiments)])
    with Processes(jobs) if jobs > 1 and experiments[0].device == "cpu" else InTurn() as pool:
        yield pool


def fill(experiments: Mapping[Point, Experiment], pool: Pool) -> dict[Point, Exception]:
    """Have every record computed that the store lacks; those that other processes compute are waited for at the end.

    Returns:
        What failed, and why; the others are in the store.
    """
    todo = {point: one for point, one in experiments.items() if not store.where(one).is_dir()}
    blocks = [len(one.blocks()) for one in todo.values()]
    steps = sum(count * one.total_steps for count, one in zip(blocks, todo.values(), strict=True))
    at_once = min(len(todo), 1 if pool.width == 1 else -(-pool.width // min(blocks)) + 1)
    failed: dict[Point, Exception] = {}
    silent = {"disable": True} if os.environ.get("CI") else {}
    with tqdm(total=steps, desc=f"{len(todo)} records", mininterval=0.5, **silent) as bar:
        with ThreadPoolExecutor(at_once) as threads:
            for patient in (False, True):
                futures = {threads.submit(_computed, one, pool, bar.update, patient): p for p, one in todo.items()}
                todo = {}
                try:
                    for future in as_completed(futures):
                        point = futures[future]
                        try:
                            if not future.result():
                                todo[point] = experiments[point]
                        except Exception as error:
                            failed[point] = error
                except BaseException:
                    for future in futures:
                        future.cancel()
                    pool.__exit__()
                    raise
    return failed


def _computed(experiment: Experiment, pool: Pool, on_step: Callable[[int], object], patient: bool) -> bool:
    """Have one record computed; False where another process does it and we have other work to do."""
    if not patient and disk.is_locked(store.where(experiment)):
        return False
    with sharing(pool, on_step):
        store.get(experiment)
    return True


def joined(found: Mapping[Point, xr.Dataset], grid: Grid) -> xr.Dataset:
    """The data sets of all combinations as one.

    Returns:
        The variables by the dimensions of the grid and their own; NaN where a combination has none, and where a
        coordinate belongs to some combinations only.
    """
    (name, several), *inner = grid.items()
    parts = {}
    for value in several:
        mine = {point[1:]: ds for point, ds in found.items() if point[0] == value}
        if mine:
            parts[value] = joined(mine, dict(inner)) if inner else mine[()]
    if any(name in ds.dims for ds in parts.values()):  # the experiment's own axis of one value becomes the grid's
        parts = {value: ds.isel({name: 0}, drop=True) for value, ds in parts.items()}
    index = pd.Index(list(parts), name=name)
    ds = xr.concat(
        list(parts.values()), index, data_vars="all", coords="minimal", compat="override", join="outer",
        combine_attrs="drop",
    )  # fmt: skip
    return ds.reindex({name: list(several)}) if len(parts) < len(several) else ds


def in_words(grid: Grid, point: Point) -> str:
    """A combination as messages name it."""
    return ", ".join(f"{name} = {value}" for name, value in zip(grid, point, strict=True))


def compute(
    experiment: Experiment,
    grid: Grid,
    pool: Callable[[Sequence[Experiment]], contextlib.AbstractContextManager[Pool]] = local_pool,
    part: tuple[int, int] = (1, 1),
) -> list[str]:
    """Have the records of a grid computed.

    Args:
        pool: what opens the workers.
        part: (k, of): every of-th combination, beginning with the k-th.

    Returns:
        A line for each combination that failed; the others are in the store.

    Raises:
        ValueError: as in `points`, and for a part that is none.
    """
    k, of = part
    if not 1 <= k <= of:
        raise ValueError(f"part {k}/{of}; allowed: 1/{of} to {of}/{of}")
    mine = dict(itertools.islice(points(experiment, grid).items(), k - 1, None, of))
    failed: dict[Point, Exception | str] = {p: one for p, one in mine.items() if isinstance(one, str)}
    able = {p: one for p, one in mine.items() if isinstance(one, Experiment)}
    if not all(store.where(one).is_dir() for one in able.values()):
        with pool(list(able.values())) as workers:
            failed |= fill(able, workers)
    return [
        f"{in_words(grid, p)}: {one if isinstance(one := failed[p], str) else why(one)}" for p in mine if p in failed
    ]


def collect(experiment: Experiment, grid: Grid) -> xr.Dataset:
    """One data set of all records of a grid that the store has.

    Returns:
        The experiment's variables by the dimensions of the grid and their own, and the name of each `record`; NaN and
        "" where there is none.
    """
    found = {}
    for point, one in points(experiment, grid).items():
        if isinstance(one, Experiment) and store.where(one).is_dir():
            found[point] = store.get(one).drop_encoding().assign(record=store.key(one))  # NaN fit no integers on disk
    ds = joined(found, grid) if found else xr.Dataset()
    return ds.assign(record=ds.record.fillna("").astype(str)) if found else ds


def run(experiment: Experiment, grid: Grid) -> xr.Dataset:
    """Compute an experiment over a grid, such as `run(TaskCount(trials=2), {"lam_w": (0.01, 0.1), "d": (16, 32)})`.

    What fails is printed; its place in the data set is NaN.

    Returns:
        The experiment's variables by the dimensions of the grid and their own, as in `collect`.
    """
    for line in compute(experiment, grid):
        print(f"failed: {line}", file=sys.stderr)
    return collect(experiment, grid)
