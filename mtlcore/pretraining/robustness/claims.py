"""The claims about labels, inputs, tasks and second layers other than those of the theory."""

import numpy as np
import torch
import xarray as xr

from mtlcore.lab import store
from mtlcore.lab.claim import NOT_IN_FULL, OURS, OVER_TRIALS, Claim
from mtlcore.lab.comparisons import Finding, below, unchanged, within
from mtlcore.lab.draws import Draws
from mtlcore.pretraining import tasks
from mtlcore.pretraining.robustness.boolean_tasks import BooleanTasks, boolean_laws
from mtlcore.pretraining.robustness.findings import (
    ABOVE,
    CLOSE,
    EARLY,
    FOUND,
    STEP,
    boolean_tasks,
    found,
    input_laws,
    label_noise,
    noisy_step,
    second_layer,
)
from mtlcore.pretraining.robustness.inputs import InputLaws
from mtlcore.pretraining.robustness.label_noise import LabelNoise, NoisyStep
from mtlcore.pretraining.robustness.second_layer import SecondLayer
from mtlcore.pretraining.theory import amplification
from mtlcore.pretraining.theory.coordinates import LAWS
from mtlcore.pretraining.theory.products import pull

#: Rounding of an integral of four hundred nodes, of float64 sums, and of a mean of samples in standard errors.
INTEGRAL, ROUNDING, ERRORS = 1e-6, 1e-12, 4.5


def coins_are_learned(run: LabelNoise) -> list[Finding]:
    """Control: with probability 1/2 a label says nothing."""
    return found(store.get(run), ("0.5",))


def coins_with_more_samples(run: NoisyStep) -> list[Finding]:
    """Control: with probability 1/2 no number of samples makes up for it."""
    ds = store.get(run)
    text = "fair coins, the most samples: the error of one step stays"
    return [unchanged(text, ds.more.isel(flip=0), ds.half, STEP, "ours")]


def outward(name: str, r: int, d: int, neurons: int) -> float:
    """The largest relative push outwards on a coordinate outside row(M), over random neurons with unequal weights."""
    generator = np.random.default_rng(4)
    W = torch.from_numpy(generator.standard_normal((neurons, d)) * generator.uniform(0.05, 1, (neurons, d)))
    W /= W.norm(dim=1, keepdim=True)
    push = pull(W, LAWS[name], torch.from_numpy(tasks.uniform(r).probs))
    return float((W * push)[:, r:].max())


def no_push_outward(laws: tuple[str, ...], r: int, d: int, neurons: int) -> list[Finding]:
    """One peak: no coordinate outside row(M) is pushed outwards."""
    text = "{}: no coordinate outside row(M) is pushed outwards"
    return [within(text.format(name), outward(name, r, d, neurons), INTEGRAL) for name in laws]


def push_outward(laws: tuple[str, ...], r: int, d: int, neurons: int) -> list[Finding]:
    """Control: a law with two peaks has no unimodal sums, which the proof needs."""
    return no_push_outward(("two bumps",) * len(laws[:1]), r, d, neurons)


def triple(name: str, d: int, samples: int, neurons: int) -> float:
    """The largest sampled correlation of the parity of three with a random neuron, in standard errors."""
    draws = Draws(5, [0], dtype=torch.float64)
    x, W = LAWS[name].drawn(draws.normal("inputs", samples, d)[0]), draws.normal("neurons", neurons, d)[0]
    products = x[:, :3].sign().prod(1, keepdim=True) * torch.relu(x @ W.T)
    return float((products.mean(0) / (products.std(0) / samples**0.5)).abs().max())


def triples_teach_nothing(laws: tuple[str, ...], d: int, samples: int, neurons: int) -> list[Finding]:
    """Symmetric coordinates: the parity of three is orthogonal to every neuron without bias."""
    text = "{}: the parity of three has no correlation with a neuron, in standard errors"
    return [within(text.format(name), triple(name, d, samples, neurons), ERRORS) for name in laws]


def triples_of_skewed_inputs(laws: tuple[str, ...], d: int, samples: int, neurons: int) -> list[Finding]:
    """Control: skewed coordinates have no symmetry, and the parity of three is seen."""
    return triples_teach_nothing(("skewed, mean zero",) * len(laws[:1]), d, samples, neurons)


def other_radius(run: InputLaws) -> list[Finding]:
    """Control: Laplace's law has unit variance as well, but is not the same in all directions."""
    gauss, laplace = (store.get(run).error.sel(variation=name, iteration=EARLY) for name in ("Gaussian", "Laplace"))
    text = f"Laplace: at iteration {EARLY} the error is within {CLOSE} of that of Gaussian inputs"
    return [unchanged(text, gauss, laplace, CLOSE, "ours")]


def tilted_features(run: InputLaws) -> list[Finding]:
    """Control: features that mix two coordinates have no linear conditional mean, and the pull points elsewhere."""
    return found(store.get(run), ("two bumps, tilted",))


def same_matrix(name: str, r: int, d: int, neurons: int) -> list[Finding]:
    """The matrix A of a law is that of the parities with its kernel's diagonal."""
    law, W = tasks.equally_likely(boolean_laws(r)[name]), np.random.default_rng(6).standard_normal((neurons, d))
    pi = np.diag(amplification.kernel(law))
    gap = amplification.matrices_A(W, np.eye(r, d), law) - amplification.matrices_A(
        W, np.eye(r, d), tasks.parity_law(r, pi)
    )
    return [within(f"{name}: A is that of the parities with pi(S) = E f_S^2", float(abs(gap).max()), ROUNDING)]


def sign_symmetric(laws: tuple[str, ...], r: int, d: int, neurons: int) -> list[Finding]:
    """Laws that turning a feature's sign leaves as they are."""
    return [finding for name in laws for finding in same_matrix(name, r, d, neurons)]


def not_sign_symmetric(laws: tuple[str, ...], r: int, d: int, neurons: int) -> list[Finding]:
    """Control: conjunctions without signs change when a feature's sign is turned."""
    return sign_symmetric(("ANDs",) * len(laws[:1]), r, d, neurons)


def one_majority(run: BooleanTasks) -> list[Finding]:
    """Control: the kernel of a single majority has rank one."""
    return found(store.get(run), ("one majority",))


def random_rows(run: SecondLayer) -> list[Finding]:
    """Control: the same second layer on rows that have seen no task."""
    three = store.get(run).accuracy.isel(m_hat=-1, parity=-1).sel(layer="random", reading="second layer")
    return [below("second layer: random rows tell the parity of three", ABOVE, three, "ours")]


def learned_rows(ds: xr.Dataset) -> list[Finding]:
    """What is said of learned rows alone."""
    return [one for one in second_layer(ds) if "learned rows tell" in one.statement]


CLAIMS = (
    Claim(
        id="label-noise",
        title="Turned labels",
        statement="Labels turned with probability f act as the law's kernel times (1 - 2f)^2: runs follow that "
        "recursion, row(M) is found, and the window of weight decay moves.",
        known=OURS,
        kind="interval",
        case={"run": LabelNoise},
        tested="f = {run.flip}, d = {run.d}, r = {run.r}, m = {run.m}, {run.n} samples per task, "
        "{run.steps} iterations, {run.trials} trials, seed {run.seed}",
        regime="finitely many samples; the recursion has infinitely many and active hinges",
        tolerance=f"{OVER_TRIALS}; {CLOSE} on the error at iteration {EARLY}",
        chapter="pretraining/robustness",
        needs=("mechanism",),
        check=lambda run: label_noise(store.get(run)),
        control=coins_are_learned,
    ),
    Claim(
        id="label-noise-samples",
        title="Turned labels, one step",
        statement="One step keeps its error when labels are turned with probability f and there are 1 / (1 - 2f)^2 "
        "times as many samples.",
        known=OURS,
        kind="scaling",
        case={"run": NoisyStep},
        tested="f = {run.flip}, n = {run.n} with right labels, d = {run.d}, r = {run.r}, m = {run.m}, "
        "{run.trials} trials, seed {run.seed}",
        regime="one step, samples far more than parities",
        tolerance=f"{OVER_TRIALS}, within {STEP}: a fifth of the error",
        chapter="pretraining/robustness",
        needs=("label-noise",),
        check=lambda run: noisy_step(store.get(run)),
        control=coins_with_more_samples,
    ),
    Claim(
        id="radial-inputs",
        title="Inputs with another length",
        statement="Without biases, inputs with independent length and uniform direction have the Gaussian A, times a "
        "number.",
        known=OURS,
        kind="interval",
        case={"run": InputLaws},
        tested="inputs on a sphere against Gaussian ones, d = {run.d}, r = {run.r}, m = {run.m}, {run.n} samples per "
        "task, {run.trials} trials, seed {run.seed}",
        regime="finitely many samples; biases of a small step",
        tolerance=f"{OVER_TRIALS}, within {CLOSE} at iteration {EARLY}",
        chapter="pretraining/robustness",
        needs=("mechanism",),
        check=lambda run: [one for one in input_laws(store.get(run)) if one.statement.startswith("sphere")],
        control=other_radius,
    ),
    Claim(
        id="independent-coordinates",
        title="Features that are independent coordinates",
        statement="Where features are independent coordinates of mean zero, row(M) is found for inputs with one peak, "
        "two peaks and a skew.",
        known=OURS,
        kind="interval",
        case={"run": InputLaws},
        tested="{run.laws}, d = {run.d}, r = {run.r}, m = {run.m}, {run.n} samples per task, {run.steps} iterations, "
        "{run.trials} trials, seed {run.seed}",
        regime="finitely many samples; no theorem covers many steps on skewed inputs",
        tolerance=OVER_TRIALS,
        chapter="pretraining/robustness",
        needs=(),
        check=lambda run: found(store.get(run), ("uniform", "Laplace", "two bumps", "skewed, mean zero")),
        control=tilted_features,
    ),
    Claim(
        id="product-separation",
        title="Separation without Gaussians",
        statement="For independent symmetric coordinates with one peak, parities of at most three features push no "
        "coordinate outside row(M) outwards.",
        known=OURS,
        kind="search",
        case={"laws": ("uniform", "Laplace"), "r": 2, "d": 5, "neurons": 400},
        tested="{laws}, r = {r}, d = {d}, {neurons} random neurons with unequal weights",
        regime="infinitely many samples, active hinges",
        tolerance=f"{INTEGRAL:g}: the error of the integral",
        chapter="pretraining/robustness",
        needs=(),
        check=no_push_outward,
        control=push_outward,
    ),
    Claim(
        id="odd-parities-symmetric",
        title="Odd parities of symmetric inputs",
        statement="For independent symmetric coordinates the parity of three is orthogonal to every neuron "
        "without bias.",
        known=OURS,
        kind="interval",
        case={"laws": ("uniform", "Laplace", "two bumps"), "d": 6, "samples": 400_000, "neurons": 20},
        tested="{laws}, d = {d}, {neurons} random neurons, {samples} samples",
        regime="no biases",
        tolerance=f"{ERRORS:g} standard errors of a mean, the largest of all neurons",
        chapter="pretraining/robustness",
        needs=(),
        check=triples_teach_nothing,
        control=triples_of_skewed_inputs,
    ),
    Claim(
        id="sign-symmetric-laws",
        title="Boolean tasks that are parities in disguise",
        statement="A law over Boolean functions that turning a feature's sign leaves as it is has the A of the "
        "parities with pi(S) = E f_S^2.",
        known="the paper's diversity assumption is not known; " + NOT_IN_FULL,
        kind="identity",
        case={
            "laws": ("all functions", "balanced functions", "majorities with signs", "ANDs with signs"),
            "r": 3,
            "d": 8,
            "neurons": 20,
        },
        tested="{laws}, r = {r}, d = {d}, {neurons} random neurons",
        regime="infinitely many samples, active hinges",
        tolerance=f"{ROUNDING:g}: rounding of float64 sums",
        chapter="pretraining/robustness",
        needs=(),
        check=sign_symmetric,
        control=not_sign_symmetric,
    ),
    Claim(
        id="boolean-tasks",
        title="Boolean tasks beyond parities",
        statement="Runs on random functions, balanced functions, majorities and conjunctions follow the recursion with "
        "their law's kernel, and find row(M) where it has full rank.",
        known="the paper's diversity assumption is not known; " + NOT_IN_FULL,
        kind="interval",
        case={"run": BooleanTasks},
        tested="d = {run.d}, r = {run.r}, m = {run.m}, {run.total} inputs per half-step, {run.steps} iterations, "
        "{run.trials} trials, seed {run.seed}",
        regime="finitely many samples; the recursion has infinitely many and active hinges",
        tolerance=f"{OVER_TRIALS}; {CLOSE} on the error at iteration {EARLY}, found below {FOUND}",
        chapter="pretraining/robustness",
        needs=("mechanism", "sign-symmetric-laws"),
        check=lambda run: boolean_tasks(store.get(run)),
        control=one_majority,
    ),
    Claim(
        id="random-second-layer",
        title="Remark 3.4, a second random layer",
        statement="A fixed random second layer on the learned rows tells the parity of three, as fresh biases do.",
        known="Remark 3.4 is known only by its title, Necessity of second layer; " + NOT_IN_FULL,
        kind="interval",
        case={"run": SecondLayer},
        tested="{run.m_hat} downstream neurons, N = {run.N}, d = {run.d}, r = {run.r}, m = {run.m}, "
        "{run.trials} trials, seed {run.seed}",
        regime="the scale of Figure 3",
        tolerance=OVER_TRIALS,
        chapter="pretraining/robustness",
        needs=(),
        check=lambda run: learned_rows(store.get(run)),
        control=random_rows,
    ),
)
