"""The claims about what one task and random features cannot do."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import xarray as xr
from jaxtyping import Float

from mtlcore.lab import store
from mtlcore.lab.claim import NOT_IN_FULL, OURS, OVER_TRIALS, Claim
from mtlcore.lab.comparisons import MARGIN, Finding, below, slope, within
from mtlcore.pretraining import tasks
from mtlcore.pretraining.limits.controls import Controls
from mtlcore.pretraining.limits.every_task import EveryTask
from mtlcore.pretraining.limits.findings import (
    ALIKE,
    FOUND,
    LOST,
    NEAR_ONE,
    controls,
    foretold,
    informative,
    lost,
    one_task,
    random_features,
    scaling,
    treated_alike,
)
from mtlcore.pretraining.limits.informative_task import InformativeTask
from mtlcore.pretraining.limits.one_task import OneTask
from mtlcore.pretraining.limits.random_features import RandomFeatures
from mtlcore.pretraining.limits.scaling import Scaling
from mtlcore.pretraining.theory import single
from mtlcore.pretraining.theory.classes import boolean_classes, code_of
from mtlcore.pretraining.theory.fed import fed_rank, field_rank
from mtlcore.pretraining.theory.parity_gain import parity_gain
from mtlcore.pretraining.theory.vectors import directions

#: What an informative task keeps of its weakest direction, and how often neurons are drawn for a power of d.
KEPT, DRAWN = 0.3, 8
#: Rounding of means in double precision.
ROUNDING = 1e-12


def what_all_features_teach(run: OneTask) -> list[Finding]:
    """Control: not-all-equal leaves no feature out, so nothing says that it treats one as a spurious direction."""
    ds = store.get(run).sel(task="not all equal")
    return treated_alike(ds.assign(taught=ds.taught & (ds.feature < run.r)), run.r)


def rule_for_fed_directions(r: Sequence[int], d: int, neurons: int, bias: float = 0.0) -> list[Finding]:
    """The rule for what the exact step feeds, against the rank of the step, for every class of tasks."""
    wrong = 0
    for features in r:
        p, q = directions(d, features, neurons, np.random.default_rng(1))
        for f in tasks.fourier(boolean_classes(features)):
            wrong += fed_rank(f) != field_rank(p, q, f, bias)
    return [within("the rule gives the rank of the exact step in every class of tasks", float(wrong), 0.0)]


def fed_with_biases(r: Sequence[int], d: int, neurons: int) -> list[Finding]:
    """Control: a neuron with a bias sees odd sets too, so majority and the parity of three feed more."""
    return rule_for_fed_directions(r, d, neurons, bias=0.5)


def odd_tasks(r: int, d: int, inputs: int, networks: int, even: bool = False) -> list[Finding]:
    """How far a network's hinge loss on an odd task falls below that of its linear part, on symmetric inputs.

    Args:
        even: whether the parity of two features takes the odd tasks' place.
    """
    generator, gain = np.random.default_rng(3), 0.0
    x = generator.standard_normal((inputs, d))
    x = np.concatenate([x, -x])
    v = np.sign(x[:, :r])
    for f in [v[:, 0] * v[:, 1]] if even else [np.sign(v.sum(1)), v.prod(1)]:
        for _ in range(networks):
            W, a = generator.standard_normal((2 * r, d)) / d, generator.standard_normal(2 * r)
            g, linear = np.maximum(x @ W.T, 0) @ a, x @ W.T @ a / 2
            gain = max(gain, np.maximum(1 - f * linear, 0).mean() - np.maximum(1 - f * g, 0).mean())
    return [within("no network has a lower hinge loss than its linear part", float(gain), ROUNDING)]


def tasks_that_feed_all_are_lost(run: EveryTask) -> list[Finding]:
    """Control: tasks that feed all r directions, not-all-equal among them, through the same comparison."""
    ds = store.get(run)
    return lost(ds, ds["rank"] == run.r)


def one_step_tells(run: EveryTask) -> list[Finding]:
    """Control: one exact step does not tell, for many steps strengthen directions that one step hardly feeds."""
    ds = store.get(run)
    return foretold(ds, ds.exact)


def parity_of_all(run: EveryTask) -> list[Finding]:
    """The parity of all features as the only task, after many steps."""
    code = code_of(tasks.parity_tables(run.r)[-1])
    error = store.get(run).error.sel(setting="robust")
    own = error.sel(task=min(code, 2**2**run.r - 1 - code))  # a task and its negative are one class
    return [below(f"r = {run.r}: the parity of all features ends below {FOUND}, robust", own, FOUND, "ours")]


def gain_in_d(k: Sequence[int], d: Sequence[int], neurons: int, outside: float = 1.0) -> list[Finding]:
    """The power of d in what one even parity adds to a feature's factor.

    Args:
        outside: what is left of each neuron's length outside row(M).
    """
    out, x = [], xr.DataArray(list(d), dims="d")
    for size in k:
        gains = np.empty((DRAWN, len(d)))
        for trial, i in np.ndindex(*gains.shape):
            p, q = directions(d[i], size, neurons, np.random.default_rng(trial))
            gains[trial, i] = parity_gain(p, outside * q).mean()
        text = f"one parity of {size} features: the gain of a feature falls like d^{1 - size}"
        out.append(slope(text, x, xr.DataArray(gains, dims=("trial", "d")), 1.0 - size))
    return out


def gain_inside(k: Sequence[int], d: Sequence[int], neurons: int) -> list[Finding]:
    """Control: neurons that lie in row(M) already do not know d."""
    return gain_in_d(k, d, neurons, outside=0.0)


def keeps_all(table: Float[np.ndarray, " orthant"], d: int, neurons: int, forget: float = 1.0) -> list[Finding]:
    """Does one exact step on one task leave all features, and more of the weakest than of what lies outside?

    Args:
        forget: the weight decay as a fraction of lam_w*.
    """
    f, r = tasks.fourier(table[None])[0], int(len(table)).bit_length() - 1
    p, q = directions(d, r, neurons, np.random.default_rng(2))
    lam_w = forget * (1 / 0.1 + 0.1 * f[0] ** 2 / (2 * np.pi))
    after, outside = single.one_step(p, q, f, eta=0.1, lam_w=lam_w, kappa=0.1)
    found = np.linalg.svd(after, compute_uv=False)
    kept, rest = float(found[-1] / found[0]), float(np.linalg.norm(outside) / max(found[-1], np.finfo(float).tiny))
    return [
        within(f"the weakest direction is above {KEPT} of the strongest", KEPT - kept, 0.0),
        within("what is left outside row(M) is less than the weakest direction in it", rest, 1.0),
    ]


def informative_task(r: int, d: int, neurons: int) -> list[Finding]:
    """One step on not-all-equal keeps all features, and forgets the rest."""
    return keeps_all(single.not_all_equal(r), d, neurons)


def uninformative_step(r: int, d: int, neurons: int) -> list[Finding]:
    """Control: majority feeds one direction, and without weight decay nothing outside row(M) is forgotten."""
    majority = np.where(2 * tasks.sizes(r) > r, 1.0, -1.0)
    return [*keeps_all(majority, d, neurons), *keeps_all(single.not_all_equal(r), d, neurons, forget=0.0)]


def learned_features_obey_the_bound(run: RandomFeatures) -> list[Finding]:
    """Control: neurons inside row(M) know M, and hold more than the bound."""
    most = store.get(run).isel(d=-1, m_hat=-1)
    text = "neurons inside row(M) hold no more of a pair's parity than the bound"
    return [below(text, most.learned, most.bound.broadcast_like(most.learned), "ours")]


def one_feature(run: Controls) -> list[Finding]:
    """Control of the controls: with one feature one task is all tasks, and one head its own, so neither fails."""
    return controls(store.get(replace(run, r=1)))


def error_with_the_empty_set(run: Scaling) -> list[Finding]:
    """Control: with the empty set one spurious direction is fed in all rows together, and the error grows faster."""
    return scaling(store.get(run), law="with the empty set")


CLAIMS = (
    Claim(
        id="one-task",
        title="Theorem 3.6 or 3.7, one task",
        statement="Training on one task treats each feature that the task leaves out as a spurious direction.",
        known="one of Theorems 3.6 and 3.7; which one is not known; " + NOT_IN_FULL,
        kind="interval",
        case={"run": OneTask},
        tested="four tasks of r = {run.r} features, d = {run.d}, m = {run.m}, {run.n} inputs per half-step, "
        "{run.steps} iterations with biases, hinges and persistent heads, {run.trials} trials, seed {run.seed}",
        regime="the same: the theorem holds for every size and number of steps",
        tolerance=f"{OVER_TRIALS}, within {ALIKE} of 1 for what the theorem says is 1 on average",
        chapter="pretraining/limits",
        needs=(),
        check=lambda run: one_task(store.get(run)),
        control=what_all_features_teach,
    ),
    Claim(
        id="fed-directions",
        title="What one task feeds",
        statement="The exact step on one task feeds the features of its even sets, and one direction for all others.",
        known=OURS,
        kind="identity",
        case={"r": (2, 3), "d": 24, "neurons": 64},
        tested="every class of Boolean tasks of r = {r} features, d = {d}, {neurons} random neurons",
        regime="infinitely many samples, no biases, any heads",
        tolerance="none: a rank is a whole number",
        chapter="pretraining/limits",
        needs=("odd-parities",),
        check=lambda r, d, neurons: rule_for_fed_directions(r, d, neurons),
        control=fed_with_biases,
    ),
    Claim(
        id="odd-tasks",
        title="Odd tasks ask for one direction",
        statement="On an odd task no network without biases has a lower hinge loss than its linear part.",
        known=OURS,
        kind="identity",
        case={"r": 3, "d": 24, "inputs": 2000, "networks": 50},
        tested="majority and the parity of r = {r} features, d = {d}, {inputs} inputs with their opposites, {networks} "
        "random networks each",
        regime="the same: it holds on every symmetric set of inputs",
        tolerance=f"{ROUNDING:g}: rounding of float64 means",
        chapter="pretraining/limits",
        needs=(),
        check=lambda r, d, inputs, networks: odd_tasks(r, d, inputs, networks),
        control=lambda r, d, inputs, networks: odd_tasks(r, d, inputs, networks, even=True),
    ),
    Claim(
        id="every-task",
        title="Every Boolean task alone",
        statement="No single task whose exact step feeds fewer than r directions finds row(M), in one step or in many.",
        known="the summary: single-task pretraining does not offer the same benefits",
        kind="interval",
        case={"run": lambda: EveryTask(r=3)},
        tested="every class of Boolean tasks of r = {run.r} features, d = {run.d}, m = {run.m}; one step with {run.N} "
        "inputs, and {run.steps} iterations with {run.n}, {run.trials} trials, seed {run.seed}",
        regime="finitely many samples, hinges and learned biases, where the proof has none",
        tolerance=OVER_TRIALS,
        chapter="pretraining/limits",
        needs=("fed-directions",),
        check=lambda run: lost(store.get(run), store.get(run)["rank"] < run.r),
        control=tasks_that_feed_all_are_lost,
    ),
    Claim(
        id="many-steps-alone",
        title="Every Boolean task alone, many steps",
        statement="The exact recursion tells which single tasks are lost after many steps under the robust values.",
        known=OURS,
        kind="interval",
        case={"run": lambda: EveryTask(r=3)},
        tested="every class of Boolean tasks of r = {run.r} features, d = {run.d}, m = {run.m}, {run.steps} iterations "
        "with {run.n} inputs, {run.trials} trials, seed {run.seed}",
        regime="the recursion has infinitely many samples, no biases, heads from zero and all hinges active",
        tolerance=f"{OVER_TRIALS}; lost is an error above {LOST}, for the recursion above {NEAR_ONE}",
        chapter="pretraining/limits",
        needs=("recursion",),
        check=lambda run: foretold(store.get(run), store.get(run).recursion.sel(setting="robust")),
        control=one_step_tells,
    ),
    Claim(
        id="one-pair",
        title="One pair is enough for two features",
        statement="With r = 2 the parity of both features, as the only task, is enough to find row(M) in many steps.",
        known=OURS,
        kind="interval",
        case={"run": lambda: EveryTask(r=2)},
        tested="r = {run.r}, d = {run.d}, m = {run.m}, {run.steps} iterations with {run.n} inputs, robust values, "
        "{run.trials} trials, seed {run.seed}",
        regime="finitely many samples; under the stated values not in every trial",
        tolerance=OVER_TRIALS,
        chapter="pretraining/limits",
        needs=(),
        check=parity_of_all,
        control=lambda run: parity_of_all(replace(run, r=3)),
    ),
    Claim(
        id="parity-rate",
        title="Even parities are slow",
        statement="One step on an even parity of k features adds of order d^-(k-1) to a feature's factor.",
        known=OURS,
        kind="scaling",
        case={"k": (2, 4), "d": (64, 128, 256, 512), "neurons": 2000},
        tested="k = {k}, d = {d}, means over {neurons} random neurons",
        regime="infinitely many samples, no biases, random neurons",
        tolerance=f"95% intervals within {MARGIN} of the exponent",
        chapter="pretraining/limits",
        needs=(),
        check=lambda k, d, neurons: gain_in_d(k, d, neurons),
        control=gain_inside,
    ),
    Claim(
        id="informative-task",
        title="Remark 3.8",
        statement="One highly informative task, not-all-equal, is enough to find all three features in one step.",
        known="Remark 3.8 is known only by its title, Single-task training with highly informative task; "
        + NOT_IN_FULL,
        kind="search",
        case={"r": 3, "d": 512, "neurons": 64},
        tested="r = {r}, d = {d}, {neurons} random neurons, exact step",
        regime="infinitely many samples",
        tolerance=f"{KEPT} on the ratio of singular values, 1/2 to leading order; rank one gives 0",
        chapter="pretraining/limits",
        needs=(),
        check=informative_task,
        control=uninformative_step,
    ),
    Claim(
        id="informative-samples",
        title="Remark 3.8, finite samples",
        statement="After one step on not-all-equal alone the error falls with the number of inputs.",
        known="Remark 3.8 is known only by its title; " + NOT_IN_FULL,
        kind="interval",
        case={"run": InformativeTask},
        tested="r = {run.r}, d = {run.d}, m = {run.m}, {run.N} inputs per half-step, {run.trials} trials, "
        "seed {run.seed}",
        regime="finitely many samples",
        tolerance=OVER_TRIALS,
        chapter="pretraining/limits",
        needs=("informative-task",),
        check=lambda run: informative(store.get(run)),
        control=lambda run: informative(store.get(run), task="majority"),
    ),
    Claim(
        id="random-features",
        title="Theorem 3.6 or 3.7, random features",
        statement="Features drawn without knowledge of M hold on average no more of a k-parity than the theorem's "
        "maximum, itself at most m_hat / N(d, k).",
        known="one of Theorems 3.6 and 3.7; an early abstract said exponential in d; " + NOT_IN_FULL,
        kind="interval",
        case={"run": RandomFeatures},
        tested="{run.m_hat} random ReLU neurons, d = {run.d}, parity of k = {run.r} features, exact Gram matrices, "
        "{run.trials} trials, seed {run.seed}",
        regime="fixed r: the bound grows like d^r, not exponentially in d",
        tolerance=OVER_TRIALS,
        chapter="pretraining/limits",
        needs=(),
        check=lambda run: random_features(store.get(run)),
        control=learned_features_obey_the_bound,
    ),
    Claim(
        id="controls",
        title="Negative controls",
        statement="With three features one parity, a shared head, zero heads, shuffled labels and random features do "
        "not find row(M).",
        known="the summary: single-task pretraining or random features do not offer the same benefits",
        kind="interval",
        case={"run": Controls},
        tested="small training runs, one for each control: d = {run.d}, r = {run.r}, m = {run.m}, {run.n} samples per "
        "task, {run.steps} iterations, {run.trials} trials, seed {run.seed}",
        regime="finitely many tasks and samples",
        tolerance=OVER_TRIALS,
        chapter="pretraining/limits",
        needs=(),
        check=lambda run: controls(store.get(run)),
        control=one_feature,
    ),
    Claim(
        id="scaling",
        title="Scaling laws",
        statement="After one step without the empty set the error grows like (d/n)^(1/2); beta converges like "
        "T^(-1/2).",
        known=OURS,
        kind="scaling",
        case={"run": Scaling},
        tested="d = {run.d}, n = {run.n}, T = {run.T}, {run.trials} trials, seed {run.seed}",
        regime="one step, finitely many samples, many more neurons than features",
        tolerance=f"95% intervals within {MARGIN} of the exponent: their own length is up to 0.05",
        chapter="pretraining/limits",
        needs=(),
        check=lambda run: scaling(store.get(run)),
        control=error_with_the_empty_set,
    ),
)
