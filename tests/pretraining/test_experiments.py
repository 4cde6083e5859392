"""What the experiments share out: tasks, untrained layers, summaries."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
import torch
import xarray as xr
from small import EXPERIMENTS
from tolerances import ALGEBRA, close

from mtlcore.lab.draws import Draws
from mtlcore.pretraining import chain, contrastive, features, metrics, tasks, theory
from mtlcore.pretraining.algorithm import ROBUST, STATED, Model, pretrain
from mtlcore.pretraining.configuration import Configuration, draw_tasks, one_task_of_each_size
from mtlcore.pretraining.contents import PART
from mtlcore.pretraining.downstream import dimensions, representations, sample_sizes
from mtlcore.pretraining.fan_out import paths
from mtlcore.pretraining.labelling import labels
from mtlcore.pretraining.probe import Probe, linear_probe
from mtlcore.pretraining.pseudo_contrastive import matrix
from mtlcore.pretraining.representation import skew, task_count
from mtlcore.pretraining.shared_head import heads
from mtlcore.pretraining.training import fewest_singletons, summary

TRIALS = range(4, 10)
DRAWS = Draws(0, TRIALS)
R = 3
#: Two runs of one model in different companies: float32 sums in another order, for some iterations.
SAME = ALGEBRA[torch.float32]
BOTH = {"stated": STATED, "robust": replace(ROBUST, eta=0.3)}
PAIR = range(2)


def pair(experiment):
    """The draws of its first two trials."""
    return Draws(experiment.seed, PAIR)


def alone(experiment, model, tables):
    """The first layer of one model that no other keeps company, at the end."""
    M = features.canonical_subspace(model.d, experiment.r)
    *_, (_, states) = pretrain({0: model}, {0: tables}, M, pair(experiment), experiment.steps, experiment.steps)
    return states[0].W, M


def assert_curves_end_as(one, W, M):
    """The last point of a run's curves is what its first layer says."""
    for name, expected in zip(("error", "missed", "row_norm", "energy"), summary(W, M), strict=True):
        assert close(one[name].isel(iteration=-1).values, expected, SAME), name


@pytest.mark.parametrize("law", tasks.LAWS)
def test_each_curve_of_figure_1_is_the_run_of_its_own_model(law):
    run = task_count.TaskCount(T=(2, 4), samples=28, d=6, m=5, steps=6, every=4, law=law, settings=BOTH, device="cpu")
    ds, law = run.block(pair(run)), tasks.LAWS[law](R)
    assert ds.iteration.values.tolist() == [0, 4, 6]
    for setting, hyper in BOTH.items():
        for T in run.T:
            model, drawn = Model(T, 28 // T, 28 // T, 6, 5, hyper), draw_tasks(law, T, pair(run))
            assert_curves_end_as(ds.sel(setting=setting, T=T), *alone(run, model, drawn))
            assert ds.singletons.sel(T=T).values.tolist() == fewest_singletons(drawn).tolist()
        T = len(law.each_once())
        if 28 % T == 0:  # others do not share out 28 samples
            W, M = alone(run, Model(T, 28 // T, 28 // T, 6, 5, hyper), np.stack([law.each_once()] * 2))
            end = ds.balanced.sel(setting=setting).isel(iteration=-1)
            assert close(end.values, metrics.subspace_error(W, M), SAME)


def test_each_curve_of_figure_2_is_the_run_of_its_own_law():
    laws = ("uniform", "Zipf(2)", "large sets")
    run = skew.Skew(r=R, T=4, n=7, d=6, m=5, steps=6, every=6, laws=laws, settings=BOTH, device="cpu")
    ds = run.block(pair(run))
    for law in laws:
        drawn = [skew.SKEWS[law](R, generator).sample(4, generator) for generator in pair(run).generators("tasks")]
        for setting, hyper in BOTH.items():
            end = alone(run, Model(4, 7, 7, 6, 5, hyper), np.stack(drawn))
            assert_curves_end_as(ds.sel(setting=setting, law=law), *end)


def test_figure_3_probes_each_representation_that_it_names():
    run = sample_sizes.SampleSizes(
        T=4, n=7, N=(8, 32), d=6, m=5, m_hat=7, steps=6, snapshots=(3, 6), settings=BOTH, single=("robust",),
        device="cpu",
    )  # fmt: skip
    ds = run.block(pair(run))
    single, _ = one_task_of_each_size(R, pair(run))
    M, parities = features.canonical_subspace(6, R), torch.from_numpy(tasks.parity_tables(R)[1:])
    layers = {f"multi-task | {name}": Model(4, 7, 7, 6, 5, hyper) for name, hyper in BOTH.items()}
    layers["single task | robust"] = Model(1, 28, 28, 6, 5, BOTH["robust"])
    for name, model in layers.items():
        W, _ = alone(run, model, single if model.T == 1 else draw_tasks(tasks.uniform(R), 4, pair(run)))
        _, hinge = linear_probe(W, M, parities, run.N, Probe(7), pair(run))
        assert close(ds.hinge.sel(representation=name, snapshot=6).values, hinge, 1e-3), name
    for kind in representations.UNTRAINED:
        W = representations.untrained(kind, 5, M, pair(run))
        _, hinge = linear_probe(W, M, parities, run.N, Probe(7), pair(run))
        assert close(ds.hinge.sel(representation=kind, snapshot=6).values, hinge, 1e-3), kind


@pytest.mark.parametrize("full", [False, True])
def test_figure_3_trains_each_dimension_on_its_own_tasks_and_samples_by_the_chain_where_it_holds(full):
    run = dimensions.Dimensions(
        r=2, d=(5, 9), n=2, m=4, steps=6, snapshots=(3, 6), every=2, N=8, settings=BOTH, full=full, device="cpu",
        trained=("multi-task | robust", "single task | robust", "single task, fixed | robust"),
    )  # fmt: skip
    ds, draws = run.block(pair(run)), pair(run)
    single, sizes = one_task_of_each_size(2, draws)
    assert ds.task_size.values.tolist() == sizes.tolist()
    assert ds.iteration.values.tolist() == [0, 2, 4, 6]
    of_wide, wide = draw_tasks(tasks.uniform(2), 25, draws), Model(25, 2, 2, 9, 4, STATED)
    M, parities = features.canonical_subspace(9, 2), torch.from_numpy(tasks.parity_tables(2)[1:])
    for d, T in ((5, 21), (9, 25)):
        shape, several = {"d": d, "m": 4, "hyper": BOTH["robust"]}, draw_tasks(tasks.uniform(2), T, draws)
        for name, model, tables in (
            ("multi-task | robust", Model(T, 2, 2, **shape), several),
            ("single task | robust", Model(1, 2 * T, 2 * T, **shape), single),
            ("single task, fixed | robust", Model(1, 2 * T, 2 * T, **shape, fixed_samples=True), single),
        ):
            fresh = not model.fixed_samples
            model, company = (
                chain.compressed(one, 2, draws) if fresh and not full and one.d > 6 else one for one in (model, wide)
            )
            # the widest model keeps it company, and so the inputs are the same
            width = 9 if full else 6 if fresh else 9
            models, labelled = {"it": model, "wide": replace(company, d=width)}, {"it": tables, "wide": of_wide}
            path = dict(pretrain(models, labelled, M[:, :width], draws, 6))
            W, one = path[6]["it"].W, ds.sel(representation=name, d=d)
            assert int(one["columns"]) == W.shape[2]
            errors = [metrics.subspace_error(path[k]["it"].W, M[:, : W.shape[2]]) for k in (0, 2, 4, 6)]
            assert close(one.path.values, torch.stack(errors), SAME)
            assert close(one.error.sel(snapshot=6).values, errors[-1], SAME)
            hinge = linear_probe(representations.in_short(W, 2), M[:, :6], parities, (8,), Probe(4), draws)[1][:, 0]
            assert close(one.hinge.sel(snapshot=6).values, hinge, 1e-3)


@pytest.mark.parametrize("chunk", [2, 32])
def test_figure_4_multiplies_directions_of_two_independent_samples(chunk, monkeypatch):
    monkeypatch.setattr(matrix, "CHUNK", chunk)
    run = matrix.ContrastiveMatrix(r=2, d=4, T=(2, 5), n=6, device="cpu")
    ds, M = run.block(pair(run)), features.canonical_subspace(4, 2)
    w = pair(run).normal("neuron", 4)
    for name, law in ((name, law(2)) for name, law in tasks.LAWS.items()):
        drawn = torch.from_numpy(draw_tasks(law, 5, pair(run)))
        sides = [], []
        for turn, start in itertools.product(range(2), range(0, 5, chunk)):
            some = drawn[:, start : start + chunk]
            x = pair(run).normal("inputs", some.shape[1] * 6, 4, turn=2 * (start // chunk) + turn)
            sides[turn].append(contrastive.task_directions(w, x, labels(some, features.orthant(x, M), 6)))
        for T in run.T:
            A = contrastive.sampled_A(*(torch.cat(side, 1)[:, :T] for side in sides))
            one = ds.sel(law=name, T=T)
            assert close(one.A.values, A.double(), SAME)
            assert close(one.energy.values, metrics.block_energy(A, 2), SAME)
        exact = [theory.exact_A(v, M.numpy(), law) for v in w.double().numpy()]
        assert close(ds.exact.sel(law=name).values, np.array(exact), SAME)


def test_figure_5_runs_both_heads_and_splits_the_neurons():
    run = heads.SharedHead(T=(2, 4), samples=28, d=6, m=5, steps=6, every=6, settings=BOTH, device="cpu")
    ds = run.block(pair(run))
    for setting, hyper in BOTH.items():
        for kind in ("task", "shared"):
            for T in run.T:
                model = Model(T, 28 // T, 28 // T, 6, 5, hyper, heads=kind)
                end = alone(run, model, draw_tasks(tasks.uniform(R), T, pair(run)))
                assert_curves_end_as(ds.sel(setting=setting, heads=kind, T=T), *end)
    run = paths.FanOut(r=2, T=4, samples=28, d=6, m=5, steps=6, every=6, settings=BOTH, device="cpu")
    ds = run.block(pair(run)).isel(iteration=-1)
    for setting, hyper in BOTH.items():
        W, M = alone(run, Model(4, 7, 7, 6, 5, hyper), draw_tasks(tasks.uniform(2), 4, pair(run)))
        one = ds.sel(setting=setting)
        for name, expected in zip("pq", metrics.split_norms(W, M), strict=True):
            assert close(one[name].values, expected, SAME)
        assert close(one.inside.values, W[..., :2].double(), SAME)
        assert close(one.outside.values, W[..., 2:4].double(), SAME)
        assert close(one.error.values, metrics.subspace_error(W, M), SAME)
        sizes = np.linalg.svd(W[..., :2].numpy(), compute_uv=False)
        assert close(one.isotropy.values, sizes[:, 1] / sizes[:, 0], SAME)


def degrees(tables):
    """|S| of each parity, by its only Fourier coefficient."""
    return tasks.sizes(R)[tasks.fourier(tables.reshape(-1, 2**R)).argmax(-1)].reshape(tables.shape[:-1])


def test_a_larger_T_adds_tasks_to_those_of_a_smaller_one():
    few, many = (draw_tasks(tasks.uniform(R), T, DRAWS) for T in (3, 20))
    assert np.array_equal(few, many[:, :3])
    assert not np.array_equal(many[0], many[1])


def test_singletons_are_counted_by_their_rarest():
    drawn = draw_tasks(tasks.uniform(R), 40, DRAWS)
    signs = [[1.0 if code >> j & 1 else -1.0 for code in range(2**R)] for j in range(R)]
    expected = [min(sum(task.tolist() == single for task in trial) for single in signs) for trial in drawn]
    assert fewest_singletons(drawn).tolist() == expected and max(expected) > 0


def test_a_single_task_has_each_size_in_turn():
    tables, sizes = one_task_of_each_size(R, DRAWS)
    assert sizes.tolist() == [1 + trial % R for trial in TRIALS]
    assert np.array_equal(degrees(tables)[:, 0], sizes)


def test_untrained_layers_are_gaussian_in_the_whole_space_or_in_row_M():
    M = features.subspace(6, R, DRAWS.generators("subspace")[0])
    random, oracle = (representations.untrained(kind, 5, M, DRAWS).double() for kind in ("random", "oracle"))
    P = M.T @ M
    assert close(oracle, random @ P, ALGEBRA[torch.float32])
    assert metrics.subspace_error(oracle, M).max() < 1e-5 < 0.1 < metrics.subspace_error(random, M).min()


def test_a_summary_has_error_missed_share_row_length_and_energy():
    M = features.canonical_subspace(6, R)
    W = torch.randn(4, 5, 6, generator=torch.Generator().manual_seed(0))
    error, missed, length, energy = summary(W, M)
    exact = ALGEBRA[torch.float64]
    sines = metrics.principal_sines(metrics.top_subspace(W, R), M)
    assert close(error, metrics.subspace_error(W, M), exact) and close(missed, (sines**2).mean(1), exact)
    assert close(length, W.double().square().sum((1, 2)).div(5).sqrt(), exact)
    assert close(energy, W[..., :R].double().square().sum((1, 2)) / W.double().square().sum((1, 2)), exact)


@pytest.mark.parametrize("name", skew.SKEWS)
def test_skews_are_laws_over_all_non_empty_parities(name):
    law = skew.SKEWS[name](R, DRAWS.generators("tasks")[0])
    assert law.r == R and law.probs[0] == 0 and (law.probs[1:] > 0).all()
    assert (name == "uniform") == (np.ptp(law.probs[1:]) < ALGEBRA[torch.float64])


@pytest.mark.parametrize("chapter", PART.chapters)
def test_every_chapter_has_its_experiments(chapter):
    found = PART.experiments(chapter)
    read = set().union(*(one.findings for one in PART.chapters.values()))
    for experiment in found:
        assert type(experiment) in read
        assert [trial for block in experiment.blocks() for trial in block] == list(range(experiment.trials))
    assert PART.experiments(chapter) == found


class Elsewhere(torch.Tensor):
    """A tensor as on an accelerator: NumPy can't read it, nor what is computed from it, before it is on the CPU."""

    def numpy(self, *args, **kwargs):
        raise TypeError("can't convert a tensor on a device to NumPy")

    __array__ = tolist = numpy

    def cpu(self):
        return self.as_subclass(torch.Tensor)


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_results_are_brought_to_the_cpu(name, monkeypatch):
    experiment = EXPERIMENTS[name]
    sizes = {"trials": 1, "steps": 4, "every": 2, "snapshots": (2, 4), "window": (1, 3)}
    experiment = replace(experiment, **{field: size for field, size in sizes.items() if field in vars(experiment)})
    expected = experiment.block(Draws(experiment.seed, (0,)))
    for owner, method in ((Draws, "normal"), (Configuration, "subspace")):
        made = getattr(owner, method)
        there = lambda *args, made=made, **kwargs: made(*args, **kwargs).as_subclass(Elsewhere)  # noqa: E731
        monkeypatch.setattr(owner, method, there)
    xr.testing.assert_identical(experiment.block(Draws(experiment.seed, (0,))), expected)
