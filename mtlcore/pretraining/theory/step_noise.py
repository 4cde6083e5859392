"""The noise of one step outside row(M), for every pair of neurons: exact second moments.

Source: derived in chapter "One step, many steps".
"""

import numpy as np
from jaxtyping import Float

from mtlcore.pretraining import tasks
from mtlcore.pretraining.theory.amplification import kernel, same_r
from mtlcore.pretraining.theory.fourier import coefficients
from mtlcore.pretraining.theory.relu_features import angles, gram
from mtlcore.pretraining.theory.vectors import split


def step_noise(
    W: Float[np.ndarray, "neuron dim"], M: Float[np.ndarray, "feature dim"], law: tasks.Law, T: int, n: tuple[int, int]
) -> Float[np.ndarray, "neuron neuron"]:
    """E (u . Delta w_j)(u . Delta w_k) for a unit vector u orthogonal to row(M) and all neurons, at eta kappa = 1.

    Args:
        n: (n1, n2), samples of each task for the two steps.

    Returns:
        P (H (1 - 1/n1) + K / n1) / (T n2), entry by entry: P is how often both neurons are active, H the mean product
        of their correlations with a task, K that of their activations.

    Raises:
        ValueError: if a neuron is zero, or the law has another r.
    """
    n1, n2 = n
    p, q = split(W, M)
    same_r(p, law)
    h = coefficients(p, q).h
    P, H = (np.pi - angles(W)) / (2 * np.pi), h @ kernel(law) @ h.T
    return P * (H * (1 - 1 / n1) + gram(W) / n1) / (T * n2)
