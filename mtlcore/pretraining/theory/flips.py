"""Labels that are turned at random: what a head step and a representation step make of them.

Source: derived in chapter "How far the message carries".
"""

import numpy as np
from jaxtyping import Float

from mtlcore.pretraining import tasks
from mtlcore.pretraining.theory.sampled_step import tangent


def kept(flip: float) -> float:
    """1 - 2 flip: what is left of every correlation h_f.

    Raises:
        ValueError: if flip is outside [0, 1].
    """
    if not 0 <= flip <= 1:
        raise ValueError(f"flip = {flip}; allowed: a probability")
    return 1 - 2 * flip


def one_sided(law: tasks.Law, up: float, down: float) -> Float[np.ndarray, "subset subset"]:
    """The kernel when a label -1 is turned with probability up and a label +1 with probability down.

    On average a label is (1 - up - down) f + (up - down): every task gains the same constant.

    Raises:
        ValueError: if a probability is outside [0, 1].
    """
    if not (0 <= up <= 1 and 0 <= down <= 1):
        raise ValueError(f"up = {up}, down = {down}; allowed: probabilities")
    f = (1 - up - down) * tasks.fourier(law.tables)
    f[:, 0] += up - down
    return f.T @ (law.probs[:, None] * f)


def noise_to_signal(d: int, n: int, flip: float) -> float:
    """The error of one step on the non-empty parities, n samples each, while it is small and m is large.

    Returns:
        That of right labels, `sampled_step.tangent` at a worth of n / d, over 1 - 2 flip; n1 = n2 = n far above 2^r.

    Raises:
        ValueError: if flip is 1/2 or outside [0, 1].
    """
    if kept(flip) == 0:
        raise ValueError("flip = 1/2 leaves no signal; allowed: another probability")
    return float(tangent(np.array([n / d]))[0] / abs(kept(flip)))
