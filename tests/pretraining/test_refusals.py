"""Bad values are refused early, in one line that names the value and what is allowed."""

import jaxtyping
import numpy as np
import pytest
import torch

from mtlcore.lab.draws import Draws
from mtlcore.pretraining import features, tasks, theory
from mtlcore.pretraining.algorithm import Hyper, Model, pretrain
from mtlcore.pretraining.contents import PART
from mtlcore.pretraining.downstream.sample_sizes import SampleSizes
from mtlcore.pretraining.probe import Probe, downstream_neurons, linear_probe
from mtlcore.pretraining.representation.skew import Skew
from mtlcore.pretraining.representation.task_count import TaskCount
from mtlcore.pretraining.steps.one_step import OneStep
from mtlcore.pretraining.steps.sweeps import SampledHeads

ONES = np.ones((2, 4), dtype=np.float32)
M = features.canonical_subspace(3, 2)
W = torch.ones(1, 2, 3)
DRAWS = Draws(0, (0,))


def law(tables, *probs):
    """A law from its parts."""
    return tasks.Law(tables, np.array(probs))


def run(**changes):
    """Start a pretraining."""
    model = Model(T=1, n1=1, n2=1, d=3, m=2)
    tables = {"it": tasks.uniform(2).tables[None, :1]}
    return list(pretrain({"it": model}, tables, M, DRAWS, **({"steps": 1} | changes)))


def probe(m_hat=1, samples=(1,), layer=W):
    """Start a linear probe."""
    return linear_probe(layer, M, torch.from_numpy(tasks.parity_tables(2)), samples, Probe(m_hat), DRAWS)


REFUSED = {
    "no task drawn": (lambda: tasks.uniform(2).sample(0, DRAWS.generators("tasks")[0]), ["T = 0", "at least 1"]),
    "no task in a model": (lambda: Model(T=0, n1=1, n2=1), ["T = 0", "at least 1"]),
    "no task in an experiment": (lambda: TaskCount(T=(4, 0)), ["T = 0", "at least 1"]),
    "no sample for the heads": (lambda: Model(T=1, n1=0, n2=1), ["n1 = 0", "at least 1"]),
    "no sample for the layer": (lambda: Model(T=1, n1=1, n2=0), ["n2 = 0", "at least 1"]),
    "fewer samples than tasks": (lambda: TaskCount(T=(8,), samples=7), ["7", "8 tasks of T = 8", "allowed"]),
    "fewer samples than tasks of the law": (lambda: TaskCount(r=11), ["1024", "2047 tasks of r = 11", "allowed"]),
    "no neuron": (lambda: Model(T=1, n1=1, n2=1, m=0), ["m = 0", "at least 1"]),
    "unknown heads": (lambda: Model(T=1, n1=1, n2=1, heads="two"), ["'two'", "'task'", "'shared'"]),
    "one batch of two sizes": (lambda: Model(T=1, n1=1, n2=2, same_batch=True), ["1 and 2", "n1 = n2"]),
    "negative step": (lambda: Hyper(eta=-0.1), ["eta = -0.1", "at least 0"]),
    "no number": (lambda: Hyper(lam_w=float("nan")), ["lam_w = nan", "finite"]),
    "no number for one trial": (
        lambda: Hyper(lam_a=torch.tensor([0.1, -0.2], dtype=torch.float64).view(2, 1, 1)),
        ["lam_a = -0.2", "at least 0"],
    ),
    "a truth value for a number": (lambda: Hyper(eta=True), ["eta = True", "finite"]),
    "negative steps": (lambda: run(steps=-1), ["steps = -1", "at least 0"]),
    "never recorded": (lambda: run(every=0), ["every = 0", "at least 1"]),
    "more features than inputs": (lambda: features.canonical_subspace(3, 4), ["r = 4", "= 3"]),
    "more random features than inputs": (
        lambda: features.subspace(3, 4, DRAWS.generators("subspace")[0]),
        ["r = 4", "= 3"],
    ),
    "no feature": (lambda: features.canonical_subspace(3, 0), ["r = 0", "allowed: 1 to"]),
    "too many features": (lambda: features.canonical_subspace(40, 13), ["r = 13", "12"]),
    "too many features in an experiment": (lambda: TaskCount(r=13), ["r = 13", "12"]),
    "more features than inputs in an experiment": (lambda: TaskCount(d=3, r=4), ["r = 4", "= 3"]),
    "no trial": (lambda: TaskCount(trials=0), ["trials = 0", "at least 1"]),
    "negative seed": (lambda: TaskCount(seed=-1), ["seed = -1", "at least 0"]),
    "draws of a negative trial": (lambda: Draws(0, (0, -1)), ["trials [0, -1]", "from 0 to"]),
    "snapshot after the end": (
        lambda: SampleSizes(steps=9, snapshots=(5, 10)),
        ["snapshots = (5, 10)", "at most steps = 9"],
    ),
    "no sample in an experiment": (lambda: SampledHeads(n1=(4, 0)), ["n1 = 0", "at least 1"]),
    "unknown pool": (lambda: SampledHeads(pools=("loaded",)), ["'loaded'", "non-empty"]),
    "more features than the smallest dimension": (lambda: OneStep(r=3, d=(64, 2)), ["r = 3", "= 2"]),
    "unknown device": (lambda: TaskCount(device="abacus"), ["'abacus'", "'cpu'", "'auto'"]),
    "absent device": (lambda: TaskCount(device="cuda:99"), ["'cuda:99'", "'cpu'", "'auto'"]),
    "a second CPU": (lambda: TaskCount(device="cpu:7"), ["'cpu:7'", "'cpu'", "'auto'"]),
    "unknown chapter": (lambda: PART.experiments("fig9"), ["'fig9'", "representation, steps"]),
    "unknown law": (lambda: Skew(laws=("uniform", "loaded")), ["'loaded'", "uniform, small sets"]),
    "probabilities that do not sum to one": (lambda: law(ONES, 0.5, 0.6), ["1.1", "summing to 1"]),
    "negative probability": (lambda: law(ONES, -0.5, 1.5), ["-0.5", "non-negative"]),
    "probability missing": (lambda: law(ONES, 1.0), ["1 probabilities", "2 tasks"]),
    "label that is no sign": (lambda: law(2 * ONES, 0.5, 0.5), ["+1", "-1", "allowed"]),
    "three orthants": (lambda: law(ONES[:, :3], 0.5, 0.5), ["3 labels", "power of two"]),
    "inclusion above one": (lambda: tasks.inclusion([0.5, 1.5]), ["1.5", "[0, 1]"]),
    "degree above r": (lambda: tasks.fixed_degree(3, 4), ["k = 4", "r = 3"]),
    "base zero": (lambda: tasks.by_size(3, 0.0), ["base = 0.0", "positive"]),
    "negative exponent": (lambda: tasks.zipf(3, -1.0), ["-1.0", "at least 0"]),
    "incomplete order": (lambda: tasks.zipf(2, 1.0, [1, 2, 2]), ["order", "1 .. 3"]),
    "unknown feature": (lambda: tasks.explicit(2, [(0, 2)]), ["[0, 2]", "0 .. 1"]),
    "weights of another size": (lambda: tasks.parity_law(2, np.ones(3)), ["(3,)", "4 subsets"]),
    "weights that are all zero": (lambda: tasks.parity_law(2, np.zeros(4)), ["non-negative", "positive sum"]),
    "no downstream sample": (lambda: probe(samples=(4, 0)), ["N = 0", "at least 1"]),
    "no downstream neuron": (lambda: probe(m_hat=0), ["m_hat = 0", "at least 1"]),
    "empty first layer": (lambda: downstream_neurons(0 * W, 1), ["all zero", "allowed"]),
    "neuron without direction": (lambda: theory.neuron_gradients(np.zeros(3), M.numpy()), ["= 0", "allowed"]),
}


@pytest.fixture
def shapes_unchecked():
    """Let calls meet the package's own checks, as a user's do."""
    jaxtyping.config.update("jaxtyping_disable", True)
    yield
    jaxtyping.config.update("jaxtyping_disable", False)


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case, shapes_unchecked):
    call, said = REFUSED[case]
    with pytest.raises(ValueError) as refusal:
        call()
    message = str(refusal.value)
    assert "\n" not in message
    assert all(part in message for part in said), message


def test_the_device_of_the_environment_is_checked_too(monkeypatch):
    monkeypatch.setenv("MTLCORE_DEVICE", "abacus")
    with pytest.raises(ValueError, match="'abacus'.*allowed"):
        TaskCount()
    monkeypatch.setenv("MTLCORE_DEVICE", "auto")
    assert TaskCount().device in ("cpu", "cuda", "mps")
