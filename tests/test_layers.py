"""Imports go downwards only (the contracts in pyproject.toml), and the foundation loads no part of the book."""

import ast
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from mtlcore.lab import source

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


@pytest.mark.parametrize("module", MODULES)
def test_imports_are_of_the_form_that_a_record_key_follows(module):
    """`from mtlcore... import ...`: neither `import mtlcore.x` nor a relative import."""
    for node in ast.walk(ast.parse((PACKAGE / f"{module}.py").read_text())):
        assert not (isinstance(node, ast.Import) and any(a.name.startswith("mtlcore") for a in node.names))
        assert not (isinstance(node, ast.ImportFrom) and node.level)
