"""The chain beside the full simulation: what both measure of the same training, trial by trial."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

import xarray as xr

from mtlcore.lab.draws import Draws
from mtlcore.lab.results import gather
from mtlcore.pretraining import chain, features, metrics, tasks
from mtlcore.pretraining.algorithm import ROBUST, Hyper, Model, pretrain
from mtlcore.pretraining.configuration import Configuration, draw_tasks
from mtlcore.pretraining.downstream.representations import accuracies
from mtlcore.pretraining.network import State
from mtlcore.pretraining.probe import Probe

#: Ways to train in d dimensions, the last of them wrong: (model, r, draws) -> the model that is trained.
SIDES: Mapping[str, Callable[[Model, int, Draws], Model]] = {
    "full": lambda model, r, draws: model,
    "chain": chain.compressed,
    "chain of d + 2": lambda model, r, draws: chain.compressed(replace(model, d=model.d + 2), r, draws),
}


@dataclass(frozen=True, kw_only=True)
class SameLaw(Configuration):
    """One training in the full simulation, by the chain, and by the chain of another dimension, each on its own seed.

    Attributes:
        d: the input dimensions, each more than r + m.
        n: samples per task and half-step.
        N: downstream samples.

    Raises:
        ValueError: where the chain does not hold.

    Source: ours.
    """

    cpu_block: ClassVar[int] = 100

    seed: int = 61
    trials: int = 400
    d: tuple[int, ...] = (10, 24, 96)
    r: int = 2
    m: int = 6
    T: int = 4
    n: int = 8
    steps: int = 60
    hyper: Hyper = replace(ROBUST, eta=0.5, eta_b=0.05, nu_w=0.05)
    N: int = 100

    def __post_init__(self) -> None:
        """Refuse what the chain does not hold for."""
        super().__post_init__()
        for d in self.d:
            chain.check(self.model(d), self.r)

    def model(self, d: int) -> Model:
        """The network in dimension d."""
        return Model(self.T, self.n, self.n, d, self.m, self.hyper)

    @property
    def total_steps(self) -> int:
        """Iterations of one block, and one for each probed first layer."""
        return len(SIDES) * (self.steps + len(self.d))

    def block(self, draws: Draws) -> xr.Dataset:
        """Compute the trials that `draws` is for; those of two sides have nothing in common but their law.

        Returns:
            The numbers of `measured` by (side, d, trial).
        """
        found: dict[tuple[str, int], xr.Dataset] = {}
        for k, (side, changed) in enumerate(SIDES.items()):
            own = replace(draws, seed=draws.seed + k)
            # fault: changed(self.model(d), self.r, own) -> chain.compressed(self.model(d), self.r, own)
            # noticed by pretraining/test_any_dimension.py::test_two_degrees_of_freedom_too_many_are_seen
            models = {d: changed(self.model(d), self.r, own) for d in self.d}
            tables = dict.fromkeys(models, draw_tasks(tasks.uniform(self.r), self.T, own))
            widest = self.subspace(max(model.d for model in models.values()))
            *_, (_, states) = pretrain(models, tables, widest, own, self.steps, self.steps)
            found |= {(side, d): self.measured(state, own) for d, state in states.items()}
        return gather(found, {"side": list(SIDES), "d": self.d})

    def measured(self, state: State, draws: Draws) -> xr.Dataset:
        """What the book measures of a network.

        Returns:
            `error`; the lengths `inside` and `outside` row(M) of all of W; those of all `heads` and of the `bias`;
            `accuracy` downstream, a mean over the non-empty parities; each by trial.
        """
        M = features.canonical_subspace(state.W.shape[2], self.r).to(state.W.device)
        probe = Probe(self.m, steps=200, test_samples=1000)
        lengths = {
            "inside": state.W[..., : self.r].norm(dim=(1, 2)),
            "outside": state.W[..., self.r :].norm(dim=(1, 2)),
            "heads": state.a.norm(dim=(1, 2)),
            "bias": state.b.norm(dim=1),
            "error": metrics.subspace_error(state.W, M),
        }
        found = xr.Dataset({name: ("trial", x.cpu().numpy()) for name, x in lengths.items()})
        probed = accuracies(state.W, self.r, (self.N,), probe, draws)
        return found.assign(accuracy=probed.accuracy.isel(N=0, drop=True).mean("parity"))
