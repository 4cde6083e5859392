"""A table of symbols holds every public argument of its part's mathematical modules, and nothing else."""

from mtlcore.lab.symbols import SymbolTable
from mtlcore.pretraining.symbols import SYMBOLS, TABLE

NAMES = [name for name, _, _ in SYMBOLS]
MODULE = '''
"""A module."""

def f(x: int, *, lam: int) -> int: ...

def _f(hidden: int) -> int: ...

class A:
    y: int

    def g(self, z: int) -> int:
        inner: int = 0
'''


def test_no_public_argument_is_missing():
    assert not {name: where for name, where in TABLE.used().items() if name not in NAMES}


def test_no_symbol_is_out_of_use():
    assert not set(NAMES) - set(TABLE.used())


def test_each_name_stands_once_and_means_something():
    assert len(set(NAMES)) == len(NAMES)
    assert all(meaning.strip() for _, _, meaning in SYMBOLS)


def test_the_search_sees_functions_methods_and_fields():
    used = TABLE.used()
    assert "network" in used["W"] and "tasks" in used["generator"] and "algorithm" in used["nu_a"]
    assert "theory.dynamics" in used["lam_w"] and "self" not in used


def test_a_part_may_have_its_own_table(tmp_path):
    (tmp_path / "theory").mkdir()
    (tmp_path / "model.py").write_text(MODULE)
    (tmp_path / "theory/one.py").write_text("def h(x: int) -> int: ...\n")
    (tmp_path / "other.py").write_text("def h(other: int) -> int: ...\n")
    table = SymbolTable((("x", r"\lvert x\rvert", "a|b"), ("y", "", "why")), tmp_path, ("model", "theory/*"))
    assert table.used() == {"x": {"model", "theory.one"}, "lam": {"model"}, "y": {"model"}, "z": {"model"}}
    assert table.markdown().splitlines() == [
        "| symbol | meaning | in the code | modules |",
        "| --- | --- | --- | --- |",
        r"| $\lvert x\rvert$ | a\|b | `x` | `model`, `theory.one` |",
        "|  | why | `y` | `model` |",
    ]


def test_the_table_names_the_modules():
    row = TABLE.frame().set_index("in the code").loc["`lam_w`"]
    assert row.symbol == r"$\lambda_w$" and "`algorithm`" in row.modules
    assert TABLE.markdown().count("\n") == len(NAMES) + 1
