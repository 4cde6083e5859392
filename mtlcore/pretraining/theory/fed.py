"""Which directions of row(M) the exact step on one task feeds, by a rule on Fourier coefficients and by computing them.

At bias zero a neuron sees singletons and even sets only. Each feature of an even set in the task is fed by itself; what
is left feeds one direction in common, (f_j) over the features in no even set. All other directions of row(M) get the
factor of w_perp.

Source: derived in chapter "What one task and random features cannot do".
"""

import numpy as np
from jaxtyping import Float

from mtlcore.pretraining import tasks
from mtlcore.pretraining.theory import single

#: A singular value below this share of the largest is a rounding error, and a field below it nothing.
ROUNDING = 1e-10


def fed_rank(f: Float[np.ndarray, " subset"]) -> int:
    """Number of directions of row(M) that the exact step feeds at bias zero.

    Returns:
        The number of features in even sets S with f_S != 0, and one more if a feature in none of them has f_j != 0.
    """
    r = int(len(f)).bit_length() - 1
    members = np.arange(2**r)[:, None] >> np.arange(r) & 1 == 1
    even = (tasks.sizes(r) % 2 == 0) & (f != 0)
    paired = members[even].any(0)
    alone = (f[1 << np.arange(r)] != 0) & ~paired
    return int(paired.sum()) + int(alone.any())


def field_rank(
    p: Float[np.ndarray, "neuron feature"],
    q: Float[np.ndarray, " neuron"],
    f: Float[np.ndarray, " subset"],
    b: float = 0.0,
) -> int:
    """The same number, as the rank of what the step adds inside row(M) to these neurons, all of one bias."""
    along, _ = single.field(p, q, f, b)
    values = np.linalg.svd(along, compute_uv=False)
    return int((values > ROUNDING * max(values[0], ROUNDING)).sum())
