"""The recursion of (p, q) under the alternating algorithm in the population limit, while every hinge is active.

One representation step is w+ = (1 - eta lam_w) w + eta sum_S a_S grad h_S(w), with reset heads a = kappa E_i[f_i h_i]
(kappa = eta after one head step from zero, 1 / lam_a at equilibrium), or with heads that persist,
a+ = (1 - eta lam_a) a + eta h(w), the new ones being used. The input dimension does not appear.

Source: derived in chapters "The neuron fan-out" and "One step, many steps".
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from mtlcore.pretraining import tasks
from mtlcore.pretraining.theory.amplification import drift, kernel, same_r
from mtlcore.pretraining.theory.fourier import coefficients


@dataclass(frozen=True)
class Neurons:
    """Neurons between two steps.

    Attributes:
        a: head sums a_S = E_i[f_i,S a_i], what the step sees of all tasks' heads.
    """

    p: Float[np.ndarray, "neuron feature"]
    q: Float[np.ndarray, " neuron"]
    a: Float[np.ndarray, "neuron subset"]


@dataclass(frozen=True)
class Update:
    """How far one iteration goes.

    Attributes:
        lam_w: weight decay of W: one for all neurons, or one for each.
        lam_a: weight decay of the heads, used when they persist.
        kappa: if positive, heads are reset in each step and are kappa h.
    """

    eta: float
    lam_w: float | Float[np.ndarray, " neuron"]
    lam_a: float = 0.0
    kappa: float = 0.0


def start(p: Float[np.ndarray, "neuron feature"], q: Float[np.ndarray, " neuron"]) -> Neurons:
    """Neurons with zero heads."""
    return Neurons(p, q, np.zeros((len(p), 2 ** p.shape[1])))


def step(state: Neurons, C: Float[np.ndarray, "subset subset"], update: Update) -> Neurons:
    """One head step and one representation step.

    Args:
        C: the law's kernel E_i[f_i,S f_i,S'] (`amplification.kernel`); for one shared head, the outer square of the
            mean coefficients.

    Returns:
        The neurons after the step; q may come out negative when a step overshoots, and is returned as its absolute
        value (w_perp has turned around).
    """
    eta, kappa = update.eta, update.kappa
    found = coefficients(state.p, state.q)
    signal = found.h @ C
    a = kappa * signal if kappa else (1 - eta * update.lam_a) * state.a + eta * signal
    along, c = drift(found, a)
    keep = 1 - eta * update.lam_w + eta * c
    return Neurons(keep[:, None] * state.p + eta * along, abs(keep * state.q), a)


def run(
    p: Float[np.ndarray, "neuron feature"],
    q: Float[np.ndarray, " neuron"],
    law: tasks.Law,
    steps: int,
    update: Update,
) -> tuple[Float[np.ndarray, "iteration neuron feature"], Float[np.ndarray, "iteration neuron"]]:
    """The path of (p, q) from heads at zero, before the first and after each step.

    Raises:
        ValueError: if steps < 0, the law has another r, or a neuron is zero.
    """
    if steps < 0:
        raise ValueError(f"steps = {steps}; allowed: at least 0")
    same_r(p, law)
    C, path = kernel(law), [start(p, q)]
    for _ in range(steps):
        path.append(step(path[-1], C, update))
    return np.array([state.p for state in path]), np.array([state.q for state in path])


def lam_w_star(law: tasks.Law, eta: float, kappa: float, n: int | None = None) -> float:
    """The weight decay at which one step forgets what lies outside row(M), to leading order in r/d.

    Args:
        n: when both steps see one batch of n samples; None for two batches.

    Returns:
        1/eta + kappa E_i[f_i,empty^2] / (2 pi), with A's shift for one batch.

    Raises:
        ValueError: if eta <= 0, kappa <= 0 or n < 1.
    """
    if eta <= 0 or kappa <= 0:
        raise ValueError(f"eta = {eta}, kappa = {kappa}; allowed: positive numbers")
    if n is not None and n < 1:
        raise ValueError(f"n = {n} samples; allowed: at least 1")
    drive = kernel(law)[0, 0] / (2 * np.pi)
    return 1 / eta + kappa * (drive if n is None else (1 - 1 / n) * drive + 1 / (2 * n))
