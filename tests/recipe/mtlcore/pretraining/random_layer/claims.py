"""What the data say of a random first layer, and the claim about it."""

import xarray as xr

from mtlcore.lab import store
from mtlcore.lab.claim import OURS, OVER_TRIALS, Claim
from mtlcore.lab.comparisons import Finding, around
from mtlcore.pretraining.random_layer.experiment import RandomLayer


def random_layer(ds: xr.Dataset) -> list[Finding]:
    """What the data set of `RandomLayer` says."""
    # fault: ds.exact.sel(d=d) -> ds.exact[0]
    # noticed by pretraining/test_claims.py::test_the_check_finds_no_contradiction[random-layer]
    return [around(f"d = {d}: the share is r/d", ds.energy.sel(d=d), float(ds.exact.sel(d=d))) for d in ds.d.values]


def one_feature_more(run: RandomLayer) -> list[Finding]:
    """Control: the share of a subspace with a feature more."""
    ds = store.get(run)
    return random_layer(ds.assign(exact=ds.exact * (run.r + 1) / run.r))


CLAIMS = (
    Claim(
        id="random-layer",
        title="A random first layer",
        statement="A random first layer has the share r/d of its energy in the subspace of the features.",
        known=OURS,
        kind="interval",
        case={"run": RandomLayer},
        tested="d = {run.d}, r = {run.r}, m = {run.m}, {run.trials} trials, seed {run.seed}",
        regime="the same",
        tolerance=OVER_TRIALS,
        chapter="pretraining/random-layer",
        needs=(),
        check=lambda run: random_layer(store.get(run)),
        control=one_feature_more,
    ),
)
