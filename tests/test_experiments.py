"""What the experiments share out: tasks, untrained layers, summaries."""

import numpy as np
import pytest
import torch
from tolerances import ALGEBRA, close

from mtlcore import data, metrics, tasks
from mtlcore.experiments import fig2, fig3, figure
from mtlcore.experiments.curves import draw_tasks, fewest_singletons, summary

TRIALS = range(3, 9)
R = 3


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
    tables, sizes = fig3.one_task_of_each_size(R, 0, TRIALS)
    assert sizes.tolist() == [1 + trial % R for trial in TRIALS]
    assert np.array_equal(degrees(tables)[:, 0], sizes)


def test_untrained_layers_are_gaussian_in_the_whole_space_or_in_row_M():
    M = data.subspace(6, R, data.stream(0, "subspace", 0))
    random, oracle = (fig3.untrained(kind, 5, M, 0, TRIALS).double() for kind in ("random", "oracle"))
    P = M.T @ M
    assert close(oracle, random @ P, ALGEBRA[torch.float32])
    assert metrics.subspace_error(oracle, M).max() < 1e-5 < 0.1 < metrics.subspace_error(random, M).min()


def test_a_summary_has_error_missed_share_and_row_length():
    M = data.canonical_subspace(6, R)
    W = torch.randn(4, 5, 6, generator=torch.Generator().manual_seed(0))
    error, missed, length = summary(W, M)
    exact = ALGEBRA[torch.float64]
    assert close(error, metrics.subspace_error(W, M), exact) and close(missed, metrics.mean_squared_sine(W, M), exact)
    assert close(length, W.double().square().sum((1, 2)).div(5).sqrt(), exact)


@pytest.mark.parametrize("name", fig2.LAWS)
def test_skews_are_laws_over_all_non_empty_parities(name):
    law = fig2.LAWS[name](R, data.stream(0, "tasks", 0))
    assert law.r == R and law.probs[0] == 0 and (law.probs[1:] > 0).all()
    assert (name == "uniform") == (np.ptp(law.probs[1:]) < ALGEBRA[torch.float64])


@pytest.mark.parametrize("name", ["fig1", "fig2", "fig3", "fig4", "fig5", "steps", "limits"])
def test_every_figure_has_its_experiments(name):
    found = figure(name)
    assert any(experiment.name.startswith(name) for experiment in found)
    for experiment in found:
        assert [trial for block in experiment.blocks() for trial in block] == list(range(experiment.trials))
    assert figure(name) == found
