"""The chapters as notebooks that Colab can open: no outputs, and a first cell that installs what they need there.

BOOK_REPOSITORY=https://github.com/OWNER/NAME BOOK_REVISION=COMMIT python book/_tools/notebooks.py FOLDER

Published on the branch `notebooks`, where the book's buttons look for them (book/_ext/takeaway.py).
"""

import os
import sys
from pathlib import Path

import jupytext
import nbformat
import yaml
from sphinx.errors import ConfigError
from sphinx_external_toc.parsing import parse_toc_yaml

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "book" / "_ext"))
from takeaway import github  # noqa: E402

INSTALL = """# On Colab this installs the book's package at the revision of this chapter. Elsewhere it does nothing.
import sys

if "google.colab" in sys.modules:
    import subprocess

    package = "git+https://github.com/{repository}@{revision}"
    pins = "https://raw.githubusercontent.com/{repository}/{revision}/constraints.txt"
    install = [sys.executable, "-m", "pip", "install", "--quiet", "-c", pins, f"mtlcore @ {{package}}"]
    subprocess.run(install, check=True)"""


def write(folder: Path, repository: str, revision: str) -> list[Path]:
    """Write every executable page of the book, in the order of its contents.

    Args:
        folder: where to, with the pages' own names.
        repository: owner and name on GitHub.
        revision: what Colab is to install: a commit, a tag or a branch.

    Returns:
        the files.
    """
    written = []
    for page in parse_toc_yaml(ROOT / "_toc.yml"):
        source = ROOT / "book" / f"{page}.md"
        if "{code-cell}" not in source.read_text(encoding="utf-8"):
            continue
        notebook = jupytext.read(source)
        install = INSTALL.format(repository=repository, revision=revision)
        notebook.cells.insert(0, nbformat.v4.new_code_cell(install))
        for k, cell in enumerate(notebook.cells):
            cell.id = f"cell-{k}"  # the same file for the same chapter
        target = folder / f"{page}.ipynb"
        target.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(notebook, target)
        written.append(target)
    return written


if __name__ == "__main__":
    known = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))["repository"]
    address = os.environ.get("BOOK_REPOSITORY") or known["url"]
    revision = os.environ.get("BOOK_REVISION") or known["branch"]
    try:
        print(*write(Path(sys.argv[1]), github(address), revision), sep="\n")
    except ConfigError as error:
        raise SystemExit(str(error)) from None
