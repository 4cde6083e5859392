"""Blocks of trials: one thread for each, the same numbers from any number of processes, every step counted."""

import io
import multiprocessing
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
import xarray as xr
from test_experiment import RandomWalks

from mtlcore.lab import experiment as experiments
from mtlcore.lab import machine, parallel, progress
from mtlcore.lab.workers import InTurn

WALKS = RandomWalks(device="cpu")


NESTED = """
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
import joblib
from test_experiment import RandomWalks
from mtlcore.lab.parallel import compute

def ends(seed):
    return compute(RandomWalks(device="cpu", seed=seed)).end.values.tobytes()

fork = multiprocessing.get_context("fork")
found = [
    joblib.Parallel(n_jobs=2, backend=backend)(joblib.delayed(ends)(seed) for seed in (0, 1))
    for backend in ("threading", "loky")
]
with fork.Pool(2) as pool:
    found.append(pool.map(ends, (0, 1)))
with ProcessPoolExecutor(2, mp_context=fork) as pool:
    found.append(list(pool.map(ends, (0, 1))))
print(len(set(map(tuple, found))), "result in", len(found), "ways")
"""


def quiet():
    """For a progress bar that nobody watches."""


@pytest.fixture
def seen(monkeypatch):
    """The draws that blocks were asked for, each with the number of torch threads."""
    calls, block = [], RandomWalks.block

    def watching(self, draws):
        calls.append((draws, torch.get_num_threads()))
        return block(self, draws)

    monkeypatch.setattr(RandomWalks, "block", watching)
    return calls


@pytest.fixture
def three_threads():
    """As many torch threads as no block should have, for one test."""
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    yield
    torch.set_num_threads(before)


def test_a_block_runs_on_one_thread_and_gives_them_back(seen, three_threads):
    parallel.run_block(WALKS, range(2), quiet)
    assert [count for _, count in seen] == [1] and torch.get_num_threads() == 3


def test_a_block_that_fails_gives_its_threads_and_its_watcher_back(monkeypatch, three_threads):
    steps = []

    def block(self, draws):
        raise ZeroDivisionError

    monkeypatch.setattr(RandomWalks, "block", block)
    with pytest.raises(ZeroDivisionError):
        parallel.run_block(WALKS, range(2), lambda: steps.append(1))
    progress.advance()
    assert torch.get_num_threads() == 3 and not steps


def test_a_block_gets_its_own_trials_and_says_which(seen):
    ds = parallel.run_block(WALKS, range(3, 5), quiet)
    ((draws, _),) = seen
    assert (draws.seed, draws.trials, draws.device, draws.dtype) == (WALKS.seed, range(3, 5), "cpu", torch.float32)
    assert ds.trial.values.tolist() == [3, 4]
    everything = parallel.run_block(WALKS, range(7), quiet)
    xr.testing.assert_equal(ds, everything.isel(trial=slice(3, 5)))


def test_every_step_of_a_block_is_told():
    steps = []
    parallel.run_block(WALKS, range(2), lambda: steps.append(1))
    assert len(steps) == WALKS.total_steps == 3


def test_the_number_of_processes_changes_no_bit(monkeypatch):
    assert [len(block) for block in WALKS.blocks()] == [3, 3, 1]
    found = []
    for count in (1, 2):
        monkeypatch.setattr(machine, "cores", lambda count=count: count)
        found.append(parallel.compute(WALKS).drop_attrs())  # the memory that it took is not a result
    xr.testing.assert_identical(*found)
    assert found[0].trial.values.tolist() == list(range(7))


@pytest.mark.parametrize(("count", "memory"), [(1, 9), (2, 18), (8, 27)])
def test_memory_is_that_of_the_largest_block_in_each_process(count, memory, monkeypatch):
    parts = [
        parallel.run_block(WALKS, block, quiet).assign_attrs(memory=size)
        for block, size in zip(WALKS.blocks(), (3, 9, 5), strict=True)
    ]
    monkeypatch.setattr(parallel, "run_block", lambda experiment, block, on_step: parts[block.start // 3])
    pool = InTurn()
    pool.width = count
    with parallel.sharing(pool, quiet):
        assert parallel.compute(WALKS).attrs["memory"] == memory


def test_an_accelerator_computes_block_after_block_in_this_process(monkeypatch, three_threads):
    """Here the device is the CPU under another name, which no code takes for one."""
    monkeypatch.setattr(parallel, "Processes", None)
    monkeypatch.setattr(experiments, "resolve_device", str)
    device, threads, block = RandomWalks(device="cpu:0", trials=90), [], RandomWalks.block

    def watching(self, draws):
        threads.append((len(draws), torch.get_num_threads()))
        return block(self, draws)

    monkeypatch.setattr(RandomWalks, "block", watching)
    found = parallel.compute(device)
    assert threads == [(40, 3), (40, 3), (10, 3)]
    monkeypatch.setattr(machine, "cores", lambda: 1)
    xr.testing.assert_equal(found, parallel.compute(RandomWalks(device="cpu", trials=90)))


def test_the_bar_reaches_its_end(monkeypatch):
    bars = []

    class Bar(parallel.tqdm):
        def __init__(self, *args, **options):
            super().__init__(*args, **options | {"disable": False, "file": io.StringIO()})
            bars.append(self)

    monkeypatch.setattr(parallel, "tqdm", Bar)
    for count in (1, 2):
        monkeypatch.setattr(machine, "cores", lambda count=count: count)
        parallel.compute(WALKS)
    assert [bar.n for bar in bars] == [bar.total for bar in bars] == 2 * [3 * WALKS.total_steps]


def test_finished_blocks_are_not_computed_again_and_new_ones_are_handed_on(seen, monkeypatch):
    monkeypatch.setenv("MTLCORE_JOBS", "1")
    blocks = WALKS.blocks()
    finished = {1: parallel.run_block(WALKS, blocks[1], quiet)}
    seen.clear()
    kept = {}
    found = parallel.compute(WALKS, finished, kept.__setitem__)
    assert [draws.trials for draws, _ in seen] == [blocks[0], blocks[2]]
    xr.testing.assert_identical(kept[2], parallel.run_block(WALKS, blocks[2], quiet).assign_attrs(kept[2].attrs))
    xr.testing.assert_equal(found, parallel.compute(WALKS))
    assert list(kept) == [0, 2]


def test_what_a_block_raises_names_the_experiment_and_the_trials(monkeypatch):
    def block(self, draws):
        raise ArithmeticError("no end")

    monkeypatch.setenv("MTLCORE_JOBS", "1")
    monkeypatch.setattr(RandomWalks, "block", block)
    with pytest.raises(ArithmeticError, match="no end") as raised:
        parallel.compute(WALKS)
    assert raised.value.__notes__ == ["in trials 0 to 2 of random-walks"]


@pytest.mark.parametrize(
    ("block", "trials", "said"),
    [(2**50, 7, r"1\.05e\+06 GiB of memory for a block"), (0, 10**12, "results of 1000000000000 trials")],
)
def test_more_than_memory_holds_is_refused_before_the_start(block, trials, said, monkeypatch, seen):
    monkeypatch.setattr(RandomWalks, "memory", lambda self: block)
    with pytest.raises(ValueError, match=f"random-walks needs about .*{said}.*allowed: .* GiB"):
        parallel.compute(RandomWalks(device="cpu", trials=trials))
    assert not seen


def test_no_more_blocks_at_a_time_than_memory_holds(monkeypatch):
    monkeypatch.setattr(machine, "available_memory", lambda device: 10 * 2**20)
    monkeypatch.setattr(RandomWalks, "memory", lambda self: 3 * 2**20)
    assert [parallel.affordable(WALKS, jobs) for jobs in (1, 3, 8)] == [1, 3, 3]


@pytest.mark.parametrize("said", ["0", "-1", "two", "1.5", ""])
def test_a_number_of_jobs_that_is_none_is_refused(said, monkeypatch):
    monkeypatch.setenv("MTLCORE_JOBS", said)
    if said:
        with pytest.raises(ValueError, match=f"MTLCORE_JOBS = '{said}'; allowed: "):
            machine.jobs()
    else:
        assert machine.jobs() == machine.cores()


def test_the_number_of_jobs_is_one_beside_others(monkeypatch):
    monkeypatch.setenv("MTLCORE_JOBS", "7")
    assert machine.jobs() == 7
    with ThreadPoolExecutor(1) as threads:
        assert threads.submit(machine.jobs).result() == 1
    with multiprocessing.get_context("fork").Pool(1) as pool:
        assert pool.apply(machine.jobs) == 1


def test_blocks_are_computed_within_whatever_runs_in_parallel():
    """In a program of its own, which must end by itself."""
    program = [sys.executable, "-c", NESTED]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    ran = subprocess.run(program, env=environment, capture_output=True, text=True, timeout=300)
    assert (ran.returncode, ran.stdout) == (0, "1 result in 4 ways\n"), ran.stderr[-2000:]


def test_peak_memory_is_that_of_the_work_since_it_was_forgotten():
    machine.forget_peak("cpu")
    before = machine.peak_memory("cpu")
    block = np.ones(2**25)
    assert machine.peak_memory("cpu") - before > 0.9 * block.nbytes
    del block
    machine.forget_peak("cpu")
    assert machine.peak_memory("cpu") - before < 0.5 * 2**28
