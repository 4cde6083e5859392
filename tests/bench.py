"""Speed, as ratios measured in one process: `make bench`. No test is timed.

python tests/bench.py            training against the plain loop, draws against the generator of NumPy
python tests/bench.py --book     also the whole book, from an empty store and from a full one (ten minutes)
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
from plain import TwoLayer, train

from mtlcore.lab.draws import Draws
from mtlcore.lab.experiment import Experiment
from mtlcore.pretraining import features, tasks
from mtlcore.pretraining.algorithm import Model, initial_state, pretrain
from mtlcore.pretraining.configuration import draw_tasks
from mtlcore.pretraining.theory import amplification, vectors

PAIRS = 9
d, r, N = 32, 3, 1024


def seconds(work):
    """Wall time of one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def paired(slow, slow_count, fast, fast_count):
    """Median and range over pairs of the slow one's time per item over the fast one's."""
    fast()
    ratios = sorted(seconds(slow) / slow_count / (seconds(fast) / fast_count) for _ in range(PAIRS))
    return f"{statistics.median(ratios):6.1f}x  (of {PAIRS} pairs: {ratios[0]:.1f} to {ratios[-1]:.1f})"


def training(T):
    """The plain loop over trials and tasks against the batched closed form, the same trials on the same draws."""
    trials, M = range(Experiment.cpu_block), features.canonical_subspace(d, r)
    model = Model(T, N // T, N // T, d)
    draws = Draws(0, trials)
    tables = draw_tasks(tasks.uniform(r), T, draws)
    singles = tasks.parity_tables(r)
    subsets = [
        [[j for j in range(r) if np.flatnonzero((singles == row).all(1))[0] >> j & 1] for row in one] for one in tables
    ]
    few, many = 2, 100

    def plain():
        for trial in trials:
            own = Draws(0, [trial])
            state = initial_state(model, own)
            net = TwoLayer(state.W[0], state.b[0], state.a[0])
            for _ in train(model, net, subsets[trial], M.float(), own, few):
                pass

    def batched():
        for _ in pretrain({0: model}, {0: tables}, M, draws, many, every=many):
            pass

    return paired(plain, few, batched, many)


def normals():
    """NumPy's float32 normals against the table."""
    generator, draws, size = np.random.default_rng(0), Draws(0, [0]), 2**21
    return paired(lambda: generator.standard_normal(size, dtype=np.float32), 1, lambda: draws.normal("inputs", size), 1)


def book():
    """The two commands' work from an empty store and from a full one, with the largest memory of any process."""
    root = Path(__file__).resolve().parent.parent
    with tempfile.TemporaryDirectory() as folder:
        environment = os.environ | {"MTLCORE_STORE": f"{folder}/store", "TQDM_DISABLE": "1"}
        results = [sys.executable, "-m", "mtlcore", "run", "all"]
        build = [Path(sys.executable).parent / "jupyter-book", "build", "-W", "-n", "--keep-going", "book", "--config"]
        build += ["_config.yml", "--toc", str(root / "_toc.yml"), "--path-output", folder]
        for start in ("an empty", "a full"):
            times = []
            for command in (results, build):
                call = {"cwd": root, "env": environment, "check": True, "stdout": subprocess.DEVNULL}
                times.append(seconds(lambda c=command, k=call: subprocess.run(c, **k, stderr=subprocess.DEVNULL)))
            print(
                f"book from {start} store: results {times[0]:.0f} s, build {times[1]:.0f} s on {os.cpu_count()} cores"
            )
            subprocess.run(["rm", "-rf", f"{folder}/_build"], check=True)


def population():
    """All h_S, gradients and matrices A of 10 000 neurons at r = 4, d = 16, in seconds."""
    W, M, law = np.random.default_rng(0).standard_normal((10_000, 16)), np.eye(4, 16), tasks.uniform(4)
    return min(seconds(lambda: (vectors.gradients(W, M), amplification.matrices_A(W, M, law))) for _ in range(3))


if __name__ == "__main__":
    torch.set_num_threads(1)
    for T in (64, 1):
        print(f"training, T = {T:2}: plain loop / package   {training(T)}", flush=True)
    print(f"draws:            NumPy's normals / table {normals()}", flush=True)
    print(f"exact theory:     h_S, gradients, A of 10 000 neurons {population():.2f} s", flush=True)
    if "--book" in sys.argv[1:]:
        book()
