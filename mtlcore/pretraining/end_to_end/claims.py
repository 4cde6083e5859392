"""The claims about the end-to-end guarantee."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import product

import numpy as np
from jaxtyping import Float

from mtlcore.lab import store
from mtlcore.lab.claim import NOT_IN_FULL, OURS, OVER_TRIALS, Claim
from mtlcore.lab.comparisons import Finding, unchanged, within
from mtlcore.pretraining import tasks
from mtlcore.pretraining.end_to_end.composed import EndToEnd
from mtlcore.pretraining.end_to_end.findings import CHANGE, GROWTH, composed, independence, useful
from mtlcore.pretraining.end_to_end.independence import Independence
from mtlcore.pretraining.theory import affine, counting, witness
from mtlcore.pretraining.theory.classes import functions
from mtlcore.pretraining.theory.outside import carried_over
from mtlcore.pretraining.theory.relu_features import captured_share

#: The accuracy of the hinge's integrals, and how far a simulated mean may be from its expectation.
INTEGRALS, STANDARD_ERRORS = 1e-10, 4.5


def witness_error(subsets: Sequence[Sequence[int]], points: int, step: float, reach: float = 4.0) -> float:
    """Largest distance of the explicit head from the product of sines, over parities of three features.

    Args:
        step: spacing of the biases.
        reach: how far the points are from the origin on each axis.
    """
    z = np.random.default_rng(0).uniform(-reach, reach, (points, 3))
    errors = [abs(witness.parity_head(3, list(S), 4.0, step)(z) - witness.sines(z, list(S), 4.0)) for S in subsets]
    return float(np.max(errors))


def explicit_head(subsets: Sequence[Sequence[int]], points: int, step: float) -> list[Finding]:
    """Neurons inside row(M) and a head written down explicitly compute any parity."""
    ratio = witness_error(subsets, points, step) / witness.sup_error(4.0, step)
    return [within("the explicit head stays within its bound, as a ratio", ratio, 1.0)]


def explicit_head_beyond_its_box(subsets: Sequence[Sequence[int]], points: int, step: float) -> list[Finding]:
    """Control: where a coordinate lies beyond L the theorem says nothing, and the head goes on in a straight line."""
    ratio = witness_error(subsets, points, step, reach=6.0) / witness.sup_error(4.0, step)
    return [within("the same bound for points of which some lie beyond L", ratio, 1.0)]


def lowest_hinge(code: int, r: int, heads: int) -> float:
    """Lowest exact hinge loss of random affine heads on Mx, for the parity with this code."""
    generator = np.random.default_rng(code)
    u = generator.standard_normal((heads, r)) * np.exp(generator.uniform(-3, 1, (heads, 1)))
    return float(affine.hinge(u, generator.standard_normal(heads), code).min())


def affine_heads(r: int, heads: int) -> list[Finding]:
    """No affine head on Mx beats the zero head on a parity of two or more features, in hinge loss."""
    gap = max(1 - lowest_hinge(code, r, heads) for code in range(2**r) if code.bit_count() >= 2)
    return [within("the hinge loss of affine heads on a parity of two or more features is at least 1", gap, INTEGRALS)]


def affine_heads_on_one_feature(r: int, heads: int) -> list[Finding]:
    """Control: a single feature is linearly separable."""
    gap = 1 - lowest_hinge(1, r, heads)
    return [within("the hinge loss of affine heads on one feature is at least 1", gap, INTEGRALS)]


def away_from_half(r: int, heads: int, intercept: float) -> float:
    """How far the accuracy of random heads is from one half, at most, over the even parities."""
    u = np.random.default_rng(r).standard_normal((heads, r))
    even = [code for code in range(1, 2**r) if code.bit_count() % 2 == 0]
    return max(float(abs(affine.accuracy(u, intercept, code) - 0.5).max()) for code in even)


def affine_accuracy(r: int, heads: int) -> list[Finding]:
    """What the three parts of the proposition say, each by the exact integral."""
    pair, triple = affine.best_diagonal(2)[0], affine.best_diagonal(3)[0]
    return [
        within("without intercept the accuracy on an even parity is 1/2", away_from_half(r, heads, 0.0), INTEGRALS),
        within("some head with intercept reaches 5/8 on a pair", abs(pair - 5 / 8), INTEGRALS),
        within("the diagonal of three features reaches its closed form", abs(triple - affine.best_triple()), INTEGRALS),
    ]


def affine_accuracy_with_intercept(r: int, heads: int) -> list[Finding]:
    """Control: with an intercept the head does not turn around with z."""
    error = away_from_half(r, heads, 0.5)
    return [within("with intercept the accuracy on an even parity is 1/2", error, INTEGRALS)]


def distance(points: int, networks: int, inputs: float) -> float:
    """Mean |a.(h - h_M)| over its bound: the larger ratio for the two bounds, and the largest over some networks.

    Args:
        inputs: standard deviation of the inputs.
    """
    worst = 0.0
    for seed in range(networks):
        rng = np.random.default_rng(seed)
        p, L, b, a = (rng.standard_normal(shape) for shape in ((24, 2), (24, 30), 24, 24))
        L *= 10 ** rng.uniform(-2, 0)
        z, u = inputs * rng.standard_normal((points, 2)), inputs * rng.standard_normal((points, 30))
        inside = z @ p.T + b
        change = (np.maximum(inside + u @ L.T, 0) - np.maximum(inside, 0)) @ a
        bounds = carried_over(p, L @ L.T, b, a), witness.residual_bound(a, np.linalg.norm(L, axis=1))
        worst = max(worst, float(abs(change).mean()) / min(bounds))
    return worst


def residual(points: int, networks: int) -> list[Finding]:
    """What is left outside row(M) changes a head's output by no more than both bounds."""
    return [within("mean change of the output, over its bound", distance(points, networks, 1.0), 1.0)]


def residual_of_long_inputs(points: int, networks: int) -> list[Finding]:
    """Control: the inputs are not N(0, I) but five times as long."""
    return [within("the same with inputs from N(0, 25 I)", distance(points, networks, 5.0), 1.0)]


def best_learner(tables: Float[np.ndarray, "function orthant"], N: int, learners: int) -> float:
    """Error of the best learner from N samples when each function is as likely, against the formula for all functions.

    It predicts what most functions say that agree with its samples.

    Returns:
        The distance of the mean error from the formula, in standard errors.
    """
    orthants = tables.shape[1]
    rng = np.random.default_rng(orthants)
    error = np.empty(learners)
    for k in range(learners):
        truth, seen = tables[rng.integers(len(tables))], rng.integers(orthants, size=N)
        agree = tables[(tables[:, seen] == truth[seen]).all(1)]
        error[k] = (1 - np.sign(agree.mean(0)) * truth).mean() / 2
    formula = counting.no_free_lunch(orthants.bit_length() - 1, N)
    return float(abs(error.mean() - formula) / (error.std() / learners**0.5))


def samples_for_r(memorised: Sequence[tuple[int, int]], learners: int) -> list[Finding]:
    """Over all Boolean functions the best learner's error is the formula's."""
    error = max(best_learner(functions(r), N, learners) for r, N in memorised)
    return [within("the best learner errs as the formula says (standard errors)", error, STANDARD_ERRORS)]


def samples_for_parities(memorised: Sequence[tuple[int, int]], learners: int) -> list[Finding]:
    """Control: among the parities alone a learner can solve linear equations, and needs fewer samples."""
    error = max(best_learner(tasks.parity_tables(r).astype(float), N, learners) for r, N in memorised)
    return [within("the same if only parities come up (standard errors)", error, STANDARD_ERRORS)]


def relu_at_orthants(r: int, m_hat: int) -> Float[np.ndarray, "orthant neuron"]:
    """Random ReLU features with random biases, at one random point of each orthant."""
    rng = np.random.default_rng(m_hat)
    signs = np.array(list(product((-1.0, 1.0), repeat=r)))
    points = signs * abs(rng.standard_normal(signs.shape))
    return np.maximum(points @ rng.standard_normal((r, m_hat)) + rng.standard_normal(m_hat), 0)


def more_than_cover(counted: Sequence[tuple[int, int]], intercept: bool) -> float:
    """How many labellings random features realise beyond Cover's count, at most.

    Args:
        intercept: whether the head may add a constant, which the count does not know of.
    """
    beyond = []
    for r, m_hat in counted:
        relu, general = relu_at_orthants(r, m_hat), np.random.default_rng(r).standard_normal((2**r, m_hat))
        for h in (relu, general):
            features = np.column_stack([h, np.ones(len(h))]) if intercept else h
            beyond.append(counting.realised(features) - counting.labelings(r, m_hat))
    return float(max(beyond))


def neurons_for_r(counted: Sequence[tuple[int, int]]) -> list[Finding]:
    """Counted one by one with linear programs, no features realise more labellings than Cover's count."""
    text = "labellings of the orthants beyond Cover's count, over ReLU features and features in general position"
    return [within(text, more_than_cover(counted, intercept=False), 0.0)]


def neurons_with_intercept(counted: Sequence[tuple[int, int]]) -> list[Finding]:
    """Control: an intercept is one more feature."""
    text = "the same for heads with an intercept, which is one more feature"
    return [within(text, more_than_cover(counted, intercept=True), 0.0)]


def short_of_the_parities(rows: Float[np.ndarray, "neuron feature"], codes: Sequence[int]) -> float:
    """By how much the mean least squared error over some parities is below 1 - m_hat / 2^r, exactly."""
    r = rows.shape[1]
    error = 1 - np.mean([captured_share(rows, np.eye(r), code) for code in codes])
    return float(1 - len(rows) / 2**r - error)


def parities_for_r(r: int, m_hat: Sequence[int]) -> list[Finding]:
    """Over all parities random ReLU features leave at least the share of the theorem."""
    rng = np.random.default_rng(r)
    short = max(short_of_the_parities(rng.standard_normal((m, r)), range(2**r)) for m in m_hat)
    return [within("the mean error over all parities is at least 1 - m_hat / 2^r (shortfall)", short, INTEGRALS)]


def parities_of_one_feature(r: int, **_: object) -> list[Finding]:
    """Control: over the singletons alone, the two neurons of each feature do better."""
    rows, singletons = np.concatenate([np.eye(r), -np.eye(r)]), [1 << j for j in range(r)]
    short = short_of_the_parities(rows, singletons)
    return [within("the same mean over the parities of one feature", short, INTEGRALS)]


def one_feature_left_out(run: EndToEnd) -> list[Finding]:
    """Control: pretraining that leaves a feature out; no head inside row(M) then knows the pair."""
    return useful(store.get(replace(run, law="one feature left out", d=(256,))))


def random_features_stay(run: Independence) -> list[Finding]:
    """Control: without pretraining the accuracy falls with d."""
    y = store.get(run).accuracy.mean("parity").sel(representation="random")
    text = f"random features: accuracy stays within {CHANGE} from the smallest d to the largest"
    return [unchanged(text, y.isel(d=0), y.isel(d=-1), CHANGE, "ours")]


CLAIMS = (
    Claim(
        id="explicit-head",
        title="Theorem 3.3, the head",
        statement="A head written down explicitly, on neurons inside row(M), computes any parity, whatever d is.",
        known="Theorem 3.3 is known only by its title, End-to-End Guarantee; " + NOT_IN_FULL,
        kind="oracle",
        case={"subsets": ((0,), (0, 2), (0, 1, 2)), "points": 20_000, "step": 0.25},
        tested="parities of the features {subsets}, {points:,} points, grid step {step}",
        regime="W inside row(M) exactly; the theorem has what pretraining leaves",
        tolerance="the interpolation bound omega^2 step^2 / 8",
        chapter="pretraining/end-to-end",
        needs=(),
        check=explicit_head,
        control=explicit_head_beyond_its_box,
    ),
    Claim(
        id="residual",
        title="Theorem 3.3, what is left outside",
        statement="What neurons keep outside row(M) changes a head's output, and so its hinge risk, by no more than "
        "their lengths there allow, and by no more than their Gram matrix does.",
        known=OURS,
        kind="oracle",
        case={"points": 20_000, "networks": 20},
        tested="{networks} random networks, {points:,} inputs each",
        regime="the same",
        tolerance="none: the mean change is at most the smaller of the two bounds",
        chapter="pretraining/end-to-end",
        needs=(),
        check=residual,
        control=residual_of_long_inputs,
    ),
    Claim(
        id="end-to-end",
        title="Theorem 3.3, composed",
        statement="After one sampled step, the risk of a regularised head on every parity is below a sum of terms that "
        "are all known, is below the zero head's, and does not grow with d.",
        known="Theorem 3.3 is known only by its title, End-to-End Guarantee; " + NOT_IN_FULL,
        kind="interval",
        case={"run": EndToEnd},
        tested="d = {run.d}, r = {run.r}, {run.per_dim} d samples in each half-step, m = {run.m}, "
        "m_hat = {run.m_hat}, N = {run.N}, "
        "weight decay {run.lam}, {run.trials} trials, seed {run.seed}",
        regime="one step; how much of the rows it leaves outside row(M) is measured, not bounded",
        tolerance=f"{GROWTH} for the growth of a term from the least d to the largest; {OVER_TRIALS}",
        chapter="pretraining/end-to-end",
        needs=("residual",),
        check=lambda run: composed(store.get(run)),
        control=one_feature_left_out,
    ),
    Claim(
        id="second-layer",
        title="Remark 3.4",
        statement="On a parity of two or more features no affine head on Mx has hinge loss below 1, the zero head's.",
        known="Remark 3.4 is known only by its title, Necessity of second layer; " + NOT_IN_FULL,
        kind="search",
        case={"r": 3, "heads": 300},
        tested="r = {r}, all parities of two or more features, {heads} random heads for each, exact losses",
        regime="the same: population loss",
        tolerance=f"{INTEGRALS:g}: the integrals' accuracy",
        chapter="pretraining/end-to-end",
        needs=(),
        check=affine_heads,
        control=affine_heads_on_one_feature,
    ),
    Claim(
        id="affine-accuracy",
        title="Remark 3.4, in accuracy",
        statement="On an even parity a head without intercept guesses; with one it reaches 5/8 on a pair, and on three "
        "features some head without intercept is better than 7/12.",
        known=OURS,
        kind="oracle",
        case={"r": 4, "heads": 300},
        tested="r = {r}, all even parities, {heads} random heads for each; the diagonals of two and three features",
        regime="the same: exact probabilities",
        tolerance=f"{INTEGRALS:g}: the integrals' accuracy",
        chapter="pretraining/end-to-end",
        needs=(),
        check=affine_accuracy,
        control=affine_accuracy_with_intercept,
    ),
    Claim(
        id="exponential-r",
        title="Remark 3.5, samples",
        statement="Over all Boolean functions of r features, every learner needs samples of order 2^r.",
        known="Remark 3.5 is known only by its title, Tightness of exponential complexity in r; " + NOT_IN_FULL,
        kind="oracle",
        case={"memorised": ((2, 4), (3, 8)), "learners": 3_000},
        tested="(r, N) = {memorised}: {learners:,} simulated learners each",
        regime="the same",
        tolerance=f"{STANDARD_ERRORS} standard errors",
        chapter="pretraining/end-to-end",
        needs=(),
        check=samples_for_r,
        control=samples_for_parities,
    ),
    Claim(
        id="exponential-r-neurons",
        title="Remark 3.5, neurons",
        statement="A head without intercept on m_hat given features realises at most Cover's count of labellings of "
        "the orthants, so all of them need 2^r features.",
        known="Remark 3.5 is known only by its title, Tightness of exponential complexity in r; " + NOT_IN_FULL,
        kind="oracle",
        case={"counted": ((2, 2), (2, 3), (2, 4), (3, 4), (3, 7))},
        tested="(r, m_hat) = {counted}: every labelling tried with a linear program, on ReLU features and on "
        "features in general position",
        regime="the same",
        tolerance="none: counts",
        chapter="pretraining/end-to-end",
        needs=(),
        check=neurons_for_r,
        control=neurons_with_intercept,
    ),
    Claim(
        id="exponential-r-parities",
        title="Remark 3.5, parities",
        statement="Averaged over all parities, the least squared error of a head on any m_hat features is at least "
        "1 - m_hat / 2^r.",
        known="Remark 3.5 is known only by its title, Tightness of exponential complexity in r; " + NOT_IN_FULL,
        kind="oracle",
        case={"r": 4, "m_hat": (1, 2, 4, 8)},
        tested="r = {r}, {m_hat} random ReLU neurons, exact integrals over Gaussian inputs",
        regime="any features; tested on random ReLU features without biases",
        tolerance=f"{INTEGRALS:g}: the integrals' accuracy",
        chapter="pretraining/end-to-end",
        needs=(),
        check=parities_for_r,
        control=parities_of_one_feature,
    ),
    Claim(
        id="independence",
        title="Theorem 3.3, independence of d",
        statement="After exact pretraining the accuracy of a linear probe does not depend on d.",
        known="Theorem 3.3 is known only by its title, End-to-End Guarantee; " + NOT_IN_FULL,
        kind="interval",
        case={"run": Independence},
        tested="d = {run.d}, r = {run.r}, m_hat = {run.m_hat}, N = {run.N}, one exact pretraining step, linear "
        "probing, {run.trials} trials, seed {run.seed}",
        regime="infinitely many pretraining samples; finitely many downstream",
        tolerance=f"{CHANGE} in accuracy, {OVER_TRIALS}",
        chapter="pretraining/end-to-end",
        needs=("one-step", "residual"),
        check=lambda run: independence(store.get(run)),
        control=random_features_stay,
    ),
)
