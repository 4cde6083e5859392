"""What the experiments share out: tasks, untrained layers, summaries."""

from dataclasses import replace

import numpy as np
import pytest
import torch
import xarray as xr
from tolerances import ALGEBRA, close

from mtlcore.lab import draws, parallel
from mtlcore.pretraining import contrastive, features, metrics, tasks, theory
from mtlcore.pretraining.algorithm import ROBUST, STATED, Model, labels, pretrain
from mtlcore.pretraining.contents import PART
from mtlcore.pretraining.downstream import dimensions, representations, sample_sizes
from mtlcore.pretraining.fan_out import paths
from mtlcore.pretraining.probe import linear_probe
from mtlcore.pretraining.pseudo_contrastive import matrix
from mtlcore.pretraining.representation import skew, task_count
from mtlcore.pretraining.shared_head import heads
from mtlcore.pretraining.training import draw_tasks, fewest_singletons, summary

TRIALS = range(3, 9)
R = 3
#: Two runs of one model in different companies: float32 sums in another order, for some iterations.
SAME = ALGEBRA[torch.float32]
BOTH = {"stated": STATED, "robust": replace(ROBUST, eta=0.3)}
PAIR = range(2)


def quiet():
    """For a progress bar that nobody watches."""


def alone(experiment, model, tables):
    """The first layer of one model that no other keeps company, at the end."""
    M = features.canonical_subspace(model.d, experiment.r)
    *_, (_, states) = pretrain({0: model}, {0: tables}, M, experiment.seed, PAIR, experiment.steps, experiment.steps)
    return states[0].W, M


def assert_curves_end_as(one, W, M):
    """The last point of a run's curves is what its first layer says."""
    for name, expected in zip(("error", "missed", "row_norm"), summary(W, M), strict=True):
        assert close(one[name].isel(iteration=-1).values, expected, SAME), name


@pytest.mark.parametrize("empty", [False, True])
def test_each_curve_of_figure_1_is_the_run_of_its_own_model(empty):
    run = task_count.TaskCount(
        T=(2, 4), samples=28, d=6, m=5, steps=6, every=4, empty=empty, settings=BOTH, device="cpu"
    )
    ds, law = run.block(PAIR, quiet), tasks.uniform(R, empty)
    assert ds.iteration.values.tolist() == [0, 4, 6]
    for setting, hyper in BOTH.items():
        for T in run.T:
            model = Model(T, 28 // T, 28 // T, 6, 5, hyper)
            assert_curves_end_as(ds.sel(setting=setting, T=T), *alone(run, model, draw_tasks(law, T, run.seed, PAIR)))
        if not empty:  # with it there are 8 tasks, which do not share out 28 samples
            W, M = alone(run, Model(7, 4, 4, 6, 5, hyper), np.stack([law.each_once()] * 2))
            end = ds.balanced.sel(setting=setting).isel(iteration=-1)
            assert close(end.values, metrics.subspace_error(W, M), SAME)


def test_each_curve_of_figure_2_is_the_run_of_its_own_law():
    laws = ("uniform", "Zipf(2)", "large sets")
    run = skew.Skew(r=R, T=4, n=7, d=6, m=5, steps=6, every=6, laws=laws, settings=BOTH, device="cpu")
    ds = run.block(PAIR, quiet)
    for law in laws:
        drawn = []
        for trial in PAIR:
            generator = draws.stream(run.seed, "tasks", trial)
            drawn.append(skew.LAWS[law](R, generator).sample(4, generator))
        for setting, hyper in BOTH.items():
            end = alone(run, Model(4, 7, 7, 6, 5, hyper), np.stack(drawn))
            assert_curves_end_as(ds.sel(setting=setting, law=law), *end)


def test_figure_3_probes_each_representation_that_it_names():
    run = sample_sizes.SampleSizes(
        T=4, n=7, N=(8, 32), d=6, m=5, m_hat=7, steps=6, snapshots=(3, 6), settings=BOTH, single=("robust",),
        device="cpu",
    )  # fmt: skip
    ds = run.block(PAIR, quiet)
    single, _ = representations.one_task_of_each_size(R, run.seed, PAIR)
    M, parities = features.canonical_subspace(6, R), torch.from_numpy(tasks.parity_tables(R)[1:])
    layers = {f"multi-task | {name}": Model(4, 7, 7, 6, 5, hyper) for name, hyper in BOTH.items()}
    layers["single task | robust"] = Model(1, 28, 28, 6, 5, BOTH["robust"])
    for name, model in layers.items():
        W, _ = alone(run, model, single if model.T == 1 else draw_tasks(tasks.uniform(R), 4, run.seed, PAIR))
        accuracy, hinge = linear_probe(W, M, parities, run.N, 7, run.seed, PAIR)
        assert close(ds.hinge.sel(representation=name, snapshot=6).values, hinge, 1e-3), name
    for kind in representations.UNTRAINED:
        _, hinge = linear_probe(
            representations.untrained(kind, 5, M, run.seed, PAIR), M, parities, run.N, 7, run.seed, PAIR
        )
        assert close(ds.hinge.sel(representation=kind, snapshot=6).values, hinge, 1e-3), kind


def test_figure_3_trains_each_dimension_on_its_own_tasks_and_samples():
    run = dimensions.Dimensions(
        r=2, d=(3, 5), n=2, m=4, steps=6, snapshots=(6,), N=8, settings=BOTH, single=("robust",), device="cpu"
    )
    ds = run.block(PAIR, quiet)
    single, _ = representations.one_task_of_each_size(2, run.seed, PAIR)
    # of the widest dimension only: a narrower one alone would draw fewer samples
    shape, several = {"d": 5, "m": 4, "hyper": BOTH["robust"]}, draw_tasks(tasks.uniform(2), 21, run.seed, PAIR)
    for name, model, tables in (
        ("multi-task | robust", Model(21, 2, 2, **shape), several),
        ("single task | robust", Model(1, 42, 42, **shape), single),
        ("single task, fixed | robust", Model(1, 42, 42, **shape, fixed_samples=True), single),
    ):
        W, M = alone(run, model, tables)
        assert close(ds.error.sel(representation=name, d=5, snapshot=6).values, metrics.subspace_error(W, M), SAME)


def test_figure_4_multiplies_directions_of_two_independent_samples():
    run = matrix.ContrastiveMatrix(r=2, d=4, T=(2, 5), n=6, device="cpu")
    ds, M = run.block(PAIR, quiet), features.canonical_subspace(4, 2)
    w = draws.normal([draws.stream(run.seed, "neuron", trial) for trial in PAIR], 4)
    for name, empty in (("non-empty", False), ("with the empty set", True)):
        law = tasks.uniform(2, empty)
        drawn = torch.from_numpy(draw_tasks(law, 5, run.seed, PAIR))
        streams, sides = [draws.stream(run.seed, "data", trial) for trial in PAIR], []
        for _ in range(2):
            x = draws.normal(streams, 30, 4)
            sides.append(contrastive.task_directions(w, x, labels(drawn, features.orthant(x, M), 6)))
        for T in run.T:
            A = contrastive.sampled_A(*(side[:, :T] for side in sides))
            one = ds.sel(law=name, T=T)
            assert close(one.A.values, A.double(), SAME)
            assert close(one.energy.values, metrics.block_energy(A, 2), SAME)
        exact = [theory.exact_A(v, M.numpy(), law) for v in w.double().numpy()]
        assert close(ds.exact.sel(law=name).values, np.array(exact), SAME)


def test_figure_5_runs_both_heads_and_splits_the_neurons():
    run = heads.SharedHead(T=(2, 4), samples=28, d=6, m=5, steps=6, every=6, settings=BOTH, device="cpu")
    ds = run.block(PAIR, quiet)
    for setting, hyper in BOTH.items():
        for kind in ("task", "shared"):
            for T in run.T:
                model = Model(T, 28 // T, 28 // T, 6, 5, hyper, heads=kind)
                end = alone(run, model, draw_tasks(tasks.uniform(R), T, run.seed, PAIR))
                assert_curves_end_as(ds.sel(setting=setting, heads=kind, T=T), *end)
    run = paths.FanOut(r=2, T=4, samples=28, d=6, m=5, steps=6, every=6, settings=BOTH, device="cpu")
    ds = run.block(PAIR, quiet).isel(iteration=-1)
    for setting, hyper in BOTH.items():
        W, M = alone(run, Model(4, 7, 7, 6, 5, hyper), draw_tasks(tasks.uniform(2), 4, run.seed, PAIR))
        one = ds.sel(setting=setting)
        for name, expected in zip("pq", metrics.split_norms(W, M), strict=True):
            assert close(one[name].values, expected, SAME)
        assert close(one.inside.values, W[..., :2].double(), SAME)
        assert close(one.outside.values, W[..., 2:4].double(), SAME)
        sizes = np.linalg.svd(W[..., :2].numpy(), compute_uv=False)
        assert close(one.isotropy.values, sizes[:, 1] / sizes[:, 0], SAME)


def degrees(tables):
    """|S| of each parity, by its only Fourier coefficient."""
    return tasks.sizes(R)[tasks.fourier(tables.reshape(-1, 2**R)).argmax(-1)].reshape(tables.shape[:-1])


def test_a_larger_T_adds_tasks_to_those_of_a_smaller_one():
    few, many = (draw_tasks(tasks.uniform(R), T, 0, TRIALS) for T in (3, 20))
    assert np.array_equal(few, many[:, :3])
    assert not np.array_equal(many[0], many[1])


def test_singletons_are_counted_by_their_rarest():
    drawn = draw_tasks(tasks.uniform(R), 40, 0, TRIALS)
    signs = [[1.0 if code >> j & 1 else -1.0 for code in range(2**R)] for j in range(R)]
    expected = [min(sum(task.tolist() == single for task in trial) for single in signs) for trial in drawn]
    assert fewest_singletons(drawn).tolist() == expected and max(expected) > 0


def test_a_single_task_has_each_size_in_turn():
    tables, sizes = representations.one_task_of_each_size(R, 0, TRIALS)
    assert sizes.tolist() == [1 + trial % R for trial in TRIALS]
    assert np.array_equal(degrees(tables)[:, 0], sizes)


def test_untrained_layers_are_gaussian_in_the_whole_space_or_in_row_M():
    M = features.subspace(6, R, draws.stream(0, "subspace", 0))
    random, oracle = (representations.untrained(kind, 5, M, 0, TRIALS).double() for kind in ("random", "oracle"))
    P = M.T @ M
    assert close(oracle, random @ P, ALGEBRA[torch.float32])
    assert metrics.subspace_error(oracle, M).max() < 1e-5 < 0.1 < metrics.subspace_error(random, M).min()


def test_a_summary_has_error_missed_share_and_row_length():
    M = features.canonical_subspace(6, R)
    W = torch.randn(4, 5, 6, generator=torch.Generator().manual_seed(0))
    error, missed, length = summary(W, M)
    exact = ALGEBRA[torch.float64]
    sines = metrics.principal_sines(metrics.top_subspace(W, R), M)
    assert close(error, metrics.subspace_error(W, M), exact) and close(missed, (sines**2).mean(1), exact)
    assert close(length, W.double().square().sum((1, 2)).div(5).sqrt(), exact)


@pytest.mark.parametrize("name", skew.LAWS)
def test_skews_are_laws_over_all_non_empty_parities(name):
    law = skew.LAWS[name](R, draws.stream(0, "tasks", 0))
    assert law.r == R and law.probs[0] == 0 and (law.probs[1:] > 0).all()
    assert (name == "uniform") == (np.ptp(law.probs[1:]) < ALGEBRA[torch.float64])


@pytest.mark.parametrize("chapter", PART.chapters)
def test_every_chapter_has_its_experiments(chapter):
    found = PART.experiments(chapter)
    for experiment in found:
        assert type(experiment) in PART.chapters[chapter].findings
        assert [trial for block in experiment.blocks() for trial in block] == list(range(experiment.trials))
    assert PART.experiments(chapter) == found


def test_a_block_runs_on_one_thread_and_gives_them_back(monkeypatch):
    seen, before = [], torch.get_num_threads()

    def block(self, trials, on_step):
        seen.append(torch.get_num_threads())
        return xr.Dataset()

    monkeypatch.setattr(task_count.TaskCount, "block", block)
    torch.set_num_threads(3)
    try:
        parallel.run_block(task_count.TaskCount(device="cpu"), PAIR, quiet)
        assert seen == [1] and torch.get_num_threads() == 3
    finally:
        torch.set_num_threads(before)


def test_peak_memory_is_that_of_the_work_since_it_was_forgotten():
    parallel.forget_peak()
    before = parallel.peak_memory()
    block = np.ones(2**25)
    assert parallel.peak_memory() - before > 0.9 * block.nbytes
    del block
    parallel.forget_peak()
    assert parallel.peak_memory() - before < 0.5 * 2**28
