"""A sweep: the records that single runs would write, no more than are missing, and one data set of all."""

import re
import shlex
import threading
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from test_experiment import RandomWalks

from mtlcore.__main__ import main
from mtlcore.commands.sweep import numbers
from mtlcore.lab import disk, store, sweep
from mtlcore.lab.changed import configured

PAGE = Path(__file__).parents[2] / "book" / "back" / "sweeps.md"
WALKS = RandomWalks(device="cpu")
GRID = {"drift": (0.5, 2.0), "r": (1, 40)}


@pytest.fixture(autouse=True)
def alone(tmp_path, monkeypatch):
    """An empty store, filled by this process alone."""
    monkeypatch.setenv("MTLCORE_STORE", str(tmp_path / "store"))
    monkeypatch.setenv("MTLCORE_JOBS", "1")
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def computed(monkeypatch):
    """What blocks were computed here: drift, r and the first trial of each; an r of 13 fails."""
    seen, block = [], RandomWalks.block

    def watching(self, draws):
        seen.append((self.walk.drift, self.r, draws.trials[0]))
        if self.r == 13:
            raise ArithmeticError("no end\nat all")
        return block(self, draws)

    monkeypatch.setattr(RandomWalks, "block", watching)
    return seen


def single(drift, r):
    return configured(WALKS, {"drift": drift, "r": r})


def test_a_sweep_has_the_records_of_single_runs_by_the_names_of_the_grid(computed):
    ds = sweep.run(WALKS, GRID)
    assert dict(ds.sizes) == {"drift": 2, "r": 2, "walk": 2, "trial": 7, "length": 3} and len(computed) == 4 * 3
    for drift in GRID["drift"]:
        for r in GRID["r"]:
            one, part = single(drift, r), ds.sel(drift=drift, r=r)
            assert part.record.item() == store.key(one)
            xr.testing.assert_identical(
                part.end.drop_vars(["drift", "r"]).drop_attrs(), store.get(one).end.drop_attrs()
            )
    assert not np.array_equal(ds.end.sel(drift=0.5), ds.end.sel(drift=2.0))


def test_what_the_store_has_is_not_computed_again(computed):
    store.get(single(2.0, 1))
    computed.clear()
    assert sweep.compute(WALKS, GRID) == []
    assert {(drift, r) for drift, r, _ in computed} == {(0.5, 1), (0.5, 40), (2.0, 40)}
    computed.clear()
    sweep.run(WALKS, GRID)
    assert computed == []


def test_processes_that_several_records_share_change_no_bit(monkeypatch, tmp_path):
    found = []
    for jobs in ("1", "2"):
        monkeypatch.setenv("MTLCORE_JOBS", jobs)
        monkeypatch.setenv("MTLCORE_STORE", str(tmp_path / jobs))
        found.append(sweep.run(WALKS, {"r": (1, 2, 3)}))
    xr.testing.assert_identical(*found)


def test_what_fails_is_named_and_stops_no_other(computed, capsys):
    ds = sweep.run(WALKS, {"r": (13, 40), "lengths": (2, -1, 3)})
    failed = [line.removeprefix("failed: ") for line in capsys.readouterr().err.splitlines()]
    assert failed[0] == "r = 13, lengths = 2: ArithmeticError: no end in trials 0 to 2 of random-walks"
    assert [line.partition(":")[0] for line in failed] == [
        "r = 13, lengths = 2", "r = 13, lengths = -1", "r = 13, lengths = 3", "r = 40, lengths = -1",
    ]  # fmt: skip
    assert ds.end.isnull().all(["walk", "trial", "length"]).values.tolist() == [[True] * 3, [False, True, False]]
    assert ds.record.sel(r=13).values.tolist() == ["", "", ""]


def test_a_value_that_no_experiment_takes_is_a_combination_that_failed(computed):
    (line,) = sweep.compute(WALKS, {"trials": (0, 7)})
    assert line.startswith("trials = 0: trials = 0; allowed: ") and len(computed) == 3


def test_the_parts_of_a_grid_are_all_of_it_each_once(computed):
    for k in (1, 2, 3):
        assert sweep.compute(WALKS, GRID, part=(k, 3)) == []
    assert len(computed) == len(set(computed)) == 4 * 3
    with pytest.raises(ValueError, match="part 4/3; allowed: 1/3 to 3/3"):
        sweep.compute(WALKS, GRID, part=(4, 3))


def test_what_another_process_computes_is_left_to_it_and_awaited_at_the_end(computed, monkeypatch):
    """The other one holds its lock until all else is computed."""
    folder, free = store.where(single(0.5, 1)), threading.Event()

    def other():
        with disk.locked(folder):
            held.set()
            assert free.wait(60)

    held = threading.Event()
    thread = threading.Thread(target=other)
    thread.start()
    assert held.wait(60)
    get = store.get

    def getting(experiment):
        if store.where(experiment) == folder:
            assert len(computed) == 3 * 3
            free.set()
        return get(experiment)

    monkeypatch.setattr(store, "get", getting)
    assert sweep.compute(WALKS, GRID) == []
    thread.join()
    assert [(drift, r) for drift, r, _ in computed[-3:]] == [(0.5, 1)] * 3


def test_an_interrupted_sweep_ends_and_keeps_what_was_finished(monkeypatch):
    block = RandomWalks.block

    def interrupted(self, draws):
        if self.r == 40:
            raise KeyboardInterrupt
        return block(self, draws)

    monkeypatch.setattr(RandomWalks, "block", interrupted)
    with pytest.raises(KeyboardInterrupt):
        sweep.compute(WALKS, {"r": (1, 40, 2)})
    assert [store.where(configured(WALKS, {"r": r})).is_dir() for r in (1, 40)] == [True, False]


def test_a_plan_says_what_there_is_to_do():
    each = [one for one in sweep.points(WALKS, GRID).values() if isinstance(one, RandomWalks)]
    assert sweep.plan(each) == sweep.Plan(0, 4, None, 0)
    store.get(each[0])
    done = sweep.plan(each)
    assert (done.present, done.missing) == (1, 3) and done.seconds > 0 and done.memory > 2**20


def test_a_plan_scales_the_time_of_earlier_records(monkeypatch):
    monkeypatch.setattr(RandomWalks, "memory", lambda self: 10**12)
    experiments = [single(0.5, r) for r in (1, 2, 3)]
    folder = disk.root() / f"{WALKS.name}-0"
    folder.mkdir(parents=True)
    record = '{"configuration": {"trials": 14, "steps": [0]}, "seconds": 28.0, "memory": 5}'
    (folder / "record.json").write_text(record)
    assert sweep.plan(experiments) == sweep.Plan(0, 3, 2.0 * 7 * 3, 10**12)


@pytest.mark.parametrize(
    ("given", "values"),
    [
        ("0.1:0.4:4", (0.1, 0.2, 0.3, 0.4)),
        ("log:0.001:0.1:3", (0.001, 0.01, 0.1)),
        ("log:16:256:5", (16, 32, 64, 128, 256)),
        ("1,2.5,x", (1, 2.5, "x")),
        ([1, 2], (1, 2)),
        (3, (3,)),
    ],
)
def test_values_are_read_as_they_are_typed(given, values):
    assert numbers("d", given) == values
    assert list(map(type, numbers("d", given))) == list(map(type, values))


SPEC = "experiment: TaskCount\n"
REFUSED = {
    "no count": ("TaskCount --grid d=1:2", "d = '1:2'.*allowed: START:STOP:COUNT or log:START"),
    "log of zero": ("TaskCount --grid eta=log:0:1:3", "log between positive ones"),
    "an unknown name": ("TaskCount --grid foo=1,2", "'foo' is not in TaskCount; allowed: T, d,"),
    "a value twice": ("TaskCount --grid d=16,16", "at least one value, each once"),
    "no grid": ("TaskCount", "allowed: a grid of at least one name"),
    "several experiments": ("representation --grid d=16", "has several experiments; allowed: one of Skew, TaskCount"),
    "no part": ("TaskCount --grid d=16 --part 3/2", "--part 3/2; allowed: K/N with K from 1 to N"),
    "no file": ("other.yaml", "other.yaml"),
    "no YAML": ("broken.yaml", "broken.yaml is no YAML: "),
    "no sweep": ("empty.yaml", "empty.yaml holds no sweep; allowed: experiment, "),
    "another word": ("word.yaml", "word.yaml holds no sweep"),
}


@pytest.mark.parametrize(("arguments", "said"), REFUSED.values(), ids=REFUSED)
def test_the_command_refuses_in_one_line(arguments, said, capsys):
    Path("broken.yaml").write_text("a: [")
    Path("empty.yaml").write_text("")
    Path("word.yaml").write_text(SPEC + "grids: {}\n")
    assert main(["sweep", *shlex.split(arguments)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("mtlcore: ") and re.search(said, line)
    assert not disk.root().exists()


def test_a_failed_combination_is_exit_code_1(capsys):
    arguments = "sweep TaskCount --trials 1 --set steps=1 --set m=4 --grid T=4,2000 --output all.nc"
    assert main(shlex.split(arguments)) == 1
    out, err = capsys.readouterr()
    assert out.startswith("all.nc: T 2, ") and re.fullmatch("failed: T = 2000: samples = 1024 for .*\n", err)
    with xr.open_dataset("all.nc", engine="h5netcdf") as ds:
        assert ds.T.values.tolist() == [4, 2000] and ds.error.isnull().any(["setting", "trial", "iteration"])[1]


def test_the_commands_of_the_page_work(capsys):
    blocks = re.findall(r"```(sh|yaml|python)\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.S)
    (spec,) = (code for kind, code in blocks if kind == "yaml")
    Path("decay.yaml").write_text(spec)
    said = []
    for kind, code in blocks:
        for line in code.splitlines() if kind == "sh" else ():
            if "mtlcore sweep" in line and "--scheduler" not in line:
                line = line.removeprefix("srun ").replace("$SLURM_ARRAY_TASK_ID", "3")
                assert main(shlex.split(line.removeprefix("python -m mtlcore "))) == 0, capsys.readouterr().err
                said.append(capsys.readouterr().out)
    sizes = "lam_w 3, d 2, setting 3, T 2, trial 2, iteration 2"
    assert said[0].startswith("6 records of task-count: 0 in the store, 6 to compute: how long is unknown")
    assert [text.partition(": ")[2] for text in said[1:]] == [f"{sizes}\n", f"{sizes}\n", "", f"{sizes}\n"]
    code = next(code for kind, code in blocks if kind == "python")
    exec(code, {})
    assert "'lam_w': 3, 'd': 2" in capsys.readouterr().out
