"""The files a newcomer looks for are there, and the commands they name work."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FILES = """
    .ci/run .github/workflows/nightly.yml .gitignore CITATION.cff CONTRIBUTING.md LICENSE LICENSE-TEXT Makefile
    README.md _config.yml _toc.yml book/index.md book/references.bib constraints.txt environment.yml
    mtlcore/__init__.py pyproject.toml tests/conftest.py
"""


@pytest.mark.parametrize("name", FILES.split())
def test_file_exists_and_is_not_empty(name):
    assert (ROOT / name).stat().st_size > 0


def test_every_make_target_that_is_named_exists():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M))
    texts = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", ".ci/run")] + list(ROOT.glob("book/**/*.md"))
    command = r"(?:^ *|`)make ([a-z-]+)(?:`| *(?:#.*)?$)"
    named = {text: set(re.findall(command, text.read_text(), re.M)) for text in texts}
    assert {"book", "test"} <= named[ROOT / "README.md"] & named[ROOT / ".ci/run"]
    for text in texts:
        assert named[text] <= targets, text


@pytest.mark.parametrize("target", ["book", "test"])
def test_readme_shows_the_plain_command_of(target):
    make = ["make", "--dry-run", "VENV=venv", target]
    lines = subprocess.run(make, cwd=ROOT, check=True, capture_output=True, text=True).stdout.splitlines()
    (command,) = (line for line in lines if re.match(r"venv/bin/(jupyter-book|python -m pytest)", line))
    assert command.removeprefix("venv/bin/").replace(str(ROOT), "$PWD") in (ROOT / "README.md").read_text()


@pytest.mark.parametrize("tool", ["ruff check", "ruff format", "mypy"])
def test_the_code_passes(tool):
    """Style, layout and types, with the commands of `make lint`."""
    make = ["make", "--dry-run", "VENV=venv", "lint"]
    lines = subprocess.run(make, cwd=ROOT, check=True, capture_output=True, text=True).stdout.splitlines()
    (command,) = (line.removeprefix("venv/bin/") for line in lines if line.startswith(f"venv/bin/{tool}"))
    done = subprocess.run([sys.executable, "-m", *shlex.split(command)], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
