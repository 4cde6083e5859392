"""Records over their life: more trials, an interruption, a base store below, code that has moved on, other formats."""

import dataclasses
import importlib
import json
import re
import shlex
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from click.testing import CliRunner

from mtlcore.__main__ import main
from mtlcore.commands.records import command
from mtlcore.lab import blocks, disk, machine, record, source, store
from mtlcore.lab.experiment import Experiment


@dataclasses.dataclass(frozen=True, kw_only=True)
class Means(Experiment):
    """Means of normal numbers, with an axis of words and a variable that all blocks share."""

    trials: int = 20
    size: int = 3
    fails: int = -1

    def words(self):
        return {"mean": ("mean of the numbers", "1"), "kind": ("sign", "1")}

    def block(self, draws):
        TRIALS.extend(draws.trials)
        if STOP in draws.trials:
            raise KeyboardInterrupt
        x = draws.normal("numbers", self.size).mean(1).numpy()
        return xr.Dataset({"mean": (("kind", "trial"), [x, -x]), "limit": 0.5}, {"kind": ["plus", "minus"]})


TRIALS: list[int] = []
STOP = -1


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """An empty store, filled by this process alone."""
    monkeypatch.setenv("MTLCORE_STORE", str(tmp_path / "store"))
    monkeypatch.setattr(machine, "cores", lambda: 1)
    TRIALS.clear()
    return tmp_path / "store"


def same(ds, other):
    """Two results are the same to the bit, whatever their records say of time and place."""
    xr.testing.assert_identical(ds.drop_attrs(deep=False), other.drop_attrs(deep=False))


def fresh(experiment, monkeypatch, tmp_path):
    """The result computed in another, empty store."""
    with monkeypatch.context() as patch:
        patch.setenv("MTLCORE_STORE", str(tmp_path / "fresh"))
        return store.get(experiment)


@pytest.mark.parametrize(
    ("first", "second", "computed"),
    [(10, 20, range(10, 20)), (20, 10, ()), (20, 15, ()), (7, 12, range(5, 12)), (12, 7, (5, 6)), (3, 10, range(10))],
)
def test_more_trials_compute_what_is_missing_and_fewer_nothing_but_a_broken_block(
    first, second, computed, monkeypatch, tmp_path
):
    store.get(Means(trials=first))
    TRIALS.clear()
    ds = store.get(Means(trials=second))
    assert TRIALS == list(computed)
    same(ds, fresh(Means(trials=second), monkeypatch, tmp_path))


def test_trials_are_taken_from_records_of_the_same_configuration_and_code_alone(folder):
    store.get(Means(trials=10))
    path = folder / store.key(Means(trials=10)) / "record.json"
    kept = json.loads(path.read_text())
    for change in (
        {"source": {}},
        {"versions": {}},
        {"format": 0},
        {"configuration": kept["configuration"] | {"size": 4}},
    ):
        path.write_text(json.dumps(kept | change))
        assert blocks.shared(Means(trials=20)) == {}
    path.write_text(json.dumps(kept))
    assert len(blocks.shared(Means(trials=20))) == 2 and not blocks.shared(Means(trials=20, seed=1))


def stopped(experiment, at, monkeypatch):
    """Interrupt an experiment in the block that has a trial."""
    with monkeypatch.context() as patch:
        patch.setattr(sys.modules[__name__], "STOP", at)
        with pytest.raises(KeyboardInterrupt):
            store.get(experiment)
    TRIALS.clear()


def test_an_interrupted_experiment_goes_on_from_its_finished_blocks(folder, monkeypatch, tmp_path):
    stopped(Means(), 13, monkeypatch)
    assert [path.name for path in folder.glob("[!.]*")] == []
    stopped(Means(), 17, monkeypatch)
    ds = store.get(Means())
    assert TRIALS == list(range(15, 20))
    assert sorted(path.name for path in folder.iterdir()) == [".locks", store.key(Means())]
    same(ds, fresh(Means(), monkeypatch, tmp_path))


def test_a_damaged_block_is_named_and_computed_again(folder, monkeypatch, tmp_path, capsys):
    stopped(Means(), 13, monkeypatch)
    (file,) = (folder / f".unfinished-{store.key(Means())}").glob("1-*.nc")
    file.write_bytes(file.read_bytes()[:-1])
    same(store.get(Means()), fresh(Means(), monkeypatch, tmp_path))
    assert TRIALS[:15] == list(range(5, 20)) and f"damaged block, computing it again: {file}" in capsys.readouterr().err


def test_where_the_disk_refuses_blocks_nothing_is_lost(monkeypatch):
    monkeypatch.setattr(blocks, "unfinished", lambda folder: folder / "missing" / "blocks")
    assert store.get(Means()).sizes["trial"] == 20


def test_a_base_store_is_read_first_and_never_written(folder, monkeypatch, tmp_path):
    store.get(Means(trials=10))
    folder.rename(tmp_path / "base")
    monkeypatch.setenv("MTLCORE_BASE_STORE", str(tmp_path / "base"))
    before = sorted((tmp_path / "base").rglob("*"))
    assert store.where(Means(trials=10)).parent == tmp_path / "base"
    TRIALS.clear()
    store.get(Means(trials=10))
    assert TRIALS == [] and not folder.exists()
    store.get(Means())
    assert TRIALS == list(range(10, 20)) and store.where(Means()).parent == folder
    assert sorted((tmp_path / "base").rglob("*")) == before
    assert set(store.records().folder) == {tmp_path / "base" / store.key(Means(trials=10)), folder / store.key(Means())}
    with pytest.raises(ValueError, match="is in the base store; allowed: records in"):
        store.remove(store.where(Means(trials=10)))


@pytest.mark.parametrize("what", ["file", "dangling link", "empty folder"])
def test_what_stands_in_a_record_s_place_is_cleared_away(what, folder):
    path = folder / store.key(Means())
    folder.mkdir()
    {"file": path.touch, "dangling link": lambda: path.symlink_to("nowhere"), "empty folder": path.mkdir}[what]()
    store.get(Means())
    assert path.is_dir() and not path.is_symlink()


def test_no_lock_stays(folder):
    store.get(Means())
    store.remove(folder / store.key(Means()))
    assert list((folder / ".locks").iterdir()) == []


def test_the_store_is_where_the_environment_says(monkeypatch, tmp_path):
    monkeypatch.setenv("MTLCORE_STORE", "~/store")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert store.root() == tmp_path / "store"
    monkeypatch.setenv("MTLCORE_STORE", "")
    monkeypatch.setattr(source, "PACKAGE", tmp_path / "mtlcore")
    monkeypatch.setenv("XDG_CACHE_HOME", "")
    assert store.root() == tmp_path / ".cache" / "mtlcore"

    def homeless():
        raise RuntimeError

    monkeypatch.setattr(disk.Path, "home", homeless)
    with pytest.raises(ValueError, match="no home folder for the store; allowed: MTLCORE_STORE names a folder"):
        store.root()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert store.root() == tmp_path / "cache" / "mtlcore"


def test_the_file_says_what_it_holds_and_where_it_comes_from(folder):
    store.get(Means(size=4))
    path = folder / store.key(Means(size=4))
    kept = json.loads((path / "record.json").read_text())
    with xr.open_dataset(path / "data.nc", engine="h5netcdf") as ds:
        assert ds["mean"].attrs == {"long_name": "mean of the numbers", "units": "1"}
        assert ds["trial"].attrs["long_name"] == "independent repetition" and ds["kind"].attrs["long_name"] == "sign"
        assert json.loads(ds.attrs["configuration"])["size"] == 4 and ds.attrs["title"] == "means"
        for name in ("source", "versions", "hardware"):
            assert json.loads(ds.attrs[name]) == kept[name]
        assert str(Path(__file__).parent) in str(kept["files"]) and str(Path(__file__).parent) not in str(ds.attrs)
        assert ds.attrs["seconds"] == kept["seconds"] and ds.attrs["computed"] == kept["computed"]


MINE = "import dataclasses, xarray as xr\nfrom mtlcore.lab.experiment import Experiment\n" + "\n".join(
    ["@dataclasses.dataclass(frozen=True, kw_only=True)", "class Mine(Experiment):", "    def block(self, draws):"]
    + ["        return xr.Dataset({'x': ('trial', draws.normal('numbers', 1)[:, 0].numpy())})\n"]
)


@pytest.fixture
def mine(tmp_path, monkeypatch):
    """The file of a user's experiment, whose record is in the store."""
    (tmp_path / "mine_of_records.py").write_text(MINE)
    monkeypatch.syspath_prepend(tmp_path)
    store.get(importlib.import_module("mine_of_records").Mine(trials=2))
    yield tmp_path / "mine_of_records.py"
    del sys.modules["mine_of_records"]


def state():
    (row,) = store.records().itertuples()
    return row.state, row.why


def test_a_record_is_stale_when_its_code_versions_or_format_have_changed_and_says_which(mine, monkeypatch):
    assert state() == ("current", "")
    mine.write_text(MINE + "# a remark\n")
    assert state() == ("current", "")
    mine.write_text(MINE + "x = 1\n")
    assert state() == ("stale", "mine_of_records changed")
    mine.write_text(MINE)
    now = source.version_now
    for package, word in (("numpy", "numpy .*, now 0"), ("python", "python .*, now 0")):
        monkeypatch.setattr(source, "version_now", lambda name, package=package: "0" if name == package else now(name))
        assert state()[0] == "stale" and re.fullmatch(word, state()[1])
    monkeypatch.setattr(source, "version_now", now)
    monkeypatch.setattr(record, "FORMAT", 99)
    assert state() == ("stale", "format 4, now 99")


def test_a_record_whose_class_is_gone_is_of_unknown_code(mine, monkeypatch):
    mine.unlink()
    monkeypatch.setattr(source, "module_spec", lambda name: None)  # nor is it anywhere else
    assert state() == ("unknown code", "mine_of_records is gone")


def test_the_table_of_records(folder, monkeypatch):
    stopped(Means(), 13, monkeypatch)
    store.get(Means(trials=3))
    (folder / store.key(Means(trials=3)) / "x").write_bytes(bytes(1000))
    (folder / "broken-0").mkdir()
    table = store.records().set_index("key")
    assert table.state.to_dict() == {
        store.key(Means()): "unfinished", store.key(Means(trials=3)): "current", "broken-0": "damaged",
    }  # fmt: skip
    row = table.loc[store.key(Means(trials=3))]
    assert (row["name"], row.trials) == ("means", 3) and row.bytes > 1000 and row.seconds >= 0
    assert abs(pd.Timestamp.now("UTC") - row.computed) < pd.Timedelta("1h")
    assert table.why[store.key(Means())] == "2 blocks are kept"


def run(*words):
    """The command's exit code and what it printed; an error as the one line that `mtlcore` prints."""
    result = CliRunner().invoke(command, words)
    if result.exception and not isinstance(result.exception, ValueError):
        raise result.exception
    return result.exit_code, result.output or str(result.exception)


def test_the_command_lists_and_shows(mine, monkeypatch):
    store.get(Means())
    code, said = run()
    assert code == 0 and len(said.splitlines()) == 3
    assert re.search(rf"^{store.key(Means())} +20 trials +\d+ s +[\d.]+kB  current$", said, re.M)
    assert "2 records take" in said and str(store.root()) in said and "stale" not in said
    mine.write_text(MINE + "x = 1\n")
    assert re.search(r"mine-.*stale: mine_of_records changed$.*1 of them, .* stale", run()[1], re.M | re.S)
    code, said = run("show", "mean")
    assert code == 0 and '"size": 3' in said and "float32 mean(kind, trial)" in said and '"sha256"' in said
    assert run("show", "x")[1].startswith("record 'x': 0 have this name; allowed: ")


def test_the_command_removes_what_is_stale(mine, folder):
    store.get(Means())
    mine.write_text(MINE + "x = 1\n")
    for words, left in ((["--stale", "--dry-run"], 2), (["--stale"], 1), (["--stale"], 1), (["means"], 0)):
        code, said = run("remove", *words)
        assert code == 0 and "records" in said and len(store.records()) == left, said
    assert "allowed: names, or --stale" in run("remove")[1]


@pytest.mark.parametrize("ending", ["csv", "parquet", "nc"])
def test_the_command_exports(ending, tmp_path):
    ds, file = store.get(Means()), tmp_path / f"means.{ending}"
    assert run("export", "means", str(file)) == (0, f"{file}\n")
    if ending == "nc":
        back = xr.open_dataset(file, engine="h5netcdf")["mean"]
    else:
        table = pd.read_csv(file) if ending == "csv" else pd.read_parquet(file)
        assert len(table) == 41
        back = table[table.variable == "mean"].set_index(["kind", "trial"])["value"].to_xarray()
    assert np.array_equal(back.reindex_like(ds["mean"]).astype("float32"), ds["mean"])


def test_the_command_refuses_another_format(tmp_path):
    store.get(Means())
    assert "allowed: a file that ends in .csv, .parquet or .nc" in run("export", "means", str(tmp_path / "x.xls"))[1]


def test_the_commands_of_the_page_work_in_their_order(monkeypatch, tmp_path, capsys):
    text = (Path(__file__).parents[2] / "book" / "back" / "records.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```(sh|python)\n(.*?)```", text, re.S)
    monkeypatch.chdir(tmp_path)
    for kind, code in blocks:
        if kind == "python":
            exec(code, {})
            continue
        for line in code.replace("steps=50", "steps=2 --set every=1 --set d=6 --set T=4 --set n=2").splitlines():
            assert main(shlex.split(line.removeprefix("python -m mtlcore "))) == 0, capsys.readouterr().err
    assert (tmp_path / "skew.csv").is_file() and store.records().trials.tolist() == [10, 5]
