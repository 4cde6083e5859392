"""Accidents with the store, by real processes, signals and file systems: nothing lost, nothing half, one clear line."""

import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from forking import Fork, limited
from test_store import TINY

from mtlcore.lab import store

# Gets the record of TINY with the given seed; prints how many blocks it computed and what the store then holds.
PROGRAM = """
import os, sys, time
from dataclasses import replace
from pathlib import Path
sys.path[:0] = ["tests", "tests/lab"]
from test_store import TINY, TaskCount
from mtlcore.lab import disk, store
folder, blocks, block = store.root(), [], TaskCount.block
def counting(self, draws):
    blocks.append(draws.trials)
    {during}
    return block(self, draws)
TaskCount.block = counting
{before}
try:
    store.get(replace(TINY, seed={seed}, trials={trials}))
except OSError as error:
    print(error, file=sys.stderr)
print(len(blocks), *sorted(os.listdir(folder)) if folder.is_dir() else "-")
"""
HOLD = "while not (folder / 'go').exists(): time.sleep(0.01)"
FILL = """
    try:
        (folder / "other").write_bytes(bytes(2**26))
    except OSError:
        pass"""
MOUNTED = ["unshare", "--map-root-user", "--mount", "sh", "-c"]
MAY_MOUNT = subprocess.run([*MOUNTED, "mount -t tmpfs none /mnt"], capture_output=True).returncode == 0
SEED = 5
KEY = store.key(replace(TINY, seed=SEED))


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "store").mkdir()
    return tmp_path / "store"


#: What a process finds in its environment.
SHOWN = {name: value for name, value in os.environ.items() if name not in ("TQDM_DISABLE", "CI")}


@pytest.fixture
def start(folder, tmp_path):
    """Start a process of its own group on the store; its standard error goes to the file `process.log`."""
    started = []

    def run(*command, largest=None):
        log = tmp_path / f"{len(started)}.log"
        log.touch()
        environment = SHOWN | {"MTLCORE_STORE": str(folder)}
        if command[:2] == (sys.executable, "-c"):
            process = Fork(command[2], log.with_suffix(".out"), log, environment, largest)
        else:
            with open(log, "w") as stderr:
                process = subprocess.Popen(
                    command,
                    env=environment,
                    stdout=subprocess.PIPE,
                    stderr=stderr,
                    text=True,
                    start_new_session=True,
                    preexec_fn=lambda: limited(largest),
                    cwd=Path(__file__).parents[2],
                )
        process.log = log
        started.append(process)
        return process

    yield run
    for process in started:
        if not gone(process):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def program(during="pass", before="", seed=SEED, trials=TINY.trials):
    return [sys.executable, "-c", PROGRAM.format(during=during, before=before, seed=seed, trials=trials)]


def until(condition, seconds=180):
    """Wait for a condition."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def waits(process):
    """Whether a process says that it waits for another one."""
    return "another process computes it" in process.log.read_text()


def visible(folder):
    """What the store holds besides the locks."""
    return sorted(path.name for path in folder.iterdir() if path.name != ".locks")


def last_line(process):
    """The result of a `program`: number of blocks that it computed, and the store's content."""
    count, *names = process.communicate(timeout=180)[0].split()
    return int(count), [name for name in names if name != ".locks"]


def training(process):
    """Whether the progress bar has moved."""
    return re.search(r"\| [1-9]\d*/", process.log.read_text())


def gone(process):
    """Whether a process has ended with all its workers."""
    try:
        os.killpg(process.pid, 0)
    except ProcessLookupError:
        return True


TRAINING = [
    sys.executable,
    "-m",
    "mtlcore",
    "run",
    "shared-head",
    "--trials",
    "7",
    "--set",
    "samples=64",
    "--set",
    "T=16",
]


def test_who_wants_the_record_that_another_process_computes_waits_and_reads_it(start, folder):
    first = start(*program(HOLD))
    until(lambda: (folder / f".writing-{KEY}").exists())
    second, third = start(*program()), start(*program())
    until(lambda: waits(second) and waits(third))
    third.send_signal(signal.SIGINT)
    assert third.wait(timeout=120) != 0
    assert not waits(first) and visible(folder) == [f".writing-{KEY}"]
    (folder / "go").touch()
    assert last_line(first) == (1, sorted([KEY, "go"]))
    assert last_line(second) == (0, sorted([KEY, "go"]))


def test_another_record_is_not_waited_for(start, folder):
    first = start(*program(HOLD))
    until(lambda: (folder / f".writing-{KEY}").exists())
    other = store.key(replace(TINY, seed=6))
    assert last_line(start(*program(seed=6))) == (1, sorted([f".writing-{KEY}", other]))
    (folder / "go").touch()
    assert last_line(first) == (1, sorted([KEY, other, "go"]))


def test_who_waits_for_a_process_that_is_killed_computes_itself(start, folder):
    first = start(*program(HOLD))
    until(lambda: (folder / f".writing-{KEY}").exists())
    second = start(*program())
    until(lambda: waits(second))
    first.kill()
    assert last_line(second) == (1, [KEY])


def test_killed_training_blocks_nobody_and_what_it_left_is_cleared_away(start, folder):
    process = start(*TRAINING)
    until(lambda: training(process))
    (left,) = visible(folder)
    assert left.startswith(".writing-shared-head")
    process.kill()  # its worker processes are not told
    assert process.wait() == -signal.SIGKILL and visible(folder) == [left]
    assert last_line(start(*program())) == (1, [KEY])
    until(lambda: gone(process))


def test_blocks_that_were_finished_before_a_kill_are_not_computed_again(start, folder):
    serial = "from mtlcore.lab import machine; machine.cores = lambda: 1"
    second_block = "if len(blocks) == 2: (folder / 'second').touch(); time.sleep(600)"
    process = start(*program(second_block, serial, trials=7))
    until(lambda: (folder / "second").exists())
    process.kill()
    key = store.key(replace(TINY, seed=SEED, trials=7))
    assert process.wait() == -signal.SIGKILL and f".unfinished-{key}" in visible(folder)
    assert last_line(start(*program(before=serial, trials=7))) == (1, sorted([key, "second"]))


def test_ctrl_c_in_training_is_quick_says_one_line_and_keeps_what_was_finished(start, folder):
    assert last_line(start(*program())) == (1, [KEY])
    process = start(*TRAINING)
    until(lambda: training(process))
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to the workers as well
    assert process.wait(timeout=120) == 130
    assert process.log.read_text().splitlines()[-1].startswith("mtlcore: interrupted")
    assert visible(folder) == [KEY]
    store.read(folder / KEY)
    until(lambda: gone(process))


def said(process):
    """The lines that a process wrote besides its progress bar."""
    return [line for line in process.log.read_text().splitlines() if line and "it/s]" not in line]


def refusal(process, folder, reason):
    """Check the one line of a process that was not allowed to write."""
    (line,) = said(process)
    assert KEY in line and str(folder) in line and reason in line and "MTLCORE_STORE" in line


def test_a_store_that_is_no_folder_is_refused_before_computing(start, folder):
    folder.rmdir()
    folder.touch()
    process = start(*program())
    assert last_line(process) == (0, ["-"])
    refusal(process, folder, "Not a directory")


def test_too_little_room_is_refused_before_computing(start, folder):
    process = start(*program(), largest=2**20)
    assert last_line(process) == (0, [])
    refusal(process, folder, "File too large")


def test_a_record_that_does_not_fit_leaves_nothing(start, folder):
    process = start(*program(before="disk.RESERVED = 1"), largest=2**12)
    assert last_line(process) == (1, [])
    refusal(process, folder, "File too large")


def test_the_command_line_ends_with_one_line_and_2(start, folder):
    process = start(*TRAINING, largest=2**20)
    assert process.wait(timeout=180) == 2
    (line,) = process.log.read_text().splitlines()
    assert (
        line.startswith("mtlcore: SharedHead(trials=7")
        and "shared-head-" in line
        and str(folder) in line
        and "File too large" in line
    )


@pytest.mark.skipif(not MAY_MOUNT, reason="this user may not mount a file system")
def test_a_full_disk_is_refused_before_computing(start, folder):
    process = start(*MOUNTED, 'mount -t tmpfs -o size=1m none "$MTLCORE_STORE" && exec "$@"', "sh", *program())
    assert last_line(process) == (0, [])
    refusal(process, folder, "No space left on device")


@pytest.mark.skipif(not MAY_MOUNT, reason="this user may not mount a file system")
def test_a_disk_that_fills_up_during_the_computation_loses_no_result(start, folder):
    process = start(*MOUNTED, 'mount -t tmpfs -o size=24m none "$MTLCORE_STORE" && exec "$@"', "sh", *program(FILL))
    assert last_line(process) == (1, sorted([KEY, "other"]))
    assert said(process) == []


READ_ONLY = {
    "mounted read-only": pytest.param(
        [*MOUNTED, 'mount --bind -o ro "$MTLCORE_STORE" "$MTLCORE_STORE" && exec "$@"', "sh"],
        "Read-only file system",
        marks=pytest.mark.skipif(not MAY_MOUNT, reason="this user may not mount a file system"),
    ),
    "without permission": pytest.param(
        [], "Permission denied", marks=pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
    ),
}


@pytest.mark.parametrize(("wrapper", "reason"), READ_ONLY.values(), ids=READ_ONLY)
def test_a_read_only_store_is_read_and_refuses_the_rest_before_computing(wrapper, reason, start, folder):
    assert last_line(start(*program(seed=6))) == (1, [store.key(replace(TINY, seed=6))])
    folder.chmod(0o555)
    try:
        reader, writer = (start(*wrapper, *program(seed=seed)) for seed in (6, SEED))
        for process in (reader, writer):
            assert last_line(process) == (0, [store.key(replace(TINY, seed=6))])
    finally:
        folder.chmod(0o755)
    assert said(reader) == []
    refusal(writer, folder, reason)
