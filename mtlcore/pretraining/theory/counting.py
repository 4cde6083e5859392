"""Why the number of features grows exponentially in r: labels that few features or few samples can't give.

Source: derived in chapter "End to end".
"""

from itertools import product
from math import comb

import numpy as np
from jaxtyping import Float
from scipy.optimize import linprog


def cover(points: int, dimension: int) -> int:
    """Cover's count: labelings of points in general position by homogeneous linear threshold functions.

    Returns:
        2 sum_{k < dimension} C(points - 1, k), at most 2^points.

    Raises:
        ValueError: if a number is below 1.

    Source: Cover (1965).
    """
    if points < 1 or dimension < 1:
        raise ValueError(f"{points} points in dimension {dimension}; allowed: at least 1")
    return 2 * sum(comb(points - 1, k) for k in range(min(dimension, points)))


def labelings(r: int, m_hat: int) -> int:
    """The most of the 2^(2^r) Boolean functions that a head on m_hat fixed features realises, one point per orthant.

    Returns:
        cover(2^r, m_hat), for a head without intercept: all functions only from m_hat = 2^r on.

    Raises:
        ValueError: if r is outside 1..12 or m_hat < 1.
    """
    if not 1 <= r <= 12:
        raise ValueError(f"r = {r} features; allowed: 1 to 12")
    return cover(2**r, m_hat)


def realised(h: Float[np.ndarray, "point neuron"]) -> int:
    """How many labelings of some points a head without intercept realises on their features, each by a linear program.

    Returns:
        The number of sign vectors y for which some a has y_i (a . h_i) >= 1 at every point.
    """
    count = 0
    for signs in product((-1.0, 1.0), repeat=len(h) - 1):  # y and -y are realised together
        y = np.array([1.0, *signs])
        found = linprog(np.zeros(h.shape[1]), -y[:, None] * h, -np.ones(len(h)), bounds=(None, None))
        count += 2 * (found.status == 0)
    return count


def no_free_lunch(r: int, N: int) -> float:
    """Least expected error of any learner from N samples of a uniformly random Boolean function of r features.

    Returns:
        (1/2) (1 - 2^-r)^N, attained by memorising.

    Raises:
        ValueError: if r < 1 or N < 0.
    """
    if r < 1 or N < 0:
        raise ValueError(f"r = {r}, N = {N}; allowed: r at least 1, N at least 0")
    return 0.5 * (1 - 2.0**-r) ** N
