"""Imports go downwards only."""

import ast
from pathlib import Path

import pytest

from mtlcore import store

PACKAGE = Path(store.__file__).parent
FLOORS = [
    {"data", "metrics", "symbols"},
    {"tasks", "network"},
    {"pretrain", "probe", "contrastive", "population/integrals", "population/closed"}
    | {"population/random_features", "population/counting", "population/witness", "population/boolean"}
    | {"population/leading"},
    {"population/fourier"},
    {"population/vectors", "population/affine", "population/funk_hecke"},
    {"population/orthants", "population/amplification", "population/captured"},
    {"population/averages", "population/dynamics", "population/growth", "population/finite"}
    | {"population/single", "population/regimes"},
    {"population/coverage"},
    {"population/__init__"},
    {"experiments/base"},
    {"experiments/curves", "experiments/parallel"},
    {*(f"experiments/fig{k}" for k in range(1, 6)), "experiments/informative"},
    {f"experiments/{name}" for name in ("one_step", "finite_step", "phases")},
    {"experiments/recursion"},
    {"experiments/independence", "experiments/controls", "experiments/scaling", "experiments/captured"},
    {"experiments/__init__"},
    {"store"},
    {"claims/compare", "plots/base", "sliders"},
    {f"plots/{name}" for name in ("representation", "contrastive", "neurons", "steps", "downstream", "limits", "live")}
    | {
        f"claims/findings/{name}"
        for name in ("representation", "contrastive", "neurons", "steps", "downstream", "limits")
    },
    {"claims/findings/__init__", "plots/__init__"},
    {"claims/entry", "quantities"},
    {"claims/theory", "claims/steps", "claims/figures"},
    {"claims/limits"},
    {"claims/ledger"},
    {"claims/graph", "claims/__init__"},
    {"__main__"},
]
MODULES = {path.relative_to(PACKAGE).with_suffix("").as_posix() for path in PACKAGE.rglob("*.py")} - {"__init__"}


def imports(module):
    """The package's modules that a module imports."""
    found = set()
    for node in ast.walk(ast.parse((PACKAGE / f"{module}.py").read_text())):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "mtlcore":
            base = "/".join(node.module.split(".")[1:])
            below = {f"{base}/{alias.name}".strip("/") for alias in node.names}
            below = (below | {f"{name}/__init__" for name in below}) & MODULES
            found |= below or {base if base in MODULES else f"{base}/__init__"}
    return found


def test_every_module_has_a_floor():
    assert set().union(*FLOORS) == MODULES


@pytest.mark.parametrize("module", sorted(MODULES))
def test_imports_go_downwards(module):
    floor = next(k for k, names in enumerate(FLOORS) if module in names)
    assert imports(module) <= set().union(*FLOORS[:floor])


@pytest.mark.parametrize("module", sorted(MODULES))
def test_imports_are_of_the_form_that_a_record_key_follows(module):
    """`from mtlcore... import ...`: neither `import mtlcore.x` nor a relative import."""
    for node in ast.walk(ast.parse((PACKAGE / f"{module}.py").read_text())):
        assert not (isinstance(node, ast.Import) and any(a.name.startswith("mtlcore") for a in node.names))
        assert not (isinstance(node, ast.ImportFrom) and node.level)
