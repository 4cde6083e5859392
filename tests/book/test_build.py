"""What a page shows is what the package computes now, whatever is cached; and a failing chapter fails."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from check_html import problems

ROOT = Path(__file__).parents[2]
PAGE = """---
kernelspec:
  name: python3
  display_name: Python 3
jupytext:
  text_representation: {extension: .md, format_name: myst}
---

# A page

```{code-cell} ipython3
%s
```
"""


def copy_project(folder):
    """A copy of the project with a book of one page and an empty store."""
    for name in (
        "_config.yml",
        "Makefile",
        "pyproject.toml",
        "mtlcore",
        "book/_ext",
        "book/_static",
        "book/references.bib",
    ):
        source, target = ROOT / name, folder / name
        target.parent.mkdir(exist_ok=True)
        (shutil.copytree if source.is_dir() else shutil.copy)(source, target)
    (folder / "_toc.yml").write_text("{format: jb-book, root: index}")
    return folder


@pytest.fixture(name="project")
def small_project(tmp_path):
    return copy_project(tmp_path)


def command(project, **more):
    """`make book` with this interpreter's environment and the copy's package, the figures' experiments left out."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("MTLCORE_", "BOOK_"))}
    return {
        "args": ["make", "book", f"VENV={sys.prefix}", f"--assume-old={sys.prefix}/.done", "--assume-old=results"],
        "cwd": project,
        "env": environment | {"PYTHONPATH": str(project)} | more,
        "stdin": subprocess.DEVNULL,
    }


def build(project, **more):
    """Run it to its end."""
    return subprocess.run(**command(project, **more), capture_output=True, text=True)


CELL = """from mtlcore import store
from mtlcore.pretraining.fan_out.paths import FanOut
ds = store.get(FanOut(trials=1, steps=3, every=3, samples=16))
print(f"length {float(ds.p.sum()):.9f}")"""


def test_a_change_in_the_package_shows_at_the_next_build(project):
    """The decay of the heads is doubled and put back: the store, the notebook cache and Sphinx all notice."""
    (project / "book" / "index.md").write_text(PAGE % CELL)
    module = project / "mtlcore" / "pretraining" / "algorithm.py"
    code = module.read_text()
    changed = code.replace("(1 - h.eta * h.lam_a)", "(1 - 2 * h.eta * h.lam_a)")
    assert changed != code
    shown = []
    for text in (code, changed, code):
        module.write_text(text)
        run = build(project)
        assert run.returncode == 0, run.stdout + run.stderr
        page = Path(run.stdout.splitlines()[-1])
        assert page == project / "_build" / "html" / "index.html"
        shown += re.findall(r"length (\d+\.\d+)", page.read_text())
    assert len(shown) == 3 and shown[0] != shown[1] and shown[0] == shown[2]
    assert len(list((project / "_store").glob("fig*"))) == 2
    assert list(problems(page.parent)) == []


def test_a_failing_chapter_fails_every_build(project):
    (project / "book" / "index.md").write_text(PAGE % "raise ValueError('planted')")
    for _ in range(2):
        run = build(project)
        assert run.returncode != 0
        assert "ValueError" in run.stderr and "planted" in run.stderr
