"""What the hinge changes: how far its gradient can be from that of 1 - y g, for Gaussian inputs and biases at zero.

Source: the lemma on the hinge, derived in chapter "The pseudo-contrastive loss".
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float


@dataclass(frozen=True)
class Correction:
    """Bounds on what the hinge changes for one head.

    Attributes:
        rows: length of the difference of the two gradients by each row of W.
        head: length of their difference by the head.
        loss: difference of the two expected losses.
    """

    rows: Float[np.ndarray, " neuron"]
    head: float
    loss: float


def lipschitz(W: Float[np.ndarray, "neuron dim"], a: Float[np.ndarray, " neuron"]) -> float:
    """|a| |W|_op: how fast g(x) = a.relu(Wx) can change with x."""
    return float(np.linalg.norm(a) * np.linalg.norm(W, 2))


def room(W: Float[np.ndarray, "neuron dim"], a: Float[np.ndarray, " neuron"]) -> float:
    """s = (1 - |E g|) / (|a| |W|_op): how far a hinge is from turning inactive, in units of the output's scatter.

    E g = a.|w| / sqrt(2 pi) for the lengths |w| of the rows.

    Returns:
        s, so that P(|g| > 1) <= 2 exp(-s^2 / 2); 0 if the mean leaves no room.

    Raises:
        ValueError: if the network is zero.
    """
    slope = lipschitz(W, a)
    if slope == 0:
        raise ValueError("|a| |W| = 0; allowed: a network that is not zero")
    return max(0.0, 1 - abs(a @ np.linalg.norm(W, axis=1)) / np.sqrt(2 * np.pi)) / slope


def correction(W: Float[np.ndarray, "neuron dim"], a: Float[np.ndarray, " neuron"]) -> Correction:
    """The lemma on the hinge, with eps = 2 exp(-s^2 / 2) of `room`.

    Returns:
        |a_k| s eps for row k, eps (s |W|_op + |W|_F / sqrt(2 pi)) for the head and eps |a| |W|_op / s for the loss;
        where s < 1, and where it is less, what holds for every network.

    Raises:
        ValueError: if the network is zero.
    """
    s, size = room(W, a), float(np.linalg.norm(W))
    rows, head = np.sqrt(2 / np.pi), size / np.sqrt(2)
    if s < 1:
        return Correction(abs(a) * rows, head, np.inf)
    eps = 2 * np.exp(-(s**2) / 2)
    head = min(head, eps * (s * np.linalg.norm(W, 2) + size / np.sqrt(2 * np.pi)))
    return Correction(abs(a) * min(rows, s * eps), float(head), float(eps * lipschitz(W, a) / s))
