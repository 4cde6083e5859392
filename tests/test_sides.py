"""The ways to write one training that `bench.py` times do train the same network, and what it kept is whole."""

import dataclasses
import json
import math

import bench
import floors
import pytest
import torch
from sides import SIDES, Case
from torch.utils.flop_counter import FlopCounterMode

from mtlcore.lab.draws import Draws

SMALL = Case(T=4, n=5, d=24, m=4, trials=2)


@pytest.mark.parametrize("side", ["loop", "autograd", "vmap"])
def test_a_side_trains_as_the_engine(side):
    ours, theirs = (SIDES[name](SMALL)(3) for name in ("full", side))
    for mine, other in zip(ours, theirs, strict=True):
        assert torch.allclose(mine[: len(other)], other, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("side", ["full", "chain"])
def test_a_floor_counts_what_an_iteration_draws_and_multiplies(side, monkeypatch):
    """Against what is asked of the draws and of torch, without orthants and the chain's small matrices."""
    asked, normal, chain = [], Draws.normal, side == "chain"
    monkeypatch.setattr(Draws, "normal", lambda self, *a, **k: asked.append(a) or normal(self, *a, **k))
    with FlopCounterMode(display=False) as counter:
        SIDES[side](SMALL)(1)
    drawn = sum(SMALL.trials * math.prod(shape) for purpose, *shape in asked if purpose == "inputs")
    small = 4 * SMALL.trials * SMALL.T * SMALL.n * SMALL.r**2 + chain * 2 * SMALL.trials * SMALL.m**3
    assert floors.numbers(SMALL, chain) - drawn == chain * SMALL.trials * 10
    assert floors.operations(SMALL, chain) == counter.get_total_flops() - small


def test_the_kept_measurements_are_those_of_the_page():
    kept = json.loads(bench.KEPT.read_text(encoding="utf-8"))
    sizes = [field.name for field in dataclasses.fields(Case)]
    assert [[one[name] for name in sizes] for one in kept["sides"]] == [
        list(dataclasses.astuple(case)) for case in bench.TABLE
    ]
    assert all({"loop", "autograd", "vmap", "full", "chain"} <= one["seconds"].keys() for one in kept["sides"])
    assert [(one["engine"] == "chain", one["d"]) for one in kept["limit"]] == [(c, case.d) for case, c in bench.LIMIT]
    for case, (one, chain) in zip(kept["limit"], ((c, chain) for c, chain in bench.LIMIT), strict=True):
        assert case["numbers"] == floors.numbers(one, chain) and case["operations"] == floors.operations(one, chain)
    for name, axes in kept["growth"].items():
        assert {axis: len(points) for axis, points in axes.items()} == {
            axis: len(values) + len(bench.BEYOND) * ((name, axis) == ("chain", "d"))
            for axis, values in bench.GROWTH.items()
        }
