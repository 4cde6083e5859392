"""Update rules: how a gradient moves one part of the network.

A rule is a function (parameter, gradient, eta, lam, memory) -> (moved parameter, memory). The gradient is minus that of
the loss without its penalty (lam / 2) |parameter|^2; the memory is what the rule handed back before, at first None.
"""

from collections.abc import Callable
from typing import Any

from jaxtyping import Float
from torch import Tensor

Part = Float[Tensor, "trial *axes"]
#: A value for all trials, or one for each.
Value = float | Float[Tensor, "trial 1 1"]
Rule = Callable[[Part, Part, float, Value, Any], tuple[Part, Any]]


def plain(parameter: Part, gradient: Part, eta: float, lam: Value, memory: Any) -> tuple[Part, Any]:
    """Gradient descent with weight decay: a rule without a memory.

    Returns:
        (moved parameter, the memory that came).

    Source: the paper's algorithm.
    """
    return (1 - eta * lam) * parameter + eta * gradient, memory


def momentum(mu: float = 0.9) -> Rule:
    """Gradient descent with heavy-ball momentum, as `torch.optim.SGD`."""

    def rule(parameter: Part, gradient: Part, eta: float, lam: Value, memory: Any) -> tuple[Part, Any]:
        velocity = gradient - lam * parameter + (0 if memory is None else mu * memory)
        return parameter + eta * velocity, velocity

    return rule


def adam(beta1: float = 0.9, beta2: float = 0.999, epsilon: float = 1e-8) -> Rule:
    """Adam, the penalty in its gradient, as `torch.optim.Adam`.

    Source: Kingma and Ba (2015).
    """

    def rule(parameter: Part, gradient: Part, eta: float, lam: Value, memory: Any) -> tuple[Part, Any]:
        gradient = gradient - lam * parameter
        k, first, second = memory or (0, 0 * parameter, 0 * parameter)
        k, first, second = k + 1, beta1 * first + (1 - beta1) * gradient, beta2 * second + (1 - beta2) * gradient**2
        scale = (second / (1 - beta2**k)).sqrt() + epsilon
        return parameter + eta / (1 - beta1**k) * first / scale, (k, first, second)

    return rule
