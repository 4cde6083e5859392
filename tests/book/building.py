"""Small books, built by the command of `make book` in forks of one process that has imported what every build needs."""

import multiprocessing
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

ROOT = Path(__file__).parents[2]
PARTS = ("_config.yml", "Makefile", "pyproject.toml", "mtlcore", "book/_ext", "book/_static", "book/references.bib")
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
#: Whatever a build imports but the project's own modules: those are read anew in each fork, as they stand there.
IMPORTED = """
    pytest jupyter_book.cli.main jupyter_book.sphinx linkify_it jupyter_cache.cache.main jupyter_cache.executors.utils
    myst_nb.core.execute.cache myst_nb.core.execute.direct myst_nb.sphinx_ext sphinx.builders.html
    sphinx.builders.latex.transforms sphinx.domains.c sphinx.domains.cpp sphinx.domains.javascript
    sphinx.domains.python sphinx.domains.rst sphinx_book_theme sphinx_comments sphinx_copybutton
    sphinx_design.extension sphinx_external_toc.events sphinx_jupyterbook_latex sphinx_multitoc_numbering sphinx_proof
    sphinx_thebe sphinx_togglebutton sphinxcontrib.bibtex sphinx.ext.autodoc.typehints sphinx.ext.doctest
    sphinx.ext.intersphinx sphinx.ext.mathjax sphinx.ext.napoleon sphinx.ext.viewcode IPython.display
    filelock h5netcdf jaxtyping joblib matplotlib.pyplot nbclient nbformat.v4 pandas scipy.special scipy.stats
    sqlalchemy.dialects.sqlite sqlite3 torch xarray
"""
#: Python has one such process for all that ask for it.
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(IMPORTED.split())


def copy_project(folder):
    """A copy of the project with a book of one page and an empty store; another process may be writing bytecode."""
    for name in PARTS:
        source, target = ROOT / name, folder / name
        target.parent.mkdir(exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("*.pyc.*"))
        else:
            shutil.copy(source, target)
    (folder / "_toc.yml").write_text("{format: jb-book, root: index}")
    return folder


def make(project, *options, **more):
    """`make book` with this interpreter's environment and the copy's package, the figures' experiments left out."""
    old = [f"--assume-old={name}" for name in (f"{sys.prefix}/.done", "results")]
    call = ["make", *options, "book", f"VENV={sys.prefix}", *old]
    run = subprocess.run(
        call, cwd=project, env=environment(project, **more), stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    return run


def environment(project, **more):
    """This one's, without what tells the package and the book where they are."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("MTLCORE_", "BOOK_"))}
    return inherited | {"PYTHONPATH": str(project)} | more


def start(project, **more):
    """Begin a build; its process leads a group of its own, and what it says goes to two files."""
    (line,) = (line for line in make(project, "--dry-run").stdout.splitlines() if "jupyter-book" in line)
    process = FORKS.Process(target=_build, args=(shlex.split(line)[1:], project, environment(project, **more)))
    process.start()
    return process


def build(project, **more):
    """Build to the end."""
    process = start(project, **more)
    process.join()
    said = {name: (project / name).read_text() for name in ("stdout", "stderr")}
    return SimpleNamespace(returncode=process.exitcode, **said)


def _build(arguments, project, environment):
    """The forked process: it becomes one that was started in the project with this environment."""
    os.setsid()
    os.chdir(project)
    os.environ.clear()
    os.environ.update(environment)
    for stream, name in ((1, "stdout"), (2, "stderr")):
        os.dup2(os.open(project / name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), stream)
    ours = {ROOT, ROOT / "tests", ROOT / "tests" / "book", ROOT / "book" / "_ext"}
    sys.path[:] = [str(project), *(entry for entry in sys.path if Path(entry).resolve() not in ours)]
    from jupyter_book.cli.main import main

    main(arguments)
