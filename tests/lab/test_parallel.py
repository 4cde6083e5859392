"""Blocks of trials: one thread for each, the same numbers from any number of processes, every step counted."""

import io
import os

import numpy as np
import pytest
import torch
import xarray as xr
from test_experiment import RandomWalks

from mtlcore.lab import machine, parallel, progress
from mtlcore.lab.workers import InTurn

WALKS = RandomWalks(device="cpu")


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


def test_peak_memory_is_that_of_the_work_since_it_was_forgotten():
    machine.forget_peak("cpu")
    before = machine.peak_memory("cpu")
    block = np.ones(2**25)
    assert machine.peak_memory("cpu") - before > 0.9 * block.nbytes
    del block
    machine.forget_peak("cpu")
    assert machine.peak_memory("cpu") - before < 0.5 * 2**28
