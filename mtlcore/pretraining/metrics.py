"""How close the rows of W are to the hidden subspace."""

import torch
from jaxtyping import Float
from torch import Tensor


def top_subspace(W: Float[Tensor, "*batch neuron dim"], r: int) -> Float[Tensor, "*batch rank dim"]:
    """Orthonormal basis of the span of the leading right singular vectors of W, min(r, m, d) of them.

    Source: the representation learning error of the paper's Figures 1 and 2.
    """
    return torch.linalg.svd(W.double(), full_matrices=False).Vh[..., :r, :]


def principal_sines(
    V: Float[Tensor, "*batch rank dim"], M: Float[Tensor, "*batch2 feature dim"]
) -> Float[Tensor, "*batch feature"]:
    """Sines of the principal angles between row(M) and row(V), largest first.

    Computed from the part of M outside row(V), which keeps small angles accurate [Björck and Golub, 1973].

    Source: Björck and Golub (1973).
    """
    M = M.to(V)
    outside = M - (M @ V.mT) @ V
    return torch.linalg.svdvals(outside).clamp(max=1.0)


def subspace_error(
    W: Float[Tensor, "*batch neuron dim"], M: Float[Tensor, "*batch2 feature dim"]
) -> Float[Tensor, "*batch"]:
    """Representation learning error: sine of the largest principal angle between W's leading row space and row(M).

    Returns:
        0 when the top-r right singular space of W is row(M), 1 when some direction of row(M) is missed altogether
        (always so when m < r).

    Source: Figures 1 and 2 of the paper (their exact metric is not known; this is our reading).
    """
    return principal_sines(top_subspace(W, M.shape[-2]), M)[..., 0]


def split_norms(
    W: Float[Tensor, "*batch neuron dim"], M: Float[Tensor, "feature dim"]
) -> tuple[Float[Tensor, "*batch neuron"], Float[Tensor, "*batch neuron"]]:
    """Each neuron's length inside row(M) and outside it, (|p|, q).

    Source: Figure 5 (center and right) of the paper.
    """
    W, M = W.double(), M.double()
    p = W @ M.T
    return p.norm(dim=-1), (W - p @ M).norm(dim=-1)


def energy_share(W: Float[Tensor, "*batch neuron dim"], M: Float[Tensor, "feature dim"]) -> Float[Tensor, "*batch"]:
    """|W M^T|^2 / |W|^2: the share of the first layer's energy that lies in row(M), r/d for a random layer.

    Source: "the weights concentrate their energy in the space of the features", from the summary of the paper.
    """
    inside, outside = (length.square().sum(-1) for length in split_norms(W, M))
    return inside / (inside + outside)


def block_energy(A: Float[Tensor, "*batch dim dim"], r: int) -> Float[Tensor, "*batch"]:
    """Share of the squared entries of A that lies in its leading r-by-r block.

    Args:
        A: matrices in coordinates where M = [I_r, 0].

    Source: the caption of the paper's Figure 4.
    """
    A = A.double()
    return A[..., :r, :r].square().sum((-2, -1)) / A.square().sum((-2, -1))
