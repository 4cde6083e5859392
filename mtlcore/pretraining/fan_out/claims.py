"""The claims about what happens to the neurons."""

from collections.abc import Sequence
from dataclasses import replace

from mtlcore.lab import store
from mtlcore.lab.claim import OURS, PAIRED, Claim
from mtlcore.lab.comparisons import Finding, about_the_paper, below
from mtlcore.pretraining.fan_out.findings import INSIDE, OUTSIDE, fan_out, recursion, recursion_gap
from mtlcore.pretraining.fan_out.paths import FanOut
from mtlcore.pretraining.fan_out.recursion import Recursion


def recursion_meets_runs(run: Recursion, r: Sequence[int]) -> list[Finding]:
    """The recursion over the runs, for several numbers of features."""
    return [finding for features in r for finding in recursion(store.get(replace(run, r=features)))]


def recursion_of_the_other_law(run: Recursion, r: Sequence[int]) -> list[Finding]:
    """Control: the recursion of one law does not describe the runs of the other."""
    ds = store.get(replace(run, r=r[0]))
    gap = recursion_gap(ds.where(ds.source == "SGD", ds.roll(law=1))).isel(iteration=-1)
    text = f"the recursion of the other law meets the run, outside within {OUTSIDE:.0%}"
    return [below(text, gap.q.max("law"), OUTSIDE, "ours")]


def neurons_grow_outside(run: FanOut) -> list[Finding]:
    """Control: outside row(M) nothing grows tenfold."""
    q = store.get(run).q.sel(setting="robust").mean("neuron")
    text = "robust values: neurons grow outside row(M), more than tenfold"
    return [below(text, 10 * q.isel(iteration=0), q.isel(iteration=-1))]


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
        needs=("separation",),
        check=recursion_meets_runs,
        control=recursion_of_the_other_law,
    ),
    Claim(
        id="figure-5-paths",
        title="Figure 5 (center, right)",
        statement="Neurons fan out inside row(M) and contract outside it.",
        known="caption: fan outwards, remain large and isotropic; contract towards the origin",
        kind="figure",
        case={"run": FanOut},
        tested="r = {run.r}, d = {run.d}, T = {run.T}, m = {run.m}, {run.steps} iterations, {run.trials} trials, "
        "seed {run.seed}, {run.settings} values",
        regime="the figure's own scale",
        tolerance=PAIRED,
        chapter="pretraining/fan-out",
        needs=("separation",),
        check=lambda run: about_the_paper(fan_out(store.get(run))),
        control=neurons_grow_outside,
    ),
)
