"""The claims about what happens to the neurons."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from mtlcore.lab import store
from mtlcore.lab.claim import OURS, OVER_TRIALS, PAIRED, Claim
from mtlcore.lab.comparisons import Finding, around, below
from mtlcore.pretraining.fan_out.findings import INSIDE, OUTSIDE, concentration, paths, recursion, recursion_gap
from mtlcore.pretraining.fan_out.findings import energy as share
from mtlcore.pretraining.fan_out.paths import FanOut
from mtlcore.pretraining.fan_out.recursion import Recursion

#: The readings of the law: what an id has behind the values, and the run.
READINGS = {"": FanOut, "-with-the-empty-set": partial(FanOut, law="with the empty set")}


def recursion_meets_runs(run: Recursion, r: Sequence[int]) -> list[Finding]:
    """The recursion over the runs, for several numbers of features."""
    return [finding for features in r for finding in recursion(store.get(replace(run, r=features)))]


def recursion_of_the_other_law(run: Recursion, r: Sequence[int]) -> list[Finding]:
    """Control: the recursion of one law does not describe the runs of the other."""
    ds = store.get(replace(run, r=r[0]))
    gap = recursion_gap(ds.where(ds.source == "SGD", ds.roll(law=1))).isel(iteration=-1)
    text = f"the recursion of the other law meets the run, outside within {OUTSIDE:.0%}"
    return [below(text, gap.q.max("law"), OUTSIDE, "ours")]


def left_out(run: FanOut) -> FanOut:
    """The same with a law that leaves the second feature out: nothing feeds it, and the neurons end on a line."""
    return replace(run, law="one feature left out", trials=min(run.trials, 5))


def figure_5_paths(setting: str, reading: str) -> Claim:
    """The caption of Figure 5 (center, right) under one set of values and one law."""
    return Claim(
        id=f"figure-5-paths-{setting}{reading}",
        title="Figure 5 (center, right)",
        statement="Neurons fan out inside row(M), isotropic at every iteration, and contract outside it: "
        f"{setting} values, {'with' if reading else 'without'} the empty set.",
        known="caption: fan outwards, remain large and isotropic; contract towards the origin",
        kind="figure",
        case={"run": READINGS[reading], "setting": setting},
        tested="r = {run.r}, d = {run.d}, T = {run.T}, m = {run.m}, {run.steps} iterations, {run.trials} trials, "
        "seed {run.seed}, {setting} values, the law {run.law!r}",
        regime="the figure's own scale",
        tolerance=PAIRED,
        chapter="pretraining/fan-out",
        needs=(),
        check=lambda run, setting: paths(store.get(run), setting),
        control=lambda run, setting: paths(store.get(left_out(run)), setting),
    )


def energy(run: FanOut) -> list[Finding]:
    """The share of energy in row(M): exact before the training, large after it."""
    ds = store.get(run)
    start = share(ds).isel(setting=0, iteration=0)
    first = around("before the training row(M) has r / d of the energy", start, run.r / run.d)
    return [first, *(concentration(ds, setting) for setting in run.settings)]


def energy_without_training(run: FanOut) -> list[Finding]:
    """Control: before the training no direction is preferred, and almost all energy lies outside."""
    ds = store.get(run).isel(iteration=[0])
    return [concentration(ds, setting) for setting in run.settings]


CLAIMS = (
    Claim(
        id="recursion",
        title="The recursion in (p, q)",
        statement="A recursion that knows neither d nor the other neurons follows each neuron of a run.",
        known=OURS,
        kind="oracle",
        case={"run": Recursion, "r": (2, 3)},
        tested="r = {r}, both laws, d = {run.d}, m = {run.m}, {run.n} samples per task, {run.steps} iterations, "
        "{run.trials} trials, seed {run.seed}",
        regime="balanced tasks, short weights, biases at zero: every hinge stays active",
        tolerance=f"{INSIDE:.0%} inside, {OUTSIDE:.0%} outside: sampling noise of {{run.steps}} iterations",
        chapter="pretraining/fan-out",
        needs=("mechanism",),
        check=recursion_meets_runs,
        control=recursion_of_the_other_law,
    ),
    *(figure_5_paths(setting, reading) for reading in READINGS for setting in ("stated", "robust")),
    Claim(
        id="energy-paths",
        title="Concentrated energy, two features",
        statement="The first layer of Figure 5 concentrates its energy in row(M), from a share of r / d at the start.",
        known="the weights concentrate their energy in the space of the features, says the summary",
        kind="interval",
        case={"run": FanOut},
        tested="r = {run.r}, d = {run.d}, T = {run.T}, m = {run.m}, {run.steps} iterations, {run.trials} trials, "
        "seed {run.seed}, {run.settings} values",
        regime="the figure's own scale; the share at the start is exact in any dimension",
        tolerance=OVER_TRIALS,
        chapter="pretraining/fan-out",
        needs=(),
        check=energy,
        control=energy_without_training,
    ),
)
