"""Worker processes: one that is killed loses its call alone, which is made once more."""

import functools
import os
import signal
import time
from concurrent.futures import CancelledError
from pathlib import Path

import pytest

from mtlcore.lab.workers import InTurn, Processes


def falls(folder, times, on_step):
    """A call in which the process is killed at its second step so many times, and then is not."""
    on_step()
    fallen = len(list(folder.iterdir()))
    if fallen < times:
        (folder / str(fallen)).write_text(str(os.getpid()))
        os.kill(os.getpid(), signal.SIGKILL)
    on_step()
    return os.getpid()


def sleeps(folder, on_step):
    """A call that says that it has begun, and ends when it is let."""
    (folder / "begun").touch()
    while not (folder / "go").exists():
        time.sleep(0.01)
    return os.getpid()


@pytest.fixture
def steps():
    """What a progress bar was told."""
    return []


def test_a_call_in_turn_is_made_at_once_by_this_process(tmp_path, steps):
    assert InTurn().submit("it", functools.partial(falls, tmp_path, 0), steps.append).result() == os.getpid()
    assert steps == [1, 1]


def test_a_killed_worker_is_named_its_call_made_again_and_no_other_disturbed(tmp_path, steps, capfd):
    lost, kept = tmp_path / "lost", tmp_path / "kept"
    lost.mkdir()
    kept.mkdir()
    with Processes(2) as pool:
        other = pool.submit("the other", functools.partial(sleeps, kept), steps.append)
        found = pool.submit("it", functools.partial(falls, lost, 1), steps.append).result()
        assert not other.done() and sum(steps) == 2
        (kept / "go").touch()
        assert other.result() not in (found, os.getpid())
    fallen = (lost / "0").read_text()
    assert f"worker process {fallen} was killed in it; another one computes it again" in capfd.readouterr().err
    assert found not in (int(fallen), os.getpid())


def test_a_call_that_kills_two_workers_is_given_up_in_one_line(tmp_path, steps):
    with Processes(1) as pool, pytest.raises(ChildProcessError, match="was killed in it, and so was process") as raised:
        pool.submit("it", functools.partial(falls, tmp_path, 9), steps.append).result()
    assert all((tmp_path / name).read_text() in str(raised.value) for name in "01") and sum(steps) == 0


def test_a_worker_that_is_killed_while_it_is_idle_is_replaced(tmp_path, steps, capfd):
    call = functools.partial(falls, tmp_path, 0)
    with Processes(1) as pool:
        first = pool.submit("it", call, steps.append).result()
        os.kill(first, signal.SIGKILL)
        while Path(f"/proc/{first}").exists():
            time.sleep(0.01)
        assert pool.submit("it", call, steps.append).result() not in (first, os.getpid())


def test_who_leaves_waits_for_no_call(tmp_path, steps):
    with Processes(1) as pool:
        futures = [pool.submit("it", functools.partial(sleeps, tmp_path), steps.append) for _ in range(2)]
        while not (tmp_path / "begun").exists():
            time.sleep(0.01)
    assert futures[1].cancelled()
    with pytest.raises(CancelledError):
        futures[0].result()
