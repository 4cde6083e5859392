"""The table of symbols holds every public argument of the mathematical modules, and nothing else."""

from mtlcore.pretraining import symbols

NAMES = [name for name, _, _ in symbols.SYMBOLS]


def test_no_public_argument_is_missing():
    assert not {name: where for name, where in symbols.used().items() if name not in NAMES}


def test_no_symbol_is_out_of_use():
    assert not set(NAMES) - set(symbols.used())


def test_each_name_stands_once_and_means_something():
    assert len(set(NAMES)) == len(NAMES)
    assert all(meaning.strip() for _, _, meaning in symbols.SYMBOLS)


def test_the_search_sees_functions_methods_and_fields():
    used = symbols.used()
    assert "network" in used["W"] and "tasks" in used["generator"] and "algorithm" in used["nu_a"]
    assert "self" not in used


def test_the_table_names_the_modules():
    row = symbols.table().set_index("in the code").loc["`lam_w`"]
    assert row.symbol == r"$\lambda_w$" and "`algorithm`" in row.modules
    assert symbols.markdown().count("\n") == len(NAMES) + 1
