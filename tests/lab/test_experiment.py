"""An experiment is any frozen data class that computes a block: here one that has nothing of the book's parts."""

import dataclasses
import json
from collections.abc import Mapping
from typing import ClassVar

import numpy as np
import pytest
import torch
import xarray as xr

from mtlcore.lab import experiment as experiments
from mtlcore.lab import machine, progress, store
from mtlcore.lab.draws import Draws
from mtlcore.lab.experiment import Experiment


@dataclasses.dataclass(frozen=True)
class Walk:
    """A record within a configuration."""

    drift: float = 0.0
    start: tuple[int, ...] = (0, 0)


@dataclasses.dataclass(frozen=True, kw_only=True)
class RandomWalks(Experiment):
    """Ends of random walks; no field has a meaning that the foundation could know."""

    cpu_block: ClassVar[int] = 3

    trials: int = 7
    seed: int = 0
    r: int = 40
    T: int = 0
    samples: float = 0.5
    lengths: tuple[int, ...] = (0, 5, 2)
    levels: tuple[float, ...] = ()
    steps: tuple[int, ...] = (0,)
    snapshots: tuple[int, ...] = (9,)
    reflected: bool = False
    walk: Walk = Walk()
    walks: Mapping[str, Walk] = dataclasses.field(default_factory=lambda: {"up": Walk(1.0, (0, -3)), "none": Walk()})
    note: str | None = None

    @property
    def total_steps(self) -> int:
        """Lengths of one block."""
        return len(self.lengths)

    def block(self, draws: Draws) -> xr.Dataset:
        """The ends by (walk, trial, length)."""
        x = draws.normal("steps", max(self.lengths)).double().cpu().numpy()
        ends = np.empty((len(self.walks), len(draws), len(self.lengths)))
        for k, n in enumerate(self.lengths):
            for i, walk in enumerate(self.walks.values()):
                ends[i, :, k] = sum(walk.start) + n * walk.drift + x[:, :n].sum(1)
            progress.advance()
        axes = ("walk", "trial", "length")
        return xr.Dataset({"end": (axes, ends)}, {"walk": list(self.walks), "length": list(self.lengths)})


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """An empty store, filled by this process alone."""
    monkeypatch.setenv("MTLCORE_STORE", str(tmp_path / "store"))
    monkeypatch.setattr(machine, "cores", lambda: 1)


def test_any_fields_are_accepted_as_they_are():
    default = RandomWalks(device="cpu")
    assert (default.lengths, default.levels, default.r, default.T) == ((0, 5, 2), (), 40, 0)
    assert default.reflected is False and default.walk.start == (0, 0) and default.walks["up"].start == (0, -3)
    changed = RandomWalks(lengths=(1,), reflected=True, walk=Walk(-2.0), walks={}, note="", seed=0, trials=1)
    assert (changed.lengths, changed.reflected, changed.walk.drift, changed.walks) == ((1,), True, -2.0, {})
    assert not hasattr(default, "d") and dataclasses.replace(default) == default


def test_its_trials_are_computed_in_blocks_and_kept():
    experiment = RandomWalks(device="cpu")
    ds = store.get(experiment)
    assert ds.trial.values.tolist() == list(range(7)) and ds.end.shape == (2, 7, 3)
    x = Draws(0, range(7)).normal("steps", 5).double().numpy()
    assert ds.end.sel(walk="none", length=2).values == pytest.approx(x[:, :2].sum(1))
    assert ds.end.sel(walk="up", length=5).values == pytest.approx(2 + x.sum(1))
    xr.testing.assert_identical(store.get(experiment), ds)
    configuration = json.loads(ds.attrs["record"])["configuration"]
    assert configuration["lengths"] == [0, 5, 2] and configuration["walks"]["up"] == {
        "class": "Walk",
        "drift": 1.0,
        "start": [0, -3],
    }
    assert configuration["reflected"] is False and configuration["note"] is None


@pytest.mark.parametrize(
    "change",
    [
        {"lengths": (0, 5, 3)},
        {"reflected": True},
        {"walk": Walk(0.0, (0, 1))},
        {"walks": {"up": Walk()}},
        {"note": "0"},
        {"levels": (0.0,)},
        {"r": 41},
    ],
    ids=lambda change: next(iter(change)),
)
def test_every_field_is_in_the_key(change):
    assert store.key(RandomWalks(**change)) != store.key(RandomWalks())


@pytest.mark.parametrize(
    ("title", "name"),
    [("RandomWalks", "random-walks"), ("Walk", "walk"), ("OneStep2", "one-step2"), ("Top2Of3", "top2-of3")],
)
def test_a_name_is_that_of_the_class(title, name):
    made = dataclasses.make_dataclass(title, [], bases=(RandomWalks,), frozen=True, kw_only=True)
    assert made().name == name


@pytest.mark.parametrize("trials", [1, 2, 3, 6, 7, 40, 41, 100])
@pytest.mark.parametrize(("device", "size"), [("cpu", 3), ("meta", 40)])
def test_blocks_have_a_fixed_size_which_the_class_sets(trials, device, size, monkeypatch):
    monkeypatch.setattr(experiments, "resolve_device", str)
    blocks = RandomWalks(trials=trials, device=device).blocks()
    assert [trial for block in blocks for trial in block] == list(range(trials))
    assert all(len(block) == size for block in blocks[:-1]) and 1 <= len(blocks[-1]) <= size


def test_block_sizes_are_of_the_class_and_no_part_of_a_configuration(monkeypatch):
    class Wide(RandomWalks):
        cpu_block, device_block = 100, 200

    monkeypatch.setattr(experiments, "resolve_device", str)
    assert [len(Wide(trials=250, device=device).blocks()) for device in ("cpu", "meta")] == [3, 2]
    assert (RandomWalks.cpu_block, RandomWalks.device_block, Experiment.cpu_block) == (3, 40, 5)
    assert not {"cpu_block", "device_block"} & store.configuration(RandomWalks()).keys()


def test_an_experiment_that_says_nothing_else_has_one_step_and_no_block():
    assert Experiment(device="cpu").total_steps == 1
    with pytest.raises(NotImplementedError):
        Experiment(device="cpu").block(Draws(0, (0,)))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"trials": 0}, "trials = 0; allowed: .*at least 1"),
        ({"seed": -1}, "seed = -1; allowed: .*at least 0"),
        ({"device": "abacus"}, "'abacus'.*allowed: 'cpu', 'auto'"),
    ],
    ids=lambda x: next(iter(x)) if isinstance(x, dict) else "",
)
def test_impossible_values_are_refused_before_any_work(change, said):
    with pytest.raises(ValueError, match=said):
        RandomWalks(**change)
    with pytest.raises(ValueError, match=said):
        dataclasses.replace(RandomWalks(), **change)


def test_a_configuration_is_frozen_and_its_fields_are_named():
    with pytest.raises(dataclasses.FrozenInstanceError):
        RandomWalks().trials = 3
    with pytest.raises(TypeError):
        RandomWalks(3)


@pytest.mark.parametrize("device", ["meta", "hpu", "privateuseone", "cuda:99", ""])
def test_a_device_that_can_not_compute_here_is_refused(device):
    with pytest.raises(ValueError, match=f"device '{device}' is not available here; allowed: "):
        RandomWalks(device=device)


def test_the_cpu_has_one_name_in_records():
    assert store.key(RandomWalks(device="cpu:0")) == store.key(RandomWalks(device="cpu"))


def test_single_precision_is_no_less_on_any_device():
    torch.set_float32_matmul_precision("high")
    RandomWalks(device="cpu")
    assert machine.precision() == torch.get_float32_matmul_precision() == "highest"


def test_the_facts_of_an_accelerator_are_asked_of_its_driver(monkeypatch):
    told = {"get_device_name": "a card", "mem_get_info": (7, 9), "max_memory_allocated": 5}
    for name, fact in told.items():
        monkeypatch.setattr(torch.cuda, name, lambda device, fact=fact: fact if device == "cuda:1" else None)
    forgotten = []
    monkeypatch.setattr(torch.cuda, "reset_peak_memory_stats", forgotten.append)
    machine.forget_peak("cuda:1")
    facts = machine.device_name("cuda:1"), machine.available_memory("cuda:1"), machine.peak_memory("cuda:1")
    assert facts == ("a card", 7, 5) and forgotten == ["cuda:1"]


def test_the_device_is_the_one_that_torch_has():
    auto = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    assert RandomWalks(device="auto").device == auto
