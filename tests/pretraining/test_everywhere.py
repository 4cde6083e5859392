"""On every instruction set and thread count: the same draws to the last bit, the same numbers up to rounding."""

import json
import os
import subprocess
import sys

import pytest
from machines import PLAIN, SETTINGS, measure, short

PROGRAM = """
import hashlib, json, torch
from mtlcore.lab.draws import Draws
from mtlcore.pretraining import features, tasks
from mtlcore.pretraining.algorithm import ROBUST, Model, pretrain
from mtlcore.pretraining.configuration import draw_tasks
draws = Draws(5, range(3), dtype=torch.float64)
tables = draw_tasks(tasks.uniform(3), 8, draws)
x, there = (Draws(5, range(3), device).normal("inputs", 1001, 7) for device in ("cpu", "cpu:0"))
assert torch.equal(x, there)  # torch's own bits, as on an accelerator
M = features.canonical_subspace(7, 3)
digest = hashlib.sha256(x.numpy().tobytes() + tables.tobytes() + features.orthant(x, M).numpy().tobytes()).hexdigest()
*_, (_, states) = pretrain({0: Model(8, 5, 5, 7, 4, ROBUST)}, {0: tables}, M, draws, 50, 50)
print(json.dumps([digest, states[0].W.flatten().tolist()]))
"""


def run(**environment):
    """The draws' digest and the trained weights of a process with this environment."""
    call = [sys.executable, "-c", PROGRAM]
    done = subprocess.run(call, env=os.environ | environment, check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def here():
    """What this machine computes by default."""
    return run()


@pytest.mark.parametrize(
    "environment",
    [
        {"ATEN_CPU_CAPABILITY": "default", "MKL_CBWR": "COMPATIBLE", "OMP_NUM_THREADS": "1"},
        {"ATEN_CPU_CAPABILITY": "avx2", "OMP_NUM_THREADS": "2"},
    ],
    ids=["plain instructions, one thread", "avx2, two threads"],
)
def test_draws_are_equal_and_training_agrees(here, environment):
    digest, W = run(**environment)
    assert digest == here[0]
    assert W == pytest.approx(here[1], rel=1e-9, abs=1e-12)  # 50 steps of float64 rounding


#: What differs in every way, on each push, and what differs in one, at night. The first setting is this process's own,
#: with which tests/lab/test_quantities.py compares the same runs.
OTHERS = [
    pytest.param(setting, threads, marks=() if (setting, threads) == (PLAIN, 2) else pytest.mark.nightly)
    for setting, threads in SETTINGS[1:]
]


@pytest.mark.parametrize(("setting", "threads"), OTHERS, ids=str)
def test_the_declared_numbers_of_all_short_runs_stay_within_their_tolerances(setting, threads):
    row = measure(short, sys.executable, setting, threads)
    assert not row["failed"] and row["numbers"] > 100, row
