"""What a page shows is what the package computes now, whatever is cached; and a failing chapter fails."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from check_html import problems

ROOT = Path(__file__).parent.parent
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


@pytest.fixture
def project(tmp_path):
    """The project with a small package and a book of one page."""
    for name in ("_config.yml", "Makefile", "book/_ext", "book/_static", "book/references.bib"):
        source, target = ROOT / name, tmp_path / name
        target.parent.mkdir(exist_ok=True)
        (shutil.copytree if source.is_dir() else shutil.copy)(source, target)
    (tmp_path / "_toc.yml").write_text("{format: jb-book, root: index}")
    (tmp_path / "mtlcore" / "deeper").mkdir(parents=True)
    (tmp_path / "mtlcore" / "__init__.py").touch()
    return tmp_path


def build(project):
    """Run `make book` with this interpreter's environment and the project's own package."""
    return subprocess.run(
        ["make", "book", f"VENV={sys.prefix}", f"--assume-old={sys.prefix}/.done"],
        cwd=project,
        env=os.environ | {"PYTHONPATH": str(project)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )


def test_a_change_in_the_package_shows_at_the_next_build(project):
    (project / "book" / "index.md").write_text(
        PAGE % "from mtlcore.deeper.rate import RATE\nprint(f'rate is {2 * RATE}')"
    )
    for rate in (3, 4, 3):
        (project / "mtlcore" / "deeper" / "rate.py").write_text(f"RATE = {rate}\n")
        run = build(project)
        assert run.returncode == 0, run.stdout + run.stderr
        page = Path(run.stdout.splitlines()[-1])
        assert page == project / "_build" / "html" / "index.html"
        assert re.findall(r"rate is (\d+)", page.read_text()) == [str(2 * rate)]
    assert list(problems(page.parent)) == []


def test_a_failing_chapter_fails_every_build(project):
    (project / "book" / "index.md").write_text(PAGE % "raise ValueError('planted')")
    for _ in range(2):
        run = build(project)
        assert run.returncode != 0
        assert "ValueError" in run.stderr and "planted" in run.stderr
