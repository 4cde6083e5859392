"""Imports go downwards only (the contracts in pyproject.toml), and the foundation loads no part of the book."""

import ast
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from mtlcore.lab import part, source

PACKAGE = source.PACKAGE
ROOT = Path(__file__).parent.parent
MODULES = sorted(path.relative_to(PACKAGE).with_suffix("").as_posix() for path in PACKAGE.rglob("*.py"))
FOUNDATION = [f"mtlcore.{name.replace('/', '.')}" for name in MODULES if re.match("lab/(?!__init__)", name)]
FAULTS = {
    "the foundation knows a part": ("lab/store.py", "from mtlcore.pretraining import tasks", "parts stand on the"),
    "a module imports from above": ("lab/experiment.py", "from mtlcore.lab import source", "the foundation BROKEN"),
    "an experiment reads its findings": ("pretraining/steps/phases.py", "from .findings import phases", "findings are"),
    "an experiment draws": ("pretraining/steps/phases.py", "from mtlcore.lab import drawing", "pictures are"),
    "theory imports a chapter": (
        "pretraining/theory/closed.py",
        "from mtlcore.pretraining import steps",
        "Part I BROKEN",
    ),
}


def contracts(folder):
    """What import-linter says of the package in a folder."""
    code = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"
    call = [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(folder)!r}); {code}"]
    return subprocess.run(call, cwd=folder, capture_output=True, text=True)


def test_the_contracts_are_kept():
    done = contracts(ROOT)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_import_breaks_its_contract(fault, tmp_path):
    file, line, contract = FAULTS[fault]
    shutil.copytree(PACKAGE, tmp_path / "mtlcore", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    with open(tmp_path / "mtlcore" / file, "a") as module:
        module.write(f"\n{line}\n")
    done = contracts(tmp_path)
    assert done.returncode == 1
    assert re.search(f"{contract}.*BROKEN|{contract}", done.stdout.partition("Broken contracts")[0]), done.stdout


def test_the_foundation_loads_no_part():
    code = f"import sys, {', '.join(FOUNDATION)}; print(*(m for m in sys.modules if m.startswith('mtlcore.')))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True)
    assert {name.split(".")[1] for name in done.stdout.split()} == {"lab"}


def floors(part):
    """The names that the contract of a part gives a floor."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    own = [contract["layers"] for contract in contracts if contract.get("containers") == [f"mtlcore.{part}"]]
    return {name for layers in own for layer in layers for name in re.split(r"\W+", layer)}


@pytest.mark.parametrize("name", part.names())
def test_every_module_of_a_part_but_a_chapter_has_a_floor(name):
    """A chapter is a folder with a page of its name: it may import the others as long as there is no circle."""
    modules = {
        path.stem for path in (PACKAGE / name).iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()
    }
    chapters = {path.stem.replace("-", "_") for path in (ROOT / "book" / name).glob("*.md")}
    lacking = sorted(modules - {"__init__"} - floors(name) - chapters)
    assert not lacking, f"pyproject.toml, [tool.importlinter]: no layer of {name} has {', '.join(lacking)}"


@pytest.mark.parametrize("module", MODULES)
def test_imports_are_of_the_form_that_a_record_key_follows(module):
    """`from mtlcore... import ...`: neither `import mtlcore.x` nor a relative import."""
    for node in ast.walk(ast.parse((PACKAGE / f"{module}.py").read_text())):
        assert not (isinstance(node, ast.Import) and any(a.name.startswith("mtlcore") for a in node.names))
        assert not (isinstance(node, ast.ImportFrom) and node.level)
