"""The claims about one step and many."""

from collections.abc import Callable, Sequence

import numpy as np

from mtlcore.lab import store
from mtlcore.lab.claim import NOT_IN_FULL, OURS, Claim
from mtlcore.lab.comparisons import MARGIN, Finding, below, slope, within
from mtlcore.pretraining import tasks
from mtlcore.pretraining.steps.findings import RATE, finite_step, phases
from mtlcore.pretraining.steps.finite_step import FiniteStep
from mtlcore.pretraining.steps.phases import Phases
from mtlcore.pretraining.theory.dynamics import Update, lam_w_star, run
from mtlcore.pretraining.theory.growth import rates
from mtlcore.pretraining.theory.regimes import Lambda
from mtlcore.pretraining.theory.vectors import directions

BALANCED = "balanced tasks, short weights, biases at zero: every hinge stays active"
#: Step size, weight decay of the heads, and what is left of the transient in the growth per step.
ETA, LAM_A, TRANSIENT = 0.1, 0.5, 2e-5
Sizes = Sequence[int]


def residual(d: int, r: int, neurons: int, lam_w: Callable[[tasks.Law], float]) -> float:
    """Median of q+/|p+| after one step, over random neurons, with a weight decay that depends on the law."""
    law = tasks.uniform(r, empty=True)
    p, q = directions(d, r, neurons, np.random.default_rng(d))
    path_p, path_q = run(p, q, law, 1, Update(ETA, lam_w(law), kappa=ETA))
    return float(np.median(path_q[1] / np.linalg.norm(path_p[1], axis=1)))


def residual_slope(d: Sizes, r: int, neurons: int, lam_w: Callable[[tasks.Law], float]) -> float:
    """Exponent of the residual in d: the least-squares slope on logarithmic axes."""
    return float(np.polyfit(np.log(d), np.log([residual(one, r, neurons, lam_w) for one in d]), 1)[0])


def cancelling_decay(law: tasks.Law) -> float:
    """The weight decay lam_w* of the one-step theorem."""
    return lam_w_star(law, ETA, ETA)


def one_step(d: Sizes, r: int, neurons: int) -> list[Finding]:
    """One step with lam_w* leaves a residual of relative order (r/d)^1.5."""
    gap = abs(residual_slope(d, r, neurons, cancelling_decay) + 1.5)
    return [within("after one step with lam_w* the spurious residual falls as d^-1.5", gap, MARGIN)]


def one_step_forgetting_only(d: Sizes, r: int, neurons: int) -> list[Finding]:
    """Control: lam_w = 1/eta forgets the start but not the empty set's push."""
    gap = abs(residual_slope(d, r, neurons, lambda _: 1 / ETA) + 1.5)
    return [within("the same with lam_w = 1/eta", gap, MARGIN)]


def growth_error(r: int, lam_w: float, steps: int) -> float:
    """How far the growth per step of q and p in the exact recursion is from its closed form; the larger of the two."""
    law = tasks.uniform(r, empty=True)
    path_p, path_q = run(np.full((1, r), 1e-9), np.ones(1), law, steps, Update(ETA, lam_w, LAM_A))
    found = rates(law.probs[0], law.probs[1], ETA, lam_w, LAM_A)
    measured_q, measured_p = path_q[-1, 0] / path_q[-2, 0], path_p[-1, 0, 0] / path_p[-2, 0, 0]
    return float(max(abs(measured_q - found.q), abs(measured_p - found.p)))


def what_grows(value: float, r: int, steps: int) -> tuple[bool, bool]:
    """What the recursion does at a Lambda, reached by the choice of lam_w, from a random start with d >> r.

    Returns:
        (whether the part inside row(M) grows, whether that outside grows).
    """
    law = tasks.uniform(r, empty=True)
    lam_w = value / Lambda(law, 1.0, LAM_A)
    path_p, path_q = run(np.full((1, r), 1e-9), np.ones(1), law, steps, Update(ETA, lam_w, LAM_A))
    return bool(path_p[-1, 0, 0] > path_p[-2, 0, 0]), bool(path_q[-1, 0] > path_q[-2, 0])


def regimes(rated: Sequence[tuple[int, float]], r: int, values: Sequence[float], steps: int) -> list[Finding]:
    """Growth rates in closed form, and the three regimes of Lambda."""
    wrong = sum(what_grows(value, r, steps) != (value < 2, value < 1) for value in values)
    error = max(growth_error(features, lam_w, steps) for features, lam_w in rated)
    return [
        within("the exact recursion grows per step as predicted in closed form", error, TRANSIENT),
        within("both parts grow for Lambda < 1, only the features up to 2, neither beyond", float(wrong), 0.0),
    ]


def features_grow_beyond_the_window(r: int, steps: int, **_: object) -> list[Finding]:
    """Control: at Lambda = 2.5 the features decay."""
    return [within("at Lambda = 2.5 the features grow", float(not what_grows(2.5, r, steps)[0]), 0.0)]


def samples_count_fully(run: FiniteStep) -> list[Finding]:
    """Control: the error does not fall like 1/n."""
    ds = store.get(run)
    return [slope("one step at lam_w*: the error falls like 1/n", ds.n, ds.error, -1.0)]


def growth_rates_of_the_other_law(run: Phases) -> list[Finding]:
    """Control: the rates of the law with the empty set are not those without it."""
    ds = store.get(run)
    gap = 1000 * abs(ds.growth - ds.predicted.roll(law=1)).max(("Lambda", "part", "law"))
    return [below(f"all rates are within {RATE} per 1000 steps of the other law's", gap, RATE, "ours")]


CLAIMS = (
    Claim(
        id="one-step",
        title="Theorem 3.2, one step",
        statement="One step with weight decay lam_w* leaves outside row(M) only a part of relative order (r/d)^1.5.",
        known="Theorem 3.2 is known only by its title, Representation Learning; " + NOT_IN_FULL,
        kind="scaling",
        case={"d": (32, 64, 128, 256, 512, 1024), "r": 3, "neurons": 400},
        tested="d = {d}, r = {r}, {neurons} random neurons for each d",
        regime="infinitely many tasks and samples; the theorem has finitely many",
        tolerance=f"{MARGIN} on the exponent: the next order is r/d, about a tenth at d = {{d[0]}}",
        chapter="pretraining/steps",
        needs=("separation",),
        check=one_step,
        control=one_step_forgetting_only,
    ),
    Claim(
        id="regimes",
        title="Theorem 3.2, many steps",
        statement="With persistent heads everything grows for Lambda < 1, only the features for 1 < Lambda < 2, and "
        "above 2 a random start decays.",
        known=OURS,
        kind="oracle",
        case={
            "rated": ((2, 0.05), (3, 0.05), (4, 0.03)),
            "r": 3,
            "values": (0.3, 0.6, 0.9, 1.1, 1.5, 1.9, 2.1, 2.6, 3.0),
            "steps": 1500,
        },
        tested="rates for (r, lam_w) = {rated}; regimes for r = {r}, Lambda = {values}; {steps:,} exact steps",
        regime="infinitely many tasks and samples, linear regime",
        tolerance=f"{TRANSIENT:g} on the growth per step: what is left of the transient after {{steps:,}} steps",
        chapter="pretraining/steps",
        needs=("separation",),
        check=regimes,
        control=features_grow_beyond_the_window,
    ),
    Claim(
        id="one-step-samples",
        title="Proposition 3.1 (samples)",
        statement="From n samples per task, one step at lam_w* leaves an error of order n^-1/2, at the predicted size.",
        known="Proposition 3.1 is known only up to its assumptions: T tasks, (n1, n2) samples per task",
        kind="scaling",
        case={"run": FiniteStep},
        tested="n = {run.n}, d = {run.d}, r = {run.r}, each parity once, m = {run.m}, {run.trials} trials, "
        "seed {run.seed}",
        regime=BALANCED + "; n1 = n2; the size is a heuristic",
        tolerance=f"{MARGIN} on the exponent: at n = {{run.n[0]}} the angle is not small; a factor of two on the size",
        chapter="pretraining/steps",
        needs=("one-step",),
        check=lambda run: finite_step(store.get(run)),
        control=samples_count_fully,
    ),
    Claim(
        id="growth-rates",
        title="Theorem 3.2, many steps, runs",
        statement="Runs grow and decay inside and outside row(M) at the exact rates, for every Lambda.",
        known=OURS,
        kind="oracle",
        case={"run": Phases},
        tested="Lambda = {run.Lambda}, both laws, d = {run.d}, r = {run.r}, m = {run.m}, {run.n} samples per task, "
        "{run.trials} trials, seed {run.seed}",
        regime=BALANCED,
        tolerance=f"{RATE} per 1000 steps, where rates differ by 4: neurons point a little into row(M) already",
        chapter="pretraining/steps",
        needs=("regimes",),
        check=lambda run: phases(store.get(run)),
        control=growth_rates_of_the_other_law,
    ),
)
