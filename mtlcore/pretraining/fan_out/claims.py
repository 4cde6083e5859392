"""The claims about what happens to the neurons."""

import numpy as np

from mtlcore.lab import store
from mtlcore.lab.claim import Claim
from mtlcore.lab.comparisons import Finding, about_the_paper, below, within
from mtlcore.pretraining.fan_out import findings
from mtlcore.pretraining.fan_out.paths import FanOut
from mtlcore.pretraining.fan_out.recursion import Recursion
from mtlcore.pretraining.theory.amplification import separation

ROUNDING = "1e-12: rounding of float64 sums; the statement is an identity"
FULL_TEXT = "the full statement is not known; this is our executable version"
UNKNOWN = "not in what is known of the paper; ours"
BALANCED = "balanced tasks, short weights, biases at zero: every hinge stays active"
TOLERANCE = "three standard errors of the paired difference over trials, since a figure makes many comparisons"


def separation_holds() -> list[Finding]:
    """Random neurons and laws, r = 2 to 5."""
    generator = np.random.default_rng(0)
    worst = 0.0
    for r in (2, 3, 4, 5):
        for _ in range(25):
            pi = generator.dirichlet(np.ones(2**r))
            p, q = generator.standard_normal((40, r)), np.exp(generator.uniform(-6, 3, 40))
            worst = max(worst, separation(p, q, pi))
    return [within("outside row(M) no step gains more than the empty set gives, inside none gains less", worst, 1e-12)]


def separation_with_a_negative_law() -> list[Finding]:
    """Control: weights that are no law (a negative pair) break the inequality."""
    pi = np.array([0.0, 0.6, 0.6, -0.2])
    p, q = np.random.default_rng(0).standard_normal((40, 2)), np.ones(40)
    return [within("the same with a negative weight for the pair", separation(p, q, pi), 1e-12)]


def recursion_meets_runs() -> list[Finding]:
    """The recursion over the runs, for two numbers of features."""
    return [finding for r in (2, 3) for finding in findings.recursion(store.get(Recursion(r=r)))]


def recursion_of_the_other_law() -> list[Finding]:
    """Control: the recursion of one law does not describe the runs of the other."""
    ds = store.get(Recursion())
    gap = findings.recursion_gap(ds.where(ds.source == "SGD", ds.roll(law=1))).isel(iteration=-1)
    text = "the recursion of the other law meets the run, outside within 3%"
    return [below(text, gap.q.max("law"), 0.03, "ours")]


def neurons_grow_outside() -> list[Finding]:
    """Control: outside row(M) nothing grows tenfold."""
    q = store.get(FanOut()).q.sel(setting="robust").mean("neuron")
    text = "robust values: neurons grow outside row(M), more than tenfold"
    return [below(text, 10 * q.isel(iteration=0), q.isel(iteration=-1))]


SEPARATION = Claim(
    id="separation",
    title="Proposition 3.1 (separation)",
    statement="For every law over parities, a step gains at most pi(empty)/(2 pi) outside row(M), and on each "
    "feature at least pi({j})/(2 pi) more than outside.",
    known="Proposition 3.1 is known only up to its assumptions; " + FULL_TEXT,
    kind="search",
    tested="4,000 random neurons, 100 random laws, r = 2 ... 5",
    regime="infinitely many samples, bias 0, hinges active",
    tolerance=ROUNDING + ", here an inequality",
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
        known=UNKNOWN,
        kind="oracle",
        tested="r = 2 and 3, both laws, d = 32, m = 8, 1500 samples per task, 300 iterations, 5 trials, seed 43",
        regime=BALANCED,
        tolerance="6% inside, 3% outside: sampling noise of 300 iterations",
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
        tested="r = 2, d = 32, T = 16, m = 16, 1000 iterations, 10 trials, seed 31, stated and robust",
        regime="the figure's own scale",
        tolerance=TOLERANCE,
        chapter="pretraining/fan-out",
        needs=("separation",),
        check=lambda: about_the_paper(findings.fan_out(store.get(FanOut())), ""),
        control=neurons_grow_outside,
    ),
)
