"""The claims about representation learning: one for each figure, set of values and reading of the law."""

from dataclasses import replace
from functools import partial

from mtlcore.lab import store
from mtlcore.lab.claim import OVER_TRIALS, PAIRED, Claim
from mtlcore.lab.comparisons import Finding, around
from mtlcore.lab.draws import Draws
from mtlcore.pretraining import tasks
from mtlcore.pretraining.configuration import draw_tasks
from mtlcore.pretraining.representation.findings import ITERATION, LADDER, concentration, hurts, more_tasks
from mtlcore.pretraining.representation.skew import SKEWS, Skew
from mtlcore.pretraining.representation.task_count import TaskCount

#: Short names of sets of values, as they stand in ids.
NAMES = {"stated": "stated", "stated, nu_a = 1": "stated-nu-a-1", "robust": "robust"}
#: The readings of the law: what an id has behind the values, and the run.
READINGS = {"": TaskCount, "-with-the-empty-set": partial(TaskCount, law="with the empty set", trials=10)}
#: A set of values for r <= 3 that no claim about Figure 2, whose r is 4, is about.
OTHER_VALUES = "stated for r <= 3"


def left_out(run: TaskCount) -> TaskCount:
    """The same with a law that leaves one feature out; fewer numbers of tasks and trials are enough."""
    return replace(run, law="one feature left out", T=(*LADDER, run.T[-1]), trials=min(run.trials, 10))


def figure_1(setting: str, reading: str) -> Claim:
    """The caption of Figures 1 and 2 (left) under one set of values and one law."""
    run = READINGS[reading]
    return Claim(
        id=f"figure-1-{NAMES[setting]}{reading}",
        title="Figure 1 and Figure 2 (left)",
        statement="At the same total number of samples, more tasks give a lower error until the subspace is found: "
        f"{setting} values, {'with' if reading else 'without'} the empty set.",
        known="caption: as T increases, the row space of W approaches that of M",
        kind="figure",
        case={"run": run, "setting": setting},
        tested="T = {run.T}, d = {run.d}, r = {run.r}, m = {run.m}, {run.samples} samples per half-step, "
        "{run.trials} trials, seed {run.seed}, {setting} values, the law {run.law!r}",
        regime="the figure's own scale",
        tolerance=PAIRED,
        chapter="pretraining/representation",
        needs=(),
        check=lambda run, setting: more_tasks(store.get(run), setting),
        control=lambda run, setting: more_tasks(store.get(left_out(run)), setting),
    )


def figure_2(law: str, setting: str) -> Claim:
    """The caption of Figure 2 (right) for one skewed law under one set of values."""
    name = law.lower().replace(" ", "-").replace("(", "-").strip(")")
    return Claim(
        id=f"figure-2-{name}-{setting}",
        title="Figure 2 (right)",
        statement=f"The skewed law {law!r} gives a higher error than the uniform one: {setting} values.",
        known="caption: a skewed distribution over the support of T_s.p.; which one is not known",
        kind="figure",
        case={"run": Skew, "law": law, "setting": setting, "iteration": ITERATION},
        tested="the skew {law!r}, r = {run.r}, d = {run.d}, T = {run.T}, {run.trials} trials, seed {run.seed}, "
        "iteration {iteration}, {setting} values",
        regime="the figure's own scale",
        tolerance=PAIRED,
        chapter="pretraining/representation",
        needs=(),
        check=lambda run, law, setting, iteration: [hurts(store.get(run), law, setting, iteration)],
        control=more_singletons,
    )


def more_singletons(run: Skew, iteration: int, **_: object) -> list[Finding]:
    """Control: the skew to small sets draws every singleton more often than the uniform law does, so it does better."""
    return [hurts(store.get(run), "small sets", OTHER_VALUES, iteration)]


def energy(run: TaskCount, settings: tuple[str, ...]) -> list[Finding]:
    """The share of energy in row(M): exact before the training, large after it."""
    ds = store.get(run)
    start = ds.energy.sel(setting=settings[0]).isel(T=-1, iteration=0)
    first = around("before the training row(M) has r / d of the energy", start, run.r / run.d)
    return [first, *(finding for setting in settings for finding in concentration(ds, setting))]


def no_signal(run: TaskCount, settings: tuple[str, ...]) -> list[Finding]:
    """Control: the trials of T = 1 whose one task is the parity of all r features, odd and so without any pull."""
    one = draw_tasks(tasks.uniform(run.r), 1, Draws(run.seed, range(run.trials)))[:, 0]
    everything = (one == tasks.parity_tables(run.r)[-1]).all(-1)
    ds = store.get(run).sel(T=[1]).isel(trial=everything)
    return [finding for setting in settings for finding in concentration(ds, setting)]


CLAIMS = (
    *(figure_1(setting, reading) for reading in READINGS for setting in NAMES),
    *(figure_2(law, setting) for setting in ("stated", "robust") for law in SKEWS if law != "uniform"),
    Claim(
        id="energy",
        title="Concentrated energy",
        statement="With many tasks the first layer concentrates its energy in row(M), from a share of r / d at the "
        "start.",
        known="the weights concentrate their energy in the space of the features, says the summary",
        kind="interval",
        case={"run": TaskCount, "settings": ("stated", "robust")},
        tested="the last of T = {run.T}, d = {run.d}, r = {run.r}, m = {run.m}, {run.trials} trials, seed {run.seed}, "
        "{settings} values",
        regime="the scale of Figure 1; the share at the start is exact in any dimension",
        tolerance=OVER_TRIALS,
        chapter="pretraining/representation",
        needs=(),
        check=energy,
        control=no_signal,
    ),
)
