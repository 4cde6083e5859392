"""Figure 3 (left) in any dimension: layers in short, runs put together, delay and level of a path."""

from dataclasses import replace

import numpy as np
import pytest
import torch
import xarray as xr
from scipy.stats import ks_2samp
from tolerances import ALGEBRA, SAME_LAW, close

from mtlcore.lab.draws import Draws
from mtlcore.pretraining import features, metrics
from mtlcore.pretraining.algorithm import ROBUST, STATED_R4, Model, pretrain
from mtlcore.pretraining.any_dimension.findings import LATER, delay_grows, growth_rates, level, level_stays, reached
from mtlcore.pretraining.downstream.dimensions import ALONE, Dimensions, few_tasks, simulated, wide
from mtlcore.pretraining.downstream.findings import same_as_simulated, together
from mtlcore.pretraining.downstream.representations import in_short

STEPS = np.arange(0, 1001, 25)


@pytest.mark.parametrize("d", [5, 40])
def test_a_layer_in_short_has_the_lengths_and_angles_of_the_long_one(d):
    W = Draws(1, range(3), dtype=torch.float64).normal("rows", 4, d)
    short = in_short(W, 2)
    assert short.shape == (3, 4, 6) and torch.equal(short[..., :2], W[..., :2])
    assert close(short @ short.mT, W @ W.mT, ALGEBRA[torch.float64])
    errors = [metrics.subspace_error(x, features.canonical_subspace(x.shape[2], 2)) for x in (W, short)]
    assert close(*errors, ALGEBRA[torch.float64])


def test_random_layers_in_short_have_the_law_of_long_ones_and_the_oracle_is_inside():
    few = {"r": 2, "m": 4, "d": (12,), "steps": 1, "snapshots": (1,), "n": 1, "N": 8, "every": 1}
    run = Dimensions(trials=300, trained=ALONE, device="cpu", **few)
    ds = run.block(Draws(run.seed, range(300)))
    long = Draws(5, range(300)).normal("rows", 4, 12)
    error = metrics.subspace_error(long, features.canonical_subspace(12, 2))
    found = ds.path.sel(representation="random", d=12)
    assert ds["columns"].sel(representation="random", d=12) == 6
    assert ks_2samp(found.isel(iteration=0), error).pvalue > SAME_LAW
    assert (found == found.isel(iteration=0)).all()
    wrong = metrics.subspace_error(long[..., :8], features.canonical_subspace(8, 2))
    assert ks_2samp(found.isel(iteration=0), wrong).pvalue < SAME_LAW
    assert float(ds.path.sel(representation="oracle").max()) < 1e-6


def test_fixed_samples_are_drawn_once(monkeypatch):
    turns, normal = [], Draws.normal
    monkeypatch.setattr(Draws, "normal", lambda *args, turn=0: (turns.append(turn), normal(*args, turn=turn))[1])
    model = Model(2, 3, 3, 5, 4, ROBUST, fixed_samples=True)
    tables, M = {0: np.ones((1, 2, 4), np.float32)}, features.canonical_subspace(5, 2)
    list(pretrain({0: model}, tables, M, Draws(1, [0]), 4))
    assert max(turns) == 1
    list(pretrain({0: model, 1: replace(model, fixed_samples=False)}, tables | {1: tables[0]}, M, Draws(1, [0]), 4))
    assert max(turns) == 4


def test_what_is_run_beyond_simulations():
    assert not wide().full and simulated().full and simulated().d == Dimensions().d
    assert min(wide().d) > max(Dimensions().d)
    assert [few_tasks().tasks(d) for d in few_tasks().d] == [80] * 3 and few_tasks().tasks(64) == wide().tasks(64)


def test_memory_counts_the_numbers_that_are_drawn():
    by_chain, everything = wide(), replace(wide(), full=True)
    assert everything.memory() > 40 * by_chain.memory()
    assert replace(by_chain, d=(2**16,)).memory() < 2**30


@pytest.mark.parametrize("trained", [("multi-task | Stated",), ("two tasks | robust",), ()])
def test_representations_that_nothing_trains_are_refused(trained):
    with pytest.raises(ValueError, match="trained = .*allowed: some of multi-task | stated; "):
        Dimensions(trained=trained)


def accuracy(d, trials, representation=("multi-task | robust", "random"), value=0.7):
    """A made-up data set of `Dimensions`, the accuracy moved a little from trial to trial."""
    sizes = {
        "representation": list(representation),
        "d": list(d),
        "snapshot": [500, 1000],
        "trial": list(range(trials)),
    }
    y = xr.DataArray(np.full([len(x) for x in sizes.values()], value), sizes)
    return xr.Dataset(
        {"accuracy": (y + y.trial * 1e-3).expand_dims(parity=range(3)), "task_size": ("trial", [1] * trials)}
    )


def test_runs_in_other_dimensions_are_put_together():
    near, far = accuracy((16, 64), 4, ("multi-task | robust", "random", "oracle")), accuracy((256,), 2)
    both, every = together(near, far), together(near, far, join="outer")
    assert both.d.values.tolist() == every.d.values.tolist() == [16, 64, 256]
    assert (both.sizes["trial"], both.sizes["representation"]) == (2, 2)
    assert (every.sizes["trial"], every.sizes["representation"]) == (4, 3)
    assert every.accuracy.sel(d=256, trial=3).isnull().all() and not both.accuracy.isnull().any()


def test_the_full_simulation_is_compared_where_both_are():
    near, full = accuracy((16, 64, 256), 5), accuracy((16, 64), 4)
    assert same_as_simulated(near, full).outcome == "consistent"
    assert same_as_simulated(near, full).statement.startswith("d = 64:")
    assert same_as_simulated(near, accuracy((16, 64), 4, value=0.6)).outcome == "inconsistent"


def falling(delay, end=0.05, rate=0.01):
    """Paths that fall exponentially from one half, after their delay, to an end; a trial for each small shift."""
    d = list(delay)
    start = xr.DataArray(list(delay.values()), {"d": d}) + xr.DataArray([-3.0, -1, 1, 3], dims="trial")
    time = xr.DataArray(STEPS, {"iteration": STEPS}) - start
    level = end if isinstance(end, float) else xr.DataArray(list(end), {"d": d})
    return (level + (0.5 - level) * np.exp(-rate * time)).clip(max=1).transpose("d", "iteration", "trial")


def test_a_delay_is_found_between_recorded_iterations_and_the_level_after_it():
    path = falling({16: 210.0, 64: 333.0})
    assert np.allclose(reached(path).mean("trial"), [210, 333], atol=1)
    assert reached(path, 0.01).isnull().all()
    expected = 0.05 + 0.45 * np.exp(-0.01 * LATER)
    assert np.allclose(level(path), expected, atol=0.006)  # the nearest recorded iteration is up to 12 away
    assert level(path.isel(iteration=slice(15))).isnull().all()  # it ends before


def test_a_delay_by_the_rates_is_told_from_another():
    rates, d = growth_rates(4, ROBUST), [16, 64, 256, 1024, 4096]
    delay = {x: 100 + np.log(np.sqrt((x - 4) / 4)) / np.log(rates.p / rates.q) for x in d}
    assert delay_grows(falling(delay), 4).outcome == "consistent"
    assert delay_grows(falling(delay), 4, STATED_R4).outcome == "inconsistent"
    assert delay_grows(falling({x: 100 + (t - 100) / 2 for x, t in delay.items()}), 4).outcome == "inconsistent"


def test_a_level_that_grows_is_told_from_one_that_stays():
    delay = {64: 100.0, 256: 200.0, 1024: 300.0}
    assert level_stays(falling(delay)).outcome == "consistent"
    assert level_stays(falling(delay, end=(0.04, 0.08, 0.16))).outcome == "inconsistent"
