"""References: what every chapter printed, for nbval, and every declared number, for the quantity check.

python tests/references.py                     renew what a change made stale: in a chapter, or in what it depends on
python tests/references.py --all               renew all
python tests/references.py setting small       renew these ("small": the short runs of tests/small.py; named or not, a
                                               run without a reference gets one)

It prints which numbers moved and by how many tolerances. When the outcome of a claim changed it writes nothing of that
chapter, unless the option --accept-outcomes says that this is meant; a new claim is no change.
"""

import json
import os
import platform
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

import jupytext
import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError
from sphinx_external_toc.parsing import parse_toc_yaml

ROOT = Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT / "book" / "_ext"))

from clock import Clock  # noqa: E402
from dependencies import sources  # noqa: E402

BOOK = ROOT / "book"
REFERENCES = ROOT / "tests" / "references"
SMALL = REFERENCES / "small.json"
OPTIONS = {"--all", "--accept-outcomes"}

# A number that is glued into the prose, and its declaration: hidden outputs, never compared as text.
GLUED = "application/papermill.record/text/plain"
DECLARED = "application/papermill.record/application/vnd.mtlcore.quantity+json"
# What nbval is not to compare: pictures and those.
NOT_COMPARED = ("image/png", "image/jpeg", "image/svg+xml", "application/pdf", GLUED, DECLARED)


def chapters() -> list[Path]:
    """The executable pages named in the table of contents."""
    pages = [BOOK / f"{page}.md" for page in parse_toc_yaml(ROOT / "_toc.yml")]
    return [page for page in pages if "{code-cell}" in page.read_text(encoding="utf-8")]


def reference(page: Path) -> Path:
    """Where the printed outputs of a chapter are stored; its numbers lie beside them, with the ending .json."""
    return REFERENCES / page.relative_to(BOOK).with_suffix(".ipynb")


def source(page: Path) -> nbformat.NotebookNode:
    """The code cells of a chapter with their tags, as a notebook that was not run."""
    cells = []
    for cell in jupytext.read(page).cells:
        if cell.cell_type == "code":
            tags = {"tags": list(cell.metadata.tags)} if cell.metadata.get("tags") else {}
            cells.append(nbformat.v4.new_code_cell(cell.source, id=f"cell-{len(cells)}", metadata=tags))
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})


def code(notebook: nbformat.NotebookNode) -> list[tuple[str, list[str]]]:
    """What a reference and its chapter must have in common."""
    return [(cell.source, cell.metadata.get("tags", [])) for cell in notebook.cells]


def behind(page: Path, notebook: nbformat.NotebookNode) -> str:
    """The state of the package as far as a chapter depends on it."""
    name = page.relative_to(BOOK).with_suffix("").as_posix()
    return sources(name, "\n".join(cell.source for cell in notebook.cells))


def execute(page: Path) -> nbformat.NotebookNode:
    """Run a chapter."""
    notebook, clock = source(page), Clock(page.stem)
    reference(page).parent.mkdir(parents=True, exist_ok=True)
    folder = {"metadata": {"path": str(reference(page).parent)}}
    client = NotebookClient(notebook, timeout_func=clock.timeout_of(notebook), kernel_name="python3", resources=folder)
    try:
        client.execute()
    except CellTimeoutError:
        sys.exit(clock.verdict())
    notebook.metadata = source(page).metadata
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
    return notebook


def declared(outputs: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The numbers that a cell declared."""
    return (output["data"][DECLARED] for output in outputs if DECLARED in output.get("data", {}))


def numbers(notebook: nbformat.NotebookNode) -> dict[str, dict[str, Any]]:
    """The declared numbers of a chapter that was run, by name, each with its cell."""
    found = {}
    for k, cell in enumerate(notebook.cells):
        for record in declared(cell.outputs):
            if record["name"] in found:
                sys.exit(f"cell {k}: {record['name']} is declared twice; allowed: one place for each name")
            found[record["name"]] = record | {"cell": k}
    return found


def outcomes(notebook: nbformat.NotebookNode) -> list[str]:
    """The outcomes of claims and findings that a chapter prints, one line each."""
    texts = [output.get("text", "") for cell in notebook.cells for output in cell.outputs]
    lines = "\n".join(texts).splitlines()
    return [line for line in lines if re.match("(in)?consistent |inconclusive |not testable ", line)]


def machine() -> dict[str, Any]:
    """What can change a rounding: processor, instruction set and versions."""
    import torch

    from mtlcore.lab.machine import processor

    versions = {name: metadata.version(name) for name in ("numpy", "scipy", "torch")}
    instructions = torch.backends.cpu.get_cpu_capability()
    return {"processor": processor(), "instructions": instructions, "python": platform.python_version(), **versions}


def stored(path: Path) -> dict[str, Any]:
    """A stored file of numbers; one without any where there is none."""
    return json.loads(path.read_text()) if path.exists() else {"machine": None, "sources": None, "quantities": {}}


def verdicts(records: dict[str, dict[str, Any]], path: Path, only: int | None = None) -> Iterator[Any]:
    """Each number beside its reference; those that one side lacks count as moved without limit.

    Args:
        records: declared numbers by name.
        path: the file of references.
        only: a cell, to compare its numbers alone.
    """

    from mtlcore.lab.quantities import Verdict, check

    reference = stored(path)
    same = reference["machine"] == machine()
    there = {name: old for name, old in reference["quantities"].items() if only is None or old.get("cell") == only}
    for name, record in records.items():
        if name in there:
            yield check(record, there[name], same)
        else:
            yield Verdict(name, float("inf"), "no reference", repr(record["value"]), "only declared numbers")
    for name in there.keys() - records.keys():
        yield Verdict(name, float("inf"), repr(there[name]["value"]), "nothing", "only declared numbers")


def write_numbers(records: dict[str, dict[str, Any]], path: Path, state: str) -> None:
    """Store numbers beside the state of the package that they are of, and print what moved."""
    for verdict in verdicts(records, path) if path.exists() else ():
        if verdict.moved > 0:
            print(f"  {verdict.moved:8.3g} tolerances  {verdict}")
    save(records, path, machine(), state)


def save(records: dict[str, dict[str, Any]], path: Path, here: dict[str, Any], state: str) -> None:
    """Write a file of numbers, a line for each."""
    kept = {name: {k: record[k] for k in ("cell", "value", "error") if k in record} for name, record in records.items()}
    lines = ",\n".join(f"  {json.dumps(name)}: {json.dumps(value)}" for name, value in kept.items())
    head = f' "machine": {json.dumps(here)},\n "sources": {json.dumps(state)},\n'
    content = f'{{\n{head} "quantities": {{\n{lines}\n }}\n}}\n'
    path.write_text(content, encoding="utf-8")


def write(page: Path, accept: bool) -> bool:
    """Run a chapter and store what it prints and declares; False if it must not be written."""
    notebook, path = execute(page), reference(page)
    old, new = outcomes(nbformat.read(path, 4)) if path.exists() else [], outcomes(notebook)
    name = path.relative_to(ROOT)
    gone, come = ([*(Counter(a) - Counter(b)).elements()] for a, b in ((old, new), (new, old)))
    if gone or path.exists() and come:
        print(f"{name}: {'outcomes changed' if gone else 'new outcomes'}")
        print(*(f"  - {line}" for line in gone), *(f"  + {line}" for line in come), sep="\n")
        if gone and not accept:
            print("  not written; if this is meant: --accept-outcomes")
            return False
    print("wrote", name)
    write_numbers(numbers(notebook), path.with_suffix(".json"), behind(page, notebook))
    for cell in notebook.cells:
        cell.outputs = [output for output in cell.outputs if DECLARED not in output.get("data", {})]
        for output in cell.outputs:
            for mime in NOT_COMPARED:
                output.get("data", {}).pop(mime, None)
    nbformat.write(notebook, path)
    return True


def small(known: Iterable[str] = ()) -> dict[str, dict[str, Any]]:
    """The numbers of all short runs, by name; those of the runs that have `known` ones are left out."""
    from small import EXPERIMENTS, quantities

    runs = {name.split(".")[1] for name in known}
    return {q.name: q.record() for name in EXPERIMENTS if name not in runs for q in quantities(name)}


def stale(page: Path) -> bool:
    """Whether a chapter, or what it depends on in the package, is another one than when its reference was written."""
    path, now = reference(page), source(page)
    if not path.exists() or code(nbformat.read(path, 4)) != code(now):
        return True
    return stored(path.with_suffix(".json")).get("sources") != behind(page, now)


def main(arguments: list[str]) -> None:
    """Renew the references that need it, and drop those without a chapter."""
    os.environ["TQDM_DISABLE"] = "1"
    pages = chapters()
    names = set(arguments) - OPTIONS
    if unknown := names - {page.stem for page in pages} - {"small"}:
        sys.exit(f"no executable chapter named {', '.join(sorted(unknown))}")
    for stray in set(REFERENCES.rglob("*.ipynb")) - {reference(page) for page in pages}:
        stray.unlink()
        stray.with_suffix(".json").unlink(missing_ok=True)
        print("removed", stray.relative_to(ROOT))

    def wanted(name: str, old: Callable[[], bool]) -> bool:
        return name in names or "--all" in arguments or not names and old()

    done = []
    for page in pages:
        if wanted(page.stem, lambda page=page: stale(page)):
            done.append(write(page, "--accept-outcomes" in arguments))
    everything = sources("small", "")
    if wanted("small", lambda: stored(SMALL).get("sources") != everything):
        print("wrote", SMALL.relative_to(ROOT))
        write_numbers(small(), SMALL, everything)
    elif (
        names and SMALL.exists() and (new := small((old := stored(SMALL))["quantities"]))
    ):  # the others stay as they are
        print("added to", SMALL.relative_to(ROOT), *new)
        save(old["quantities"] | new, SMALL, old["machine"], old["sources"])
    if not all(done):
        sys.exit(1)


if __name__ == "__main__":
    main(sys.argv[1:])
