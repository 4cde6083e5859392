"""Finitely many tasks and samples: what they leave of beta and of the matrix A.

Each function refuses counts below one.

Source: derived in chapter "The pseudo-contrastive loss".
"""

import numpy as np
from jaxtyping import Float
from scipy.special import comb

from mtlcore.pretraining import tasks


def counts(**numbers: int) -> None:
    """Refuse numbers of tasks or samples below one.

    Raises:
        ValueError: naming the first that is below 1.
    """
    for name, value in numbers.items():
        if value < 1:
            raise ValueError(f"{name} = {value}; allowed: at least 1")


def beta_variance(law: tasks.Law, T: int) -> Float[np.ndarray, "orthant orthant"]:
    """Variance of the empirical beta_T(v, v') of T independent tasks: (1 - beta^2) / T.

    Its sum is E |beta_T - beta|_F^2, which is 2^r (2^r - 1) / T for uniform parities with the empty set.
    """
    counts(T=T)
    return (1 - tasks.beta(law.tables, law.probs) ** 2) / T


def every_singleton_drawn(r: int, T: int, empty: bool = True) -> float:
    """P(all r singletons are among T tasks), uniform parities: sum_j (-1)^j C(r, j) (1 - j/K)^T over K parities."""
    counts(r=r, T=T)
    j = np.arange(r + 1)
    return float(((-1.0) ** j * comb(r, j) * (1 - j / (2**r - (not empty))) ** T).sum())


def same_batch_mean(A: Float[np.ndarray, "dim dim"], n: int) -> Float[np.ndarray, "dim dim"]:
    """E Ahat when both steps see the same n samples: (1 - 1/n) A + I / (2n), with the exact A."""
    counts(n=n)
    return (1 - 1 / n) * A + np.eye(len(A)) / (2 * n)
