"""The claims about downstream tasks: one for each part of a caption and set of values."""

import xarray as xr

from mtlcore.lab import store
from mtlcore.lab.claim import PAIRED, Claim
from mtlcore.pretraining.downstream.dimensions import Dimensions, wide
from mtlcore.pretraining.downstream.findings import (
    MARGIN,
    MOMENTS,
    beyond,
    degrades,
    keeps,
    samples_help,
    together,
)
from mtlcore.pretraining.downstream.sample_sizes import SampleSizes

#: What counts as degrading, and why a difference counts.
TOLERANCE = f"degrading: a fall of more than {MARGIN}, the same for every representation; {PAIRED}"
#: The single tasks that are run, by the name of the representation and the set of values.
SINGLE = (("single task", "stated, nu_a = 1"), ("single task", "robust"), ("single task, fixed", "robust"))


def name(*words: str) -> str:
    """An id made of words."""
    return "-".join(words).replace(",", "").replace(" = ", "-").replace("_", "-").replace(" ", "-")


def figure_3_left(setting: str) -> Claim:
    """The caption of Figure 3 (left), many tasks against none, under one set of values.

    The control has random features in the place of multi-task ones: nothing has led their rows into row(M).
    """
    return Claim(
        id=name("figure-3-left", setting),
        title="Figure 3 (left)",
        statement="Downstream accuracy does not degrade with d after multi-task pretraining, and does without "
        f"pretraining: {setting} values.",
        known="caption: unlike single task pretrained and non-pretrained representations",
        kind="figure",
        case={"run": Dimensions, "setting": setting},
        tested="d = {run.d}, T growing with d, r = {run.r}, m = {run.m}, N = {run.N}, {run.trials} trials, "
        "seed {run.seed}, the values {setting}",
        regime="the figure's own scale; {run.m} neurons cannot express parities of three or more features",
        tolerance=TOLERANCE,
        chapter="pretraining/downstream",
        needs=(),
        check=lambda run, setting: keeps(store.get(run), setting),
        control=lambda run, setting: keeps(store.get(run), setting, "random"),
    )


def all_dimensions(run: Dimensions, near: tuple[int, ...]) -> xr.Dataset:
    """What the figure trains in near dimensions, and a run beyond them.

    Returns:
        The data sets of `Dimensions` that are put `together`, by d and the other dimensions of both.
    """
    return together(*map(store.get, (Dimensions(d=near, seed=run.seed, device=run.device), run)))


FIGURE_3_BEYOND = Claim(
    id="figure-3-left-beyond",
    title="Figure 3 (left), beyond its range",
    statement="Downstream accuracy does not degrade with d up to the largest that is run, and does without "
    "pretraining: robust values.",
    known="caption: unlike single task pretrained and non-pretrained representations",
    kind="interval",
    case={"run": wide, "near": Dimensions.d},
    tested="d = {near}, {run.d}, T growing with d, r = {run.r}, m = {run.m}, N = {run.N}, {run.trials} trials, seed "
    "{run.seed}, robust values; by the chain beyond d = r + m",
    regime="dimensions far beyond the figure's own; 16 samples per task and half-step",
    tolerance=TOLERANCE,
    chapter="pretraining/downstream",
    needs=(),
    check=lambda run, near: beyond(all_dimensions(run, near)),
    control=lambda run, near: beyond(all_dimensions(run, near), "random"),
)


def figure_3_single(kind: str, setting: str) -> Claim:
    """The caption of Figure 3 (left), many tasks against one, under one set of values and reading of "samples".

    The control has the oracle in the place of the single task: its rows lie in row(M), so that d cannot matter.
    """
    samples = "one fixed set of samples" if "fixed" in kind else "fresh samples"
    return Claim(
        id=name("figure-3-left", kind, setting),
        title="Figure 3 (left), a single task",
        statement="Features of a single task degrade with d and are worse than those of many at the largest: "
        f"{samples}, {setting} values.",
        known="caption: unlike single task pretrained and non-pretrained representations",
        kind="figure",
        case={"run": Dimensions, "setting": setting, "kind": kind},
        tested="{kind}, d = {run.d}, r = {run.r}, m = {run.m}, N = {run.N}, {run.trials} trials, seed {run.seed}, "
        "the values {setting}",
        regime="the figure's own scale",
        tolerance=TOLERANCE,
        chapter="pretraining/downstream",
        needs=(),
        check=lambda run, setting, kind: degrades(store.get(run), setting, kind),
        control=lambda run, setting, **_: degrades(store.get(run), setting, "oracle"),
    )


def figure_3_right(setting: str) -> Claim:
    """The caption of Figure 3 (right) under one set of values.

    The control has random features in the place of multi-task ones: they know less than those of a single task.
    """
    return Claim(
        id=name("figure-3-right", setting),
        title="Figure 3 (right)",
        statement="Accuracy of multi-task features grows with the number of downstream samples, above that of others: "
        f"{setting} values.",
        known="caption: varying number of downstream training samples N",
        kind="figure",
        case={"run": SampleSizes, "setting": setting},
        tested="N = {run.N}, T = {run.T}, d = {run.d}, r = {run.r}, m = {run.m}, m_hat = {run.m_hat}, "
        "{run.trials} trials, seed {run.seed}, {setting} values",
        regime="the figure's own scale",
        tolerance=PAIRED,
        chapter="pretraining/downstream",
        needs=(),
        check=lambda run, setting: samples_help(store.get(run), setting),
        control=lambda run, setting: samples_help(store.get(run), setting, "random"),
    )


CLAIMS = (
    *map(figure_3_left, MOMENTS),
    FIGURE_3_BEYOND,
    *(figure_3_single(kind, setting) for kind, setting in SINGLE),
    *map(figure_3_right, ("stated", "robust")),
)
