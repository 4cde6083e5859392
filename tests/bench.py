"""Speed, measured in one process on one thread: `make bench`. No test is timed.

python tests/bench.py            training against the plain loop, draws against the generator of NumPy
python tests/bench.py --all      every way to write the training, the machine's floors, growth in T, d, m and trials
python tests/bench.py --write    the same, kept in book/back/bench.json, which the page about speed reads
python tests/bench.py --book     also the whole book, from an empty store and from a full one (ten minutes)
"""

import datetime
import importlib.metadata
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, replace
from pathlib import Path

import floors
import numpy as np
import torch
from sides import SIDES, Case

from mtlcore.lab import machine
from mtlcore.lab.draws import Draws
from mtlcore.pretraining import tasks
from mtlcore.pretraining.theory import amplification, vectors

ROOT = Path(__file__).resolve().parent.parent
KEPT = ROOT / "book/back/bench.json"
ROUNDS = 5
N = 1024
#: Seconds of a timed run, about.
ENOUGH = 0.15
#: The cases of the table, of the floors, and where growth starts from.
TABLE = [Case(T, N // T, d) for T in (1, 8, 64, 256) for d in (32, 512, 4096)]
LIMIT = [(Case(64, 16, d), False) for d in (32, 512, 4096)]
LIMIT += [(Case(64, 16, 4096), True)] + [(Case(16 + d, 16, d, r=4, trials=2), True) for d in (256, 1024, 4096)]
BASE = Case(1024, 16, 256, trials=2)
GROWTH = {
    "T": (512, 1024, 2048),
    "d": (128, 512, 2048),
    "m": (8, 16, 32, 64),
    "trials": (1, 2, 4),
}
#: Dimensions that only the chain reaches.
BEYOND = (10**4, 10**6)


def per_trial(name: str, case: Case, steps, k: int) -> float:
    """Seconds of one iteration of one trial."""
    return floors.seconds(lambda: steps(k)) / k / (1 if name == "loop" else case.trials)


def enough(steps) -> int:
    """Iterations that take long enough to be timed."""
    steps(2)
    return max(2, min(200, round(ENOUGH / floors.seconds(lambda: steps(2)) * 2)))


def beside(case: Case, names=tuple(SIDES)) -> dict[str, list[float]]:
    """Seconds of an iteration of a trial, side by side: each round runs every side once."""
    runs = {name: SIDES[name](case) for name in names}
    counts = {name: enough(steps) for name, steps in runs.items()}
    rounds = [{name: per_trial(name, case, runs[name], counts[name]) for name in names} for _ in range(ROUNDS)]
    return {name: [one[name] for one in rounds] for name in names}


def ratio(times: dict[str, list[float]], slow: str, fast: str) -> str:
    """Median and range over rounds of the slow side's time over the fast one's."""
    ratios = sorted(a / b for a, b in zip(times[slow], times[fast], strict=True))
    return f"{statistics.median(ratios):6.1f}x  (of {ROUNDS} pairs: {ratios[0]:.1f} to {ratios[-1]:.1f})"


def share(case: Case, chain: bool) -> dict:
    """The floors of an iteration, what the engine takes, and what it takes for a single sample, in seconds."""
    name = "chain" if chain else "full"
    run, alone = (SIDES[name](one) for one in (case, replace(case, T=1, n=1)))
    k = enough(run)
    rounds = [
        {
            "draws": floors.of_draws(case, chain),
            "products": floors.of_products(case, chain),
            "memory": floors.of_memory(case, chain),
            "calls": floors.seconds(lambda: alone(100)) / 100,
            "engine": floors.seconds(lambda: run(k)) / k,
        }
        for _ in range(ROUNDS)
    ]
    counts = {one.__name__: one(case, chain) for one in (floors.numbers, floors.operations, floors.bytes_moved)}
    return {"engine": name, **asdict(case), **counts, "rounds": rounds}


def growth(name: str, axis: str) -> list[dict]:
    """Seconds of an iteration and bytes of a run in a process of its own, along one axis."""
    values = GROWTH[axis] if (name, axis) != ("chain", "d") else (*GROWTH[axis], *BEYOND)
    call = [sys.executable, __file__, "--one", name]
    cases = [replace(BASE, **{axis: value}) for value in values]
    found = [subprocess.run([*call, json.dumps(asdict(c))], check=True, capture_output=True).stdout for c in cases]
    return [{axis: value, **json.loads(one)} for value, one in zip(values, found, strict=True)]


def one(name: str, case: Case) -> dict[str, float]:
    """Seconds of an iteration, and bytes beyond those of a small run."""
    SIDES[name](replace(case, T=2, d=128))(2)
    machine.forget_peak("cpu")
    before, steps = machine.peak_memory("cpu"), SIDES[name](case)
    steps(3)
    return {"bytes": machine.peak_memory("cpu") - before, "seconds": floors.median(lambda: steps(3)) / 3}


def everything() -> dict:
    """All measurements, with the machine and the day."""
    if "jax" not in SIDES:
        print("JAX is not installed: no column for it (pip install jax)", flush=True)
    packages = ("numpy", "torch", *(["jax"] if "jax" in SIDES else []))
    found = {
        "machine": {"processor": machine.processor(), "threads": torch.get_num_threads()},
        "versions": {name: importlib.metadata.version(name) for name in packages},
        "day": datetime.datetime.now(datetime.UTC).date().isoformat(),
    }
    found["sides"] = []
    for case in TABLE:
        found["sides"].append({**asdict(case), "seconds": beside(case)})
        medians = {name: 1e3 * statistics.median(s) for name, s in found["sides"][-1]["seconds"].items()}
        told = "  ".join(f"{name} {ms:.3g}" for name, ms in medians.items())
        print(f"T = {case.T:3}, d = {case.d:4}: ms a step of a trial: {told}", flush=True)
    found["limit"] = [share(case, chain) for case, chain in LIMIT]
    found["growth"] = {name: {axis: growth(name, axis) for axis in GROWTH} for name in ("full", "chain")}
    return found


def normals() -> str:
    """NumPy's float32 normals against the table."""
    generator, draws, size = np.random.default_rng(0), Draws(0, [0]), 2**21
    work = {
        "numpy": lambda: generator.standard_normal(size, dtype=np.float32),
        "table": lambda: draws.normal("x", size),
    }
    return ratio({name: [floors.median(one, 1) for _ in range(ROUNDS)] for name, one in work.items()}, "numpy", "table")


def wall(work) -> float:
    """Wall time of one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def book() -> None:
    """The two commands' work from an empty store and from a full one, with the largest memory of any process."""
    with tempfile.TemporaryDirectory() as folder:
        environment = os.environ | {"MTLCORE_STORE": f"{folder}/store", "TQDM_DISABLE": "1"}
        results = [sys.executable, "-m", "mtlcore", "run", "all"]
        build = [Path(sys.executable).parent / "jupyter-book", "build", "-W", "-n", "--keep-going", "book", "--config"]
        build += ["_config.yml", "--toc", str(ROOT / "_toc.yml"), "--path-output", folder]
        for start in ("an empty", "a full"):
            times = []
            for command in (results, build):
                call = {"cwd": ROOT, "env": environment, "check": True, "stdout": subprocess.DEVNULL}
                times.append(wall(lambda c=command, k=call: subprocess.run(c, **k, stderr=subprocess.DEVNULL)))
            print(
                f"book from {start} store: results {times[0]:.0f} s, build {times[1]:.0f} s on {os.cpu_count()} cores"
            )
            subprocess.run(["rm", "-rf", f"{folder}/_build"], check=True)


def population() -> float:
    """All h_S, gradients and matrices A of 10 000 neurons at r = 4, d = 16, in seconds."""
    W, M, law = np.random.default_rng(0).standard_normal((10_000, 16)), np.eye(4, 16), tasks.uniform(4)
    return min(floors.seconds(lambda: (vectors.gradients(W, M), amplification.matrices_A(W, M, law))) for _ in range(3))


if __name__ == "__main__":
    torch.set_num_threads(1)
    if hasattr(os, "sched_setaffinity") and "--book" not in sys.argv:  # XLA asks the system how many threads to start
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    said = sys.argv[1:]
    if said[:1] == ["--one"]:
        print(json.dumps(one(said[1], Case(**json.loads(said[2])))))
        sys.exit()
    for T in (64, 1):
        times = beside(Case(T, N // T, 32), ("loop", "full"))
        print(f"training, T = {T:2}: plain loop / package   {ratio(times, 'loop', 'full')}", flush=True)
    print(f"draws:            NumPy's normals / table {normals()}", flush=True)
    print(f"exact theory:     h_S, gradients, A of 10 000 neurons {population():.2f} s", flush=True)
    if {"--all", "--write"} & {*said}:
        found = everything()
        if "--write" in said:
            KEPT.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    if "--book" in said:
        book()
