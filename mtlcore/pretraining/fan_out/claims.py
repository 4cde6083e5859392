"""The claims about what happens to the neurons."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from mtlcore.lab import store
from mtlcore.lab.claim import NOT_IN_FULL, OURS, PAIRED, Claim
from mtlcore.lab.comparisons import Finding, about_the_paper, below, within
from mtlcore.pretraining.fan_out.findings import INSIDE, OUTSIDE, fan_out, recursion, recursion_gap
from mtlcore.pretraining.fan_out.paths import FanOut
from mtlcore.pretraining.fan_out.recursion import Recursion
from mtlcore.pretraining.theory.amplification import separation

ROUNDING = 1e-12


def separation_holds(r: Sequence[int], laws: int, neurons: int) -> list[Finding]:
    """Random neurons under random laws."""
    generator = np.random.default_rng(0)
    violations = []
    for features in r:
        for _ in range(laws):
            pi = generator.dirichlet(np.ones(2**features))
            p, q = generator.standard_normal((neurons, features)), np.exp(generator.uniform(-6, 3, neurons))
            violations.append(separation(p, q, pi))
    text = "outside row(M) no step gains more than the empty set gives, inside none gains less"
    return [within(text, max(0.0, *violations), ROUNDING)]


def separation_with_a_negative_law(neurons: int, **_: object) -> list[Finding]:
    """Control: weights that are no law (a negative pair) break the inequality."""
    pi = np.array([0.0, 0.6, 0.6, -0.2])
    p, q = np.random.default_rng(0).standard_normal((neurons, 2)), np.ones(neurons)
    return [within("the same with a negative weight for the pair", separation(p, q, pi), ROUNDING)]


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


SEPARATION = Claim(
    id="separation",
    title="Proposition 3.1 (separation)",
    statement="For every law over parities, a step gains at most pi(empty)/(2 pi) outside row(M), and on each "
    "feature at least pi({j})/(2 pi) more than outside.",
    known="Proposition 3.1 is known only up to its assumptions; " + NOT_IN_FULL,
    kind="search",
    case={"r": (2, 3, 4, 5), "laws": 25, "neurons": 40},
    tested="{neurons} random neurons under each of {laws} random laws, for each of r = {r}",
    regime="infinitely many samples, bias 0, hinges active",
    tolerance=f"{ROUNDING:g}: rounding of float64 sums; the statement is an identity, here an inequality",
    chapter="pretraining/fan-out",
    needs=("matrix-a",),
    check=separation_holds,
    control=separation_with_a_negative_law,
)

CLAIMS = (
    SEPARATION,
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
