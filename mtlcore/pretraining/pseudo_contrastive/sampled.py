"""Exact statements of this chapter beside simulations of them."""

import numpy as np
import torch
from jaxtyping import Float

from mtlcore.lab.draws import Draws
from mtlcore.pretraining import features, tasks
from mtlcore.pretraining.contrastive import sampled_A, task_directions
from mtlcore.pretraining.theory import exact_A, finite, hinge

#: Degrees of freedom of the heavy-tailed inputs: the fewest with a variance.
HEAVY = 3


def network_of_slope(
    slope: float, m: int, d: int
) -> tuple[Float[np.ndarray, "neuron dim"], Float[np.ndarray, " neuron"]]:
    """(W, a) of similar neurons with positive heads, whose output is steep in one direction: |a| |W|_op = slope."""
    rng = np.random.default_rng(0)
    W, a = np.eye(1, d) + 0.3 * rng.standard_normal((m, d)), 1 + 0.2 * rng.standard_normal(m)
    return W * slope / hinge.lipschitz(W, a), a


def inputs(samples: int, d: int, heavy: bool) -> Float[np.ndarray, "sample dim"]:
    """Standard Gaussian inputs, or with the same covariance Student's."""
    rng = np.random.default_rng(1)
    x = rng.standard_normal((samples, d))
    return x / np.sqrt(rng.chisquare(HEAVY, (samples, 1)) / (HEAVY - 2)) if heavy else x


def hinge_correction(
    W: Float[np.ndarray, "neuron dim"], a: Float[np.ndarray, " neuron"], x: Float[np.ndarray, "sample dim"]
) -> hinge.Correction:
    """What the hinge changes in a sample whose labels are the signs of the first coordinate: lengths, no bounds."""
    h, y = np.maximum(x @ W.T, 0), np.sign(x[:, 0])
    beyond = y * (h @ a) - 1
    off = beyond > 0
    signed = y[off, None] / len(x)
    rows = a[:, None] * ((signed * (h[off] > 0)).T @ x[off])
    head = (signed * h[off]).sum(0)
    return hinge.Correction(
        np.linalg.norm(rows, axis=1), float(np.linalg.norm(head)), float(beyond[off].sum() / len(x))
    )


def over_its_bound(slope: float, x: Float[np.ndarray, "sample dim"], m: int) -> float:
    """Largest ratio of what the hinge changes in a sample to the lemma's bound: rows, head and loss."""
    W, a = network_of_slope(slope, m, x.shape[1])
    found, bound = hinge_correction(W, a, x), hinge.correction(W, a)
    return float(max((found.rows / bound.rows).max(), found.head / bound.head, found.loss / bound.loss))


def errors_off(values: Float[np.ndarray, "repetition ..."], exact: Float[np.ndarray, "..."] | float) -> float:
    """Standard errors between a mean over repetitions and its exact value, at the worst entry."""
    return float(abs((values.mean(0) - exact) / (values.std(0) / np.sqrt(len(values)))).max())


def beta_distances(law: tasks.Law, T: int, repetitions: int, copies: int) -> Float[np.ndarray, " repetition"]:
    """Squared distances of beta_T from beta, for T / copies independent tasks that are taken `copies` times each."""
    rng, beta = np.random.default_rng(0), tasks.beta(law.tables, law.probs)
    return np.array([np.square(tasks.beta(law.sample(T // copies, rng)) - beta).sum() for _ in range(repetitions)])


def beta_off(law: tasks.Law, T: int, repetitions: int, copies: int) -> float:
    """Standard errors between the mean of `beta_distances` and the exact one of T independent tasks."""
    return errors_off(beta_distances(law, T, repetitions, copies), finite.beta_variance(law, T).sum())


def batch_off(n: int, d: int, repetitions: int, batches: int) -> float:
    """Standard errors between the mean of A_T for one pair of features and what one batch of n samples gives.

    Args:
        batches: 1 if both steps see the same batch, 2 if each has its own.
    """
    M, draws = features.canonical_subspace(d, 2), Draws(0, [0], dtype=torch.float64)
    w, pair = draws.normal("neuron", d), tasks.parity_tables(2)[3:]
    sides = []
    for turn in range(batches):
        x = draws.normal("inputs", repetitions * n, d, turn=turn)
        y = torch.from_numpy(pair[0]).double()[features.orthant(x, M)].view(repetitions, 1, n)
        sides.append(task_directions(w.expand(repetitions, -1), x.view(repetitions, n, d), y))
    A = exact_A(w[0].numpy(), M.numpy(), tasks.equally_likely(pair))
    return errors_off(sampled_A(sides[0], sides[-1]).numpy(), finite.same_batch_mean(A, n))
