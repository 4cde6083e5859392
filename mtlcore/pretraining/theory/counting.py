"""Why the number of features grows exponentially in r: labels that few features or few samples can't give."""

from math import comb


def cover(points: int, dimension: int) -> int:
    """Cover's count: labelings of points in general position by homogeneous linear threshold functions.

    Args:
        points: number of points, >= 1.
        dimension: of the features, >= 1.

    Returns:
        2 sum_{k < dimension} C(points - 1, k), at most 2^points.

    Raises:
        ValueError: if a number is below 1.

    Source: derived in chapter "Downstream tasks" (Cover, 1965).
    """
    if points < 1 or dimension < 1:
        raise ValueError(f"{points} points in dimension {dimension}; allowed: at least 1")
    return 2 * sum(comb(points - 1, k) for k in range(min(dimension, points)))


def labelings(r: int, m_hat: int) -> int:
    """The most of the 2^(2^r) Boolean functions that a head on m_hat fixed features realises, one point per orthant.

    Args:
        r: number of features, 1 to 12.
        m_hat: number of neurons, >= 1; no intercept.

    Returns:
        cover(2^r, m_hat): all functions only from m_hat = 2^r on.

    Raises:
        ValueError: if r is outside 1..12 or m_hat < 1.

    Source: derived in chapter "Downstream tasks".
    """
    if not 1 <= r <= 12:
        raise ValueError(f"r = {r} features; allowed: 1 to 12")
    return cover(2**r, m_hat)


def no_free_lunch(r: int, N: int) -> float:
    """Least expected error of any learner from N samples of a uniformly random Boolean function of r features.

    Args:
        r: number of features, >= 1.
        N: number of samples, >= 0.

    Returns:
        (1/2) (1 - 2^-r)^N, attained by memorising.

    Raises:
        ValueError: if r < 1 or N < 0.

    Source: derived in chapter "Downstream tasks".
    """
    if r < 1 or N < 0:
        raise ValueError(f"r = {r}, N = {N}; allowed: r at least 1, N at least 0")
    return 0.5 * (1 - 2.0**-r) ** N


def least_squares_error(r: int, m_hat: int) -> float:
    """Lower bound on the best L2 error of any m_hat features, averaged over the 2^r parities.

    Args:
        r: number of features, >= 1.
        m_hat: number of neurons, >= 0.

    Returns:
        max(0, 1 - m_hat / 2^r).

    Raises:
        ValueError: if r < 1 or m_hat < 0.

    Source: derived in chapter "Downstream tasks".
    """
    if r < 1 or m_hat < 0:
        raise ValueError(f"r = {r}, m_hat = {m_hat}; allowed: r at least 1, m_hat at least 0")
    return max(0.0, 1 - m_hat / 2.0**r)
