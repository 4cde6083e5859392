"""How much of a parity given bias-free ReLU features hold, exactly: arc-cosine Gram matrix and closed h_S.

Source: derived in chapter "What one task and random features cannot do".
"""

import numpy as np
from jaxtyping import Float

from mtlcore.pretraining.theory.fourier import coefficients
from mtlcore.pretraining.theory.vectors import split

#: Singular values of the Gram matrix below this share of the largest are taken for zero.
RANK = 1e-12


def angles(W: Float[np.ndarray, "neuron dim"]) -> Float[np.ndarray, "neuron neuron"]:
    """The angle between every two neurons; both are active with probability (pi - angle) / (2 pi)."""
    unit = W / np.linalg.norm(W, axis=1)[:, None]
    return np.arccos(np.clip(unit @ unit.T, -1, 1))


def gram(W: Float[np.ndarray, "neuron dim"]) -> Float[np.ndarray, "neuron neuron"]:
    """E[relu(w.x) relu(w'.x)] for all pairs of neurons: |w| |w'| (sin t + (pi - t) cos t) / (2 pi), t their angle.

    Source: Cho and Saul (2009).
    """
    length, angle = np.linalg.norm(W, axis=1), angles(W)
    return np.outer(length, length) * (np.sin(angle) + (np.pi - angle) * np.cos(angle)) / (2 * np.pi)


def captured_share(W: Float[np.ndarray, "neuron dim"], M: Float[np.ndarray, "feature dim"], code: int) -> float:
    """|P_V f|^2 for f = chi_S(sign Mx) and V the span of the features relu(w.x): what the best head leaves is 1 - this.

    It is in [0, 1] up to rounding, and 0 for odd |S| >= 3.

    Raises:
        ValueError: if the code is out of range or a neuron is zero.
    """
    if not 0 <= code < 2 ** len(M):
        raise ValueError(f"subset code {code}; allowed: 0 to {2 ** len(M) - 1}")
    h = coefficients(*split(W, M)).h[:, code]
    return float(h @ np.linalg.lstsq(gram(W), h, rcond=RANK)[0])
