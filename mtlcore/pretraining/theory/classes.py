"""All Boolean tasks of r features, and up to symmetry: one from each class.

Two tasks are in one class if permuting features, flipping signs of features and negating the label turns one into the
other. Inputs and first layer are Gaussian, so none of the three changes what training does, up to the names of things.

Source: used in chapter "What one task and random features cannot do".
"""

from itertools import permutations, product

import numpy as np
from jaxtyping import Float, Int


def symmetries(r: int) -> Int[np.ndarray, "symmetry orthant"]:
    """Where each of the r! 2^r signed permutations of the features sends every orthant."""
    bits = np.arange(2**r)[:, None] >> np.arange(r) & 1
    moved = [
        bits[:, order] ^ np.array(flips) for order in permutations(range(r)) for flips in product((0, 1), repeat=r)
    ]
    return np.array([each @ (1 << np.arange(r)) for each in moved])


def functions(r: int) -> Float[np.ndarray, "function orthant"]:
    """Every Boolean function, by its code: bit v is set where the label of orthant v is +1.

    Raises:
        ValueError: if r is outside 1..4; there are 2^(2^r) functions.
    """
    if not 1 <= r <= 4:
        raise ValueError(f"r = {r} features; allowed: 1 to 4")
    return 2.0 * (np.arange(2**2**r)[:, None] >> np.arange(2**r) & 1) - 1


def boolean_classes(r: int) -> Float[np.ndarray, "function orthant"]:
    """The task of the smallest code in each class; bit v of a code is set where the label of orthant v is -1.

    Returns:
        Labels +1 and -1 in float32, the constant task first.

    Raises:
        ValueError: as in `functions`.
    """
    tables = -functions(r)
    orthants, codes = np.arange(2**r), np.arange(len(tables))
    negative = (tables < 0).astype(int)
    smallest = codes
    for moved in symmetries(r):
        code = negative[:, moved] @ (1 << orthants)
        smallest = np.minimum(smallest, np.minimum(code, codes[-1] - code))
    return tables[smallest == codes].astype(np.float32)


def code_of(table: Float[np.ndarray, " orthant"]) -> int:
    """The code of a task: bit v is set where the label of orthant v is -1."""
    return int((np.asarray(table) < 0) @ (1 << np.arange(len(table))))


def support(f: Float[np.ndarray, " subset"]) -> int:
    """The features that a task with these Fourier coefficients depends on, as a subset."""
    return int(np.bitwise_or.reduce(np.flatnonzero(f)))
