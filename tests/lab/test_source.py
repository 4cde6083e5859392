"""A record's key sees the code of whoever wrote the experiment: changed code is another key, a changed word is none."""

import dataclasses
import functools
import importlib
import linecache
import os
import sys
import types

import numpy as np
import pytest
import torch

from mtlcore.lab import machine, record, source, store
from mtlcore.lab.experiment import Experiment

FILES = {
    "mine.py": """
import dataclasses
import numpy as np
import xarray as xr
from base_of_mine import Base
import parcel_of_mine.deep.numbers as n

@dataclasses.dataclass(frozen=True, kw_only=True)
class Mine(Base):
    def block(self, draws):
        '''What it computes.'''
        from helper_of_mine import factor  # within a function
        x = factor * n.shift + draws.normal("numbers", 3).mean(1).numpy()
        return xr.Dataset({"x": ("trial", x)})
""",
    "base_of_mine.py": """
import dataclasses
from mtlcore.lab.experiment import Experiment

@dataclasses.dataclass(frozen=True, kw_only=True)
class Base(Experiment):
    size: int = 3
""",
    "helper_of_mine.py": "factor = 2\n",
    "parcel_of_mine/__init__.py": "",
    "parcel_of_mine/deep/__init__.py": "",
    "parcel_of_mine/deep/numbers.py": "from ..beside import shift\n",
    "parcel_of_mine/beside.py": "shift = 1\n",
}


@pytest.fixture
def mine(tmp_path, monkeypatch):
    """A project of a user's; makes its experiment."""
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("MTLCORE_STORE", str(tmp_path / "store"))
    yield lambda: importlib.import_module("mine").Mine(trials=3, device="cpu")
    for name in [name for name in sys.modules if name.partition(".")[0].removesuffix("_of_mine") != name]:
        if "_of_mine" in name:
            del sys.modules[name]
    sys.modules.pop("mine", None)


@pytest.mark.parametrize("file", FILES)
def test_each_file_of_a_user_s_project_is_in_the_key_and_its_words_are_not(file, mine, tmp_path):
    before, path = store.key(mine()), tmp_path / file
    text = path.read_text()
    path.write_text(
        "'''About this file.'''\n" + text.replace("What it computes", "What this computes") + "# a remark\n"
    )
    assert store.key(mine()) == before
    path.write_text(text + "CONSTANT = 1\n")
    assert store.key(mine()) != before


def test_a_project_that_was_not_loaded_is_not_run_for_the_sake_of_a_key(mine, tmp_path):
    (tmp_path / "mine.py").write_text(FILES["mine.py"].replace("from helper_of_mine", "from loud_of_mine.x"))
    (tmp_path / "loud_of_mine").mkdir()
    (tmp_path / "loud_of_mine/__init__.py").write_text("raise SystemExit\n")
    (tmp_path / "loud_of_mine/x.py").write_text("factor = 2\n")
    assert {"loud_of_mine", "loud_of_mine.x"} <= source.sources(mine()).code.keys()


def test_code_that_was_changed_after_it_was_loaded_is_not_computed_under_the_new_key(mine, tmp_path):
    store.get(mine())
    (tmp_path / "helper_of_mine.py").write_text("factor = 30\n")
    with pytest.raises(ValueError, match="helper_of_mine was changed after it was loaded; allowed: load it again"):
        store.get(mine())
    importlib.reload(sys.modules["helper_of_mine"])
    assert store.get(mine()).x.mean() > 25


def test_idle_workers_do_not_compute_with_what_they_loaded_before(mine, tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}{os.pathsep}{os.environ.get('PYTHONPATH', '')}")
    monkeypatch.setattr(machine, "cores", lambda: 2)
    store.get(dataclasses.replace(mine(), trials=10))
    (tmp_path / "helper_of_mine.py").write_text("factor = 30\n")
    assert store.get(dataclasses.replace(mine(), trials=10)).x.mean() > 25


def test_what_was_loaded_before_its_class_was_written_anew_is_refused(mine):
    old = mine()
    importlib.reload(sys.modules["mine"])
    with pytest.raises(ValueError, match="Mine is defined in mine, where its code can't be found; allowed: at the top"):
        store.key(old)


CELL = """
scale = 2.0

def twice(x):
    return scale * x

@dataclasses.dataclass(frozen=True, kw_only=True)
class Typed(Experiment):
    def block(self, draws):
        scratch = draws.normal("numbers", 3)
        return xr.Dataset({"x": ("trial", twice(scratch.mean(1).numpy()))})
"""


@pytest.fixture
def run_cell(monkeypatch):
    """What a notebook does with a cell: runs it in its namespace, and keeps its text."""
    notebook = types.ModuleType("__main__")
    monkeypatch.setitem(sys.modules, "__main__", notebook)
    vars(notebook).update(scratch=object(), Experiment=Experiment)
    count = iter(range(100))

    def run(text):
        name = f"<cell {next(count)}>"
        linecache.cache[name] = (len(text), None, text.splitlines(True), name)
        exec(compile(text, name, "exec"), vars(notebook))
        return notebook

    run("import dataclasses\nimport xarray as xr\n")
    return run


def test_a_class_of_a_notebook_is_in_the_key_with_what_it_names(run_cell):
    before = store.key(run_cell(CELL).Typed(device="cpu"))
    for same in (
        "other = 3",
        CELL.replace("    return scale * x", "    '''A word.'''\n    return scale * x  # a remark"),
    ):
        assert store.key(run_cell(same).Typed(device="cpu")) == before
    keys = {store.key(run_cell(CELL.replace(*one)).Typed(device="cpu")) for one in (("2.0", "3.0"), ("* x", "+ x"))}
    assert len(keys | {before}) == 3
    assert store.key(run_cell("scale = 5").Typed(device="cpu")) not in keys | {before}
    assert {"numpy", "xarray"} & source.sources(run_cell("").Typed(device="cpu")).installed


def test_whether_a_record_of_a_notebook_still_holds_is_not_known(run_cell):
    begun = record.begun(run_cell(CELL).Typed(device="cpu"))
    assert record.judged(begun) == ("unknown code", "__main__.Typed is gone")


def test_a_name_in_a_module_is_no_module_beside_it(mine, tmp_path):
    (tmp_path / "factor.py").write_text("x = 1\n")
    assert {name for name in source.sources(mine()).code if "factor" in name} == set()


def test_a_class_of_a_notebook_that_names_what_no_key_can_hold_is_refused(run_cell):
    with pytest.raises(ValueError, match="scale = <object.*; allowed: numbers, texts"):
        store.key(run_cell(CELL.replace("2.0", "object()")).Typed(device="cpu"))


def test_a_class_whose_text_nobody_kept_is_refused(run_cell):
    notebook = run_cell(CELL)
    linecache.cache.clear()
    with pytest.raises(
        ValueError, match="Typed is defined in __main__, where its code can't be found; allowed: at the"
    ):
        store.key(notebook.Typed(device="cpu"))


def double(x):
    return 2 * x


def treble(x):
    return 3 * x


@dataclasses.dataclass(frozen=True)
class Flip:
    rate: float = 0.1


@dataclasses.dataclass(frozen=True)
class Keep:
    rate: float = 0.1


@dataclasses.dataclass(frozen=True, kw_only=True)
class Holds(Experiment):
    what: object = None


def test_what_a_field_holds_is_in_the_key_by_its_name():
    held = [double, treble, functools.partial(double, x=1), functools.partial(double, x=2), Flip(), Keep(), Flip(0.2)]
    held += [torch.relu, torch.tanh, np.sign, np.abs, Flip, None, "double"]
    assert len({store.key(Holds(what=one)) for one in held}) == len(held)


def test_a_function_that_a_field_holds_brings_its_module(mine, tmp_path):
    path = tmp_path / "helper_of_mine.py"
    path.write_text("def law(x):\n    return x\n")
    law = importlib.import_module("helper_of_mine").law
    before = store.key(Holds(what={"a": [functools.partial(law)]}))
    path.write_text("def law(x):\n    return 2 * x\n")
    assert store.key(Holds(what={"a": [functools.partial(law)]})) != before


@pytest.mark.parametrize(
    "what", [lambda x: x, [lambda x: x], functools.partial(lambda x: x)], ids=["alone", "in a list", "in a call"]
)
def test_a_function_without_a_name_is_refused(what):
    with pytest.raises(ValueError, match="what = .*lambda.* has no name that a record's key could hold; allowed: a f"):
        store.key(Holds(what=what))


def test_an_object_of_which_no_key_could_hold_the_state_is_refused():
    with pytest.raises(ValueError, match="what = <object.*; allowed: numbers, texts, tuples, mappings, frozen data"):
        store.key(Holds(what=object()))
