"""The hidden subspace M, the inputs x, and their hidden features v = sign(Mx)."""

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from mtlcore.lab.draws import Draws

# The inputs of a half-step with their orthants.
Half = tuple[Float[Tensor, "trial sample dim"], Int[Tensor, "trial sample"]]


def check_subspace_size(d: int, r: int) -> None:
    """Refuse an impossible pair of dimensions.

    Raises:
        ValueError: unless 1 <= r <= d and r <= 12 (a task is stored as its 2^r labels).
    """
    if not 1 <= r <= min(d, 12):
        raise ValueError(f"r = {r} features in dimension d = {d}; allowed: 1 to min(d, 12) = {min(d, 12)}")


def subspace(d: int, r: int, generator: np.random.Generator) -> Float[Tensor, "feature dim"]:
    """A random M with orthonormal rows: a Gaussian matrix, orthonormalised by QR.

    Raises:
        ValueError: if r is not in 1..min(d, 12).

    Source: the paper's Appendix F.
    """
    check_subspace_size(d, r)
    q, _ = np.linalg.qr(generator.standard_normal((d, r)))
    return torch.from_numpy(np.ascontiguousarray(q.T))


def canonical_subspace(d: int, r: int) -> Float[Tensor, "feature dim"]:
    """M = [I_r, 0]: the first r coordinates.

    Inputs and initial weights are Gaussian, so a rotation that takes a random M to this one changes no
    distribution (tested); every experiment uses it.

    Raises:
        ValueError: if r is not in 1..min(d, 12).

    Source: the choice of the paper's Figure 4, used here for every figure.
    """
    check_subspace_size(d, r)
    return torch.eye(r, d, dtype=torch.float64)


def orthant(x: Float[Tensor, "*batch dim"], M: Float[Tensor, "feature column"]) -> Int[Tensor, "*batch"]:
    """The hidden sign pattern v = sign(Mx) of each input, as an integer.

    Args:
        M: may lack its last columns, if they are zero (`narrow`).

    Returns:
        Codes in 0 .. 2^r - 1; bit j is set where (Mx)_j > 0.

    Source: the label model of the paper's Section 2.
    """
    z = M.to(x) @ x[..., : M.shape[1]].mT  # samples lie innermost: what follows runs along them
    powers = 2 ** torch.arange(len(M), dtype=torch.int16, device=x.device)
    return ((z > 0) * powers[:, None]).sum(-2, dtype=torch.int16).long()


def narrow(M: Float[Tensor, "feature dim"]) -> Float[Tensor, "feature column"]:
    """M without the columns after its last entry that is not zero: what labels depend on."""
    return M[:, : int(M.any(0).nonzero().max()) + 1]


def gaussian(numbers: Float[Tensor, "*batch dim"]) -> Float[Tensor, "*batch dim"]:
    """Inputs x ~ N(0, I_d): standard normal numbers as they are drawn.

    Source: the paper's Section 2.
    """
    return numbers


def halves(x: Float[Tensor, "trial 2 sample dim"], M: Float[Tensor, "feature column"]) -> tuple[Half, Half]:
    """The inputs of the two halves of an iteration, each with their orthants.

    Returns:
        ((x, codes), (x', codes')).
    """
    codes = orthant(x, M)
    return (x[:, 0], codes[:, 0]), (x[:, 1], codes[:, 1])


def batches(samples: int, M: Float[Tensor, "feature dim"], draws: Draws, iteration: int) -> tuple[Half, Half]:
    """The two independent batches of an iteration, Gaussian inputs each with their orthants.

    Args:
        samples: inputs in each batch, >= 1.
        iteration: which one; distinct iterations share no numbers.

    Returns:
        ((x, codes), (x', codes')), x of shape (trial, samples, d).

    Source: fresh samples in every step are our reading (chapter "Deviations").
    """
    return halves(draws.normal("inputs", 2, samples, M.shape[1], turn=iteration), M)
