"""A second part, ten lines in each of its files, goes every way that the first one goes; neither concerns the other.

The part lies in `tests/second`. Here it is put into a copy of the project, beside the first.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest
from bs4 import BeautifulSoup

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests" / "book"))

from building import PAGE, build, copy_project  # noqa: E402

#: What the command line is asked, one after another.
CALLS = {
    "the chapter": ["run", "counting"],
    "the part": ["run", "second"],
    "something else": ["run", "counting", "--set", "N=(0, 9)", "--set", "negative=True", "--set", "r=7"],
    "the ledger": ["claims", "second"],
}
PROGRAM = """
import sys
from mtlcore.__main__ import main
sys.stderr = sys.stdout
for call in {calls}:
    try:
        print(main(call))
    except Exception as error:
        print(repr(error))
    print("---")
"""
#: Which references are stale: before they are written, afterwards, when a file is younger, and when a file of the part,
#: then one of the foundation, has another text. One process, since each start takes seconds.
STALE = """
import os, pathlib, references
def stale():
    print("stale:", *(page.stem for page in references.chapters() if references.stale(page)))
stale()
references.main(["index", "one", "counting"])
stale()
os.utime("mtlcore/second/contents.py")
stale()
for file in ("second/contents.py", "lab/graph.py"):
    module = pathlib.Path("mtlcore") / file
    text = module.read_text()
    module.write_text(text + "# a remark\\n")
    stale()
    module.write_text(text)
"""
PAGES = ("index", "pretraining/one", "second/counting")


def logging_cell(project, page):
    """A cell that says in a file that its page was executed."""
    return f'_ = open("{project / "executed.txt"}", "a").write("{page} ")'


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """The project with two parts and a book of three pages: one of each part, and the front page."""
    folder = copy_project(tmp_path_factory.mktemp("two-parts"))
    shutil.copytree(ROOT / "tests" / "second", folder / "mtlcore" / "second", ignore=shutil.ignore_patterns("*.md"))
    (folder / "_toc.yml").write_text(
        "{format: jb-book, root: index, chapters: [{file: pretraining/one}, {file: second/counting}]}"
    )
    for page in PAGES:
        file = folder / "book" / f"{page}.md"
        file.parent.mkdir(exist_ok=True)
        file.write_text(PAGE.replace("# A page", f"# {page}") % logging_cell(folder, page))
    counting = (ROOT / "tests" / "second" / "counting.md").read_text()
    file.write_text(f"{counting}\n```{{code-cell}} ipython3\n{logging_cell(folder, page)}\n```\n")
    return folder


def python(project, *arguments):
    """Run Python in the copy, with the copy's package."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MTLCORE_", "PYTEST_"))}
    path = os.pathsep.join(str(project / name) for name in (".", "tests", "book/_ext"))
    call = [sys.executable, *map(str, arguments)]
    return subprocess.run(call, cwd=project, env=kept | {"PYTHONPATH": path}, capture_output=True, text=True)


def ask(project, calls):
    """What the command line prints to each of some calls, and what it returns or raises."""
    run = python(project, "-c", PROGRAM.format(calls=calls))
    assert run.returncode == 0, run.stderr
    return [said.strip().splitlines() for said in run.stdout.split("---\n")[:-1]]


@pytest.fixture(scope="module")
def said(project):
    """What the command line answers."""
    return dict(zip(CALLS, ask(project, list(CALLS.values())), strict=True))


def executed(project):
    """The pages that were executed since this was asked last."""
    log = project / "executed.txt"
    pages = log.read_text().split() if log.exists() else []
    log.unlink(missing_ok=True)
    return sorted(pages)


@pytest.fixture(scope="module")
def built(project, said):
    """The first build: what it executed, the second part's page, and the folder of that."""
    executed(project)
    run = build(project)
    assert run.returncode == 0, run.stdout + run.stderr
    page = project / "_build" / "html" / "second" / "counting.html"
    soup = BeautifulSoup(page.read_text(), "html.parser")
    return SimpleNamespace(project=project, executed=executed(project), page=soup, folder=page.parent)


def edit(file, old, new):
    """Change some text of a file."""
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


def test_it_runs_from_the_command_line_into_the_store(project, said):
    where, verdict, status = said["the chapter"]
    record = Path(where.split()[-1])
    assert record.parent == project / "_store" and record.name.startswith("counting-")
    configuration = json.loads((record / "record.json").read_text())["configuration"]
    assert (configuration["N"], configuration["negative"], configuration["r"]) == ([0, 100, 400], False, 40)
    assert verdict == "consistent    (paper) among more numbers more are large" and status == "0"
    assert said["the part"] == said["the chapter"]


def test_a_configuration_of_its_own_is_computed_and_has_no_verdict(said):
    where, verdict, status = said["something else"]
    assert where.split()[-1] != said["the chapter"][0].split()[-1] and status == "0"
    assert verdict == "no verdict: no page runs Counting in this configuration"


def test_its_claim_is_in_the_ledger(said):
    line, status = said["the ledger"]
    assert line == "consistent    counting: Among more numbers more are large. [control fails as it must]"
    assert status == "0"


def test_its_page_shows_what_was_tested_and_where_the_claim_stands(built):
    terms = {term.text: term.find_next_sibling("dd").text for term in built.page.select("#claim-counting dt")}
    assert terms["tested"] == "N = 0, 100, 400, r = 40, 6 trials, seed 0"
    assert [link["href"] for link in built.page.select("svg.claim-graph a")] == ["counting.html"]


def test_its_card_has_agreement_command_and_files(built):
    card = built.page.select_one(".figure-card")
    assert "statement: 1 consistent." in card.text
    assert "python -m mtlcore run counting" in card.text and "6 trials" in card.text
    files = {link.text: built.folder / link["href"] for link in card.select("a.download")}
    assert set(files) == {"CSV", "Parquet", "record (JSON)", "SVG", "SVG for dark pages", "PDF"}
    assert all(file.stat().st_size for file in files.values())
    assert len(files["CSV"].read_text().splitlines()) == 1 + 3 * 6


def test_its_references_are_written_and_go_stale_with_it_alone(built):
    """References of all three pages; then the part changes, then the foundation."""
    project = built.project
    tests = project / "tests"
    tests.mkdir()
    for name in ("conftest.py", "declared.py", "references.py", "sanitize.cfg", "timed.py", "typechecker.py"):
        shutil.copy(ROOT / "tests" / name, tests)

    run = python(project, "-c", STALE)
    assert run.returncode == 0, run.stdout + run.stderr
    said = [line.split()[1:] for line in run.stdout.splitlines() if line.startswith("stale:")]
    assert said == [["index", "one", "counting"], [], [], ["index", "counting"], ["index", "one", "counting"]]
    reference = tests / "references" / "second" / "counting.ipynb"
    assert "counting.large" in json.loads(reference.with_suffix(".json").read_text())["quantities"]
    run = python(project, "-m", "pytest", "-p", "no:cacheprovider", reference)
    cells = len(nbformat.read(reference, 4).cells)
    assert run.returncode == 0 and f"{cells} passed" in run.stdout, run.stdout


def test_a_change_in_a_part_executes_its_chapters_only_and_one_in_the_foundation_all(built):
    """The front page may show every part, so it is executed with each."""
    project = built.project
    executed(project)
    assert built.executed == sorted(PAGES)
    edit(project / "mtlcore" / "second" / "counting" / "findings.py", "among more numbers", "among many numbers")
    run = build(project)
    assert run.returncode == 0, run.stdout + run.stderr
    assert executed(project) == ["index", "second/counting"]
    assert re.search(r"0 added, 2 changed, 0 removed", run.stdout), run.stdout
    assert "(paper) among many numbers" in (built.folder / "counting.html").read_text()
    edit(project / "mtlcore" / "lab" / "graph.py", "HEIGHT, GAP_X, GAP_Y = 164", "HEIGHT, GAP_X, GAP_Y = 133")
    run = build(project)
    assert run.returncode == 0, run.stdout + run.stderr
    assert executed(project) == sorted(PAGES)


def test_a_mistyped_label_fails_the_chapter_the_ledger_and_the_command_line(built):
    project = built.project
    edit(project / "mtlcore" / "second" / "counting" / "findings.py", "ds.large.", "ds.lerge.")
    chapter, ledger = ask(project, [CALLS["the chapter"], CALLS["the ledger"]])
    assert "AttributeError: " in chapter[0] and "lerge" in chapter[0] and chapter[-1] == "2"
    assert ledger[-1].startswith("AttributeError") and "lerge" in ledger[-1]
    for answer in (chapter, ledger):
        assert not any(re.match("(in)?consistent|inconclusive|not testable", line) for line in answer)
    run = build(project)
    assert run.returncode != 0 and "AttributeError" in run.stderr and "lerge" in run.stderr
