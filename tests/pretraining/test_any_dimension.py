"""Training by the chain: the same law by what the book measures, the exact recursion as its limit, and the refusals."""

from dataclasses import replace

import numpy as np
import pytest
import torch
import xarray as xr
from tolerances import CLOSED_FORM

from mtlcore.__main__ import main
from mtlcore.lab.draws import Draws
from mtlcore.pretraining import chain, features, metrics, tasks, wishart
from mtlcore.pretraining.algorithm import STATED, Model, pretrain
from mtlcore.pretraining.any_dimension import counts, findings
from mtlcore.pretraining.any_dimension.far import FarDimensions
from mtlcore.pretraining.any_dimension.same_law import SameLaw
from mtlcore.pretraining.theory import dynamics


@pytest.fixture(scope="module")
def both():
    """Two dimensions on one stream, 200 trials, on another seed than the book's."""
    few = SameLaw(trials=200, d=(9, 16), seed=5, steps=40)
    return few.block(Draws(few.seed, range(few.trials)))


def test_models_on_one_stream_have_the_law_of_the_full_simulation_each_and_so_has_a_probe_on_them(both):
    assert [finding.outcome for finding in findings.same_law(both)] == ["consistent"] * 2
    assert "accuracy" in findings.distances(both)


def test_two_degrees_of_freedom_too_many_are_seen(both):
    assert findings.same_law(both, "chain of d + 2")[0].outcome == "inconsistent"


def test_the_distance_of_two_samples_and_what_chance_does():
    rng = np.random.default_rng(0)
    x = rng.standard_normal((2, 300, 500))
    sides = {"side": ["full", "chain"], "d": range(300)}
    ds = xr.Dataset({"x": (("side", "d", "trial"), x)}, sides)
    shifted = ds.assign(x=ds.x + xr.DataArray([0, 10.0], dims="side"))
    assert float(findings.distances(ds).x.max()) < findings.critical(ds)
    assert float(findings.distances(ds).x.max()) > 0.6 * findings.critical(ds)  # of 300 the largest is not far below
    assert (findings.distances(shifted).x == 1).all()


def test_a_few_trials_say_nothing(both):
    assert {finding.outcome for finding in findings.same_law(both.isel(trial=slice(20)))} == {"inconclusive"}


def test_the_chain_follows_the_exact_recursion_where_samples_are_many():
    """The remaining distance is sampling noise: it halves with four times the samples."""
    gaps = []
    for n in (2_500, 10_000):
        law, steps, draws = tasks.uniform(2), 30, Draws(3, range(6))
        hyper = replace(STATED, eta=0.5, eta_b=0.0, nu_w=0.001, nu_a=0.0)
        model = chain.compressed(Model(3, n, n, 256, 8, hyper), 2, draws)
        M, tables = features.canonical_subspace(model.d, 2), np.stack([law.each_once()] * 6)
        start, end = (states[0].W for _, states in pretrain({0: model}, {0: tables}, M, draws, steps, steps))
        (p, q), (p_end, q_end) = (
            (W[..., :2].double().numpy().reshape(-1, 2), metrics.split_norms(W, M)[1].numpy().ravel())
            for W in (start, end)
        )
        exact, shrunk = (
            x[-1] for x in dynamics.run(p, q, law, steps, dynamics.Update(hyper.eta, hyper.lam_w, hyper.lam_a))
        )
        gaps.append([np.linalg.norm(p_end - exact) / np.linalg.norm(exact), abs(q_end / shrunk - 1).mean()])
    (p_few, q_few), (p_many, q_many) = gaps
    assert p_many < 0.1 and q_many < 0.01
    assert p_many < 0.7 * p_few and q_many < 0.5 * q_few


def test_an_iteration_draws_as_many_numbers_as_the_picture_says(monkeypatch):
    drawn = {}
    normal, factors = Draws.normal, wishart.factors

    def counted(self, purpose, *shape, turn=0):
        drawn[purpose] = np.prod(shape)
        return normal(self, purpose, *shape, turn=turn)

    def counted_factors(m, freedom, count, generator):
        made = factors(m, freedom, count, generator)
        drawn["factor"] = np.count_nonzero(made[0])
        return made

    monkeypatch.setattr(Draws, "normal", counted)
    monkeypatch.setattr(chain, "factors", counted_factors)
    model, draws = Model(4, 8, 8, 40, 6), Draws(0, range(1))
    expected = counts.drawn([model.d], 2, model.m, 32)
    for way, one in (("full simulation", model), ("chain", chain.compressed(model, 2, draws))):
        drawn.clear()
        tables = {0: tasks.uniform(2).sample(4, np.random.default_rng(0))[None]}
        list(pretrain({0: one}, tables, features.canonical_subspace(one.d, 2), draws, 1))
        assert drawn["inputs"] + drawn.get("factor", 0) == int(expected.sel(way=way).item())


def test_rows_start_at_length_one_in_every_dimension():
    few = FarDimensions(d=(10**3, 10**7), steps=1, every=1, per_dim=0.006)
    ds = few.block(Draws(few.seed, range(2))).isel(iteration=0)
    assert np.allclose(ds.row_norm, 1, atol=0.05) and np.allclose(ds.row_norm.sel(d=10**7), 1, atol=1e-3)
    assert [few.model(d).n2 for d in few.d] == [2, 20_000]


def test_what_the_rows_are_has_lengths_and_angles_of_the_first_layer():
    W = torch.randn(5, 30, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    short = torch.cat([W[:, :2], wishart.triangular(W[None, :, 2:])[0]], -1)
    long, M = features.canonical_subspace(30, 2), features.canonical_subspace(7, 2)
    assert torch.allclose(short @ short.mT, W @ W.mT, atol=CLOSED_FORM)
    assert torch.allclose(metrics.subspace_error(short, M), metrics.subspace_error(W, long), atol=CLOSED_FORM)


@pytest.mark.parametrize(
    ("call", "value"),
    [
        (["SameLaw", "d=8"], "d = 8 in the chain; allowed: more than r + m = 8"),
        (["FarDimensions", "d=10,1000", "per_dim=1"], "d = 10 in the chain; allowed: more than r + m = 18"),
        (["FarDimensions", "per_dim=0.001"], "per_dim = 0.001 in dimension 1000"),
    ],
)
def test_an_experiment_where_the_chain_does_not_hold_ends_with_one_line(call, value, capsys):
    assert main(["run", call[0], *(part for one in call[1:] for part in ("--set", one))]) == 2
    out, err = capsys.readouterr()
    assert out == "" and err.count("\n") == 1 and value in err
