"""A sweep on a real Dask scheduler with workers in processes of their own, one of which is killed in the middle."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import xarray as xr

from mtlcore.lab import store, sweep
from mtlcore.lab.cluster import cluster_pool, different, expected

ROOT = Path(__file__).parents[2]
#: An experiment of a user's, in a file that no worker can import; its blocks end when they may.
MODULE = """
import dataclasses, os, time
from pathlib import Path
import xarray as xr
from mtlcore.lab import progress
from mtlcore.lab.experiment import Experiment

@dataclasses.dataclass(frozen=True, kw_only=True)
class Held(Experiment):
    scale: float = 1.0
    trials: int = 10
    folder: str = ""

    def block(self, draws):
        (Path(self.folder) / f"{os.getpid()}").touch()
        while not (Path(self.folder) / "go").exists():
            time.sleep(0.01)
        progress.advance()
        if self.scale == 3:
            raise ArithmeticError("no end")
        return xr.Dataset({"x": ("trial", self.scale * draws.normal("x", 3).double().sum(1).numpy())})
"""


def until(condition, seconds=120):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.fixture(scope="module")
def processes():
    """A scheduler and two workers, ended by their ids."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MTLCORE_")}
    environment |= {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    started = []

    def start(*arguments):
        command = [sys.executable, "-m", "distributed.cli.dask_" + arguments[0], *arguments[1:], "--no-dashboard"]
        started.append(subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True))
        return started[-1]

    scheduler = start("scheduler", "--host", "127.0.0.1", "--port", "0")
    address = next(line for line in scheduler.stderr if "Scheduler at:" in line).split()[-1]
    workers = [start("worker", address, "--nthreads", "1", "--no-nanny") for _ in range(2)]
    yield address, {worker.pid: worker for worker in workers}
    for process in started:
        process.kill()
        process.communicate()


@pytest.fixture
def held(tmp_path, monkeypatch):
    """The user's experiment, and a store of its own."""
    (tmp_path / "held.py").write_text(MODULE)
    (tmp_path / "workers").mkdir()
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("MTLCORE_STORE", str(tmp_path / "store"))
    import held

    yield held.Held(folder=str(tmp_path / "workers"), device="cpu")
    del sys.modules["held"]


GRID = {"scale": (1.0, 2.0, 3.0, 4.0)}


def test_a_killed_worker_loses_its_own_task_and_the_records_are_the_same(processes, held, tmp_path, monkeypatch):
    address, workers = processes
    folder = Path(held.folder)

    class Killing(sweep.ThreadPoolExecutor):
        """Kills a worker as soon as both are at work."""

        def submit(self, *arguments):
            future = super().submit(*arguments)
            if not (folder / "go").exists() and len(list(folder.iterdir())) == 0:
                until(lambda: len(list(folder.iterdir())) == 2)
                os.kill(int(next(folder.iterdir()).name), signal.SIGKILL)
                (folder / "go").touch()
            return future

    with monkeypatch.context() as patched:
        patched.setattr(sweep, "ThreadPoolExecutor", Killing)
        failed = sweep.compute(held, GRID, lambda experiments: cluster_pool(address, experiments))
    assert [worker.poll() for worker in workers.values()].count(-signal.SIGKILL) == 1
    assert len(failed) == 1 and failed[0].startswith("scale = 3.0: ArithmeticError: no end in trials ")
    there = sweep.collect(held, GRID)
    monkeypatch.setenv("MTLCORE_STORE", str(tmp_path / "here"))
    monkeypatch.setenv("MTLCORE_JOBS", "1")
    assert sweep.compute(held, GRID) == ["scale = 3.0: ArithmeticError: no end in trials 0 to 4 of held"]
    xr.testing.assert_identical(there, sweep.collect(held, GRID))
    assert there.x.isel(scale=0).notnull().all() and there.x.isel(scale=2).isnull().all()


def test_a_worker_with_other_code_or_versions_is_refused_with_the_reason(processes, held, monkeypatch):
    wanted = expected(held)
    assert different(wanted) == "" and "held" not in wanted["source"]
    wanted["source"]["mtlcore.lab.draws"] = "0" * 16
    wanted["versions"]["torch"] = "1.0"
    assert "mtlcore.lab.draws changed; torch 1.0, now " in different(wanted)
    monkeypatch.setattr("mtlcore.lab.cluster.expected", lambda experiment: wanted)
    with pytest.raises(
        ValueError, match="worker tcp://.* is refused: mtlcore.lab.draws changed; torch 1.0, now .*allo"
    ):
        sweep.compute(held, GRID, lambda experiments: cluster_pool(processes[0], experiments))
    assert not store.root().exists()


def test_no_scheduler_is_said_in_one_line(held, monkeypatch):
    monkeypatch.setattr("mtlcore.lab.cluster.SECONDS", 1)
    with pytest.raises(OSError, match="no Dask scheduler answers at 'tcp://127.0.0.1:9'"):
        sweep.compute(held, GRID, lambda experiments: cluster_pool("tcp://127.0.0.1:9", experiments))
