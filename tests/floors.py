"""What an iteration cannot do without, and how long this machine takes for that alone."""

import statistics
import time
from collections.abc import Callable

import torch
from sides import Case


def seconds(work: Callable[[], object]) -> float:
    """Processor time of one call; other processes do not count."""
    start = time.process_time()
    work()
    return time.process_time() - start


def median(work: Callable[[], object], repeats: int = 7) -> float:
    """The median of several calls after a first one."""
    work()
    return statistics.median(seconds(work) for _ in range(repeats))


def width(case: Case, chain: bool) -> int:
    """Numbers of one input."""
    return case.r + case.m if chain else case.d


def numbers(case: Case, chain: bool) -> int:
    """Normal numbers of an iteration: the inputs of two half-steps, and half a matrix for what no row reaches."""
    inputs = 2 * case.trials * case.T * case.n * width(case, chain)
    return inputs + chain * case.trials * case.m * (case.m + 1) // 2


def operations(case: Case, chain: bool) -> int:
    """Sums and products of an iteration: two forward passes and a gradient of W; the chain's Gram matrix of factors."""
    N = case.trials * case.T * case.n
    return 2 * N * case.m * (3 * width(case, chain) + chain * case.m)


def bytes_moved(case: Case, chain: bool) -> int:
    """Bytes of an iteration in single precision: inputs written once and read by three products, the numbers before
    the activation written and read in each half, the factors written and read."""
    N = case.trials * case.T * case.n
    return 4 * N * (width(case, chain) * (2 + 3) + case.m * (2 + 2 + 2))


def of_draws(case: Case, chain: bool) -> float:
    """Seconds to draw the inputs."""
    shape = 2, case.T * case.n, width(case, chain)
    return median(lambda: case.draws.normal("inputs", *shape))


def of_products(case: Case, chain: bool) -> float:
    """Seconds for the matrix products alone, on operands that are there."""
    d, N = width(case, chain), case.T * case.n
    x, W = torch.randn(case.trials, N, d), torch.randn(case.trials, case.m, d)
    factors = torch.randn(case.trials, case.m, N)

    def products() -> None:
        W @ x.mT, W @ x.mT, factors @ x
        if chain:
            factors @ factors.mT

    return median(products)


def of_memory(case: Case, chain: bool) -> float:
    """Seconds to move the bytes, at the pace of a copy of the inputs."""
    x = torch.randn(case.trials * case.T * case.n * width(case, chain))
    y = torch.empty_like(x)
    return median(lambda: y.copy_(x)) * bytes_moved(case, chain) / (8 * x.numel())
