"""The recipe for a new chapter in CONTRIBUTING.md makes one: its steps are followed in a copy of the project."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "book"))

import lint_chapters  # noqa: E402
import pytest  # noqa: E402
from building import build  # noqa: E402
from mutants import copy  # noqa: E402
from pages import pages  # noqa: E402
from planted import beside  # noqa: E402

ROOT = Path(__file__).parent.parent
RECIPE = ROOT / "tests" / "recipe"
#: The section of the recipe, and its steps, each by the file that it is about.
SECTION = (ROOT / "CONTRIBUTING.md").read_text().partition("\n## A new chapter\n")[2].partition("\n## ")[0]
STEPS = dict(re.findall(r"^\d\. `([^`]+)`(.*?)(?=^\d\. |\Z)", SECTION, re.M | re.S))
#: What is tried of the new chapter in the copy: whatever speaks of it, and what looks at the project as a whole.
TESTS = """
    book/test_api.py::test_every_module_is_on_a_page_once
    book/test_lints.py::test_a_page_keeps_its_budget[random-layer]
    book/test_lints.py::test_a_picture_says_what_it_shows[random-layer]
    book/test_lints.py::test_docstrings_say_what_a_reader_needs[mtlcore/pretraining/random_layer/claims.py]
    book/test_lints.py::test_docstrings_say_what_a_reader_needs[mtlcore/pretraining/random_layer/experiment.py]
    book/test_lints.py::test_every_chapter_has_its_page_its_folder_and_what_they_import
    book/test_lints.py::test_links_and_cross_references_lead_somewhere
    book/test_lints.py::test_results_are_injected[random-layer]
    book/test_lints.py::test_the_table_of_contents_has_every_page
    book/test_references.py::test_no_reference_without_a_chapter
    book/test_references.py::test_reference_belongs_to_its_chapter[random-layer]
    lab/test_quantities.py::test_a_short_run_repeats_its_numbers[random_layer]
    lab/test_quantities.py::test_every_experiment_has_a_short_run
    pretraining/test_claims.py::test_a_claim_rests_on_claims_before_it[random-layer]
    pretraining/test_claims.py::test_a_record_of_the_case_is_called_run[random-layer]
    pretraining/test_claims.py::test_another_configuration_changes_the_words_and_what_is_run[random-layer]
    pretraining/test_claims.py::test_check_and_control_take_the_case[random-layer]
    pretraining/test_claims.py::test_every_field_says_something[random-layer]
    pretraining/test_claims.py::test_no_check_or_control_ignores_what_it_takes
    pretraining/test_claims.py::test_the_chapter_exists_and_shows_the_claim[random-layer]
    pretraining/test_claims.py::test_the_check_finds_no_contradiction[random-layer]
    pretraining/test_claims.py::test_the_control_fails[random-layer]
    pretraining/test_claims.py::test_what_was_tested_is_read_from_the_case[random-layer]
    pretraining/test_experiments.py::test_every_chapter_has_its_experiments[random-layer]
    pretraining/test_experiments.py::test_results_are_brought_to_the_cpu[random_layer]
    test_layers.py::test_every_module_of_a_part_but_a_chapter_has_a_floor[pretraining]
    test_layers.py::test_the_contracts_are_kept
"""
#: The page is run and its reference written by the first test in the copy: one process, since each start of torch
#: takes seconds.
FIRST = """
def test_its_reference_is_written():
    import references
    references.main(["random-layer"])
"""


def add(project, file):
    """One step: put a new file there, or what the step shows into one that exists."""
    target, step = project / file, STEPS[file]
    if (RECIPE / file).exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(RECIPE / file, target)
        return
    text = target.read_text()
    if target.suffix == ".py":
        imports, chapter = re.search(r"```python\n(.*?)\n\n(.*?) *```", step, re.S).groups()
        first = re.search("^from ", text, re.M).start()
        text = f"{text[:first]}{re.sub('^ +', '', imports, flags=re.M)}\n{text[first:]}"
        target.write_text(text.replace("    chapters={\n", f"    chapters={{\n{chapter}"))
    else:
        line = re.search("`(- file: .*)`", step)[1]
        target.write_text(re.sub("^( +)- file: pretraining/fan-out$", rf"\1{line}\n\g<0>", text, flags=re.M))


@pytest.fixture
def project(tmp_path):
    """A copy of the project."""
    copy(ROOT, tmp_path)
    for file in filter(Path.is_file, ROOT.iterdir()):
        shutil.copy(file, tmp_path)
    return tmp_path


def run(project, *arguments):
    """Run Python in the copy, with an empty store; what it prints."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("MTLCORE_", "PYTEST_"))}
    path = os.pathsep.join(str(project / name) for name in (".", "tests", "book/_ext"))
    own = {"PYTHONPATH": path, "MTLCORE_STORE": str(project / "_store"), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, *arguments], cwd=project, env=inherited | own, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    return done.stdout


def test_the_recipe_has_at_most_six_files_and_no_other_is_needed():
    assert 2 <= len(STEPS) <= 6
    new = {path.relative_to(RECIPE).as_posix() for path in RECIPE.rglob("*") if path.suffix in (".py", ".md")}
    assert new == {file for file in STEPS if not (ROOT / file).exists()}


def test_its_steps_make_a_chapter_that_passes(project):
    for file in STEPS:
        add(project, file)
    run(project, "-m", "ruff", "check", "-q", "--no-cache", "--fix", "--select=I", "mtlcore")
    run(project, "-m", "ruff", "check", "-q", "--no-cache", "mtlcore")
    run(project, "-m", "ruff", "format", "-q", "--no-cache", "--check", "mtlcore/pretraining")
    (project / "tests" / "test_first.py").write_text(FIRST)
    tests = [f"tests/{name}" for name in ["test_first.py", *TESTS.split()]]
    said = run(project, "-m", "pytest", "-q", "-s", "-m", "", "-p", "no:cacheprovider", *tests)
    assert "wrote tests/references/pretraining/random-layer.ipynb" in said and "small.random_layer.energy" in said
    assert re.search(rf"^{len(tests)} passed", said, re.M), said
    modules = {file for file in STEPS if (RECIPE / file).suffix == ".py" and (RECIPE / file).exists()}
    planted = {fault.file for fault in beside(project)} & modules
    assert {file for file in modules if (RECIPE / file).stat().st_size} == planted


@pytest.mark.nightly
def test_its_page_is_built_its_reference_holds_and_its_faults_are_noticed(project):
    for file in STEPS:
        add(project, file)
    run(project, "tests/references.py", "random-layer")
    run(project, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/references/pretraining/random-layer.ipynb")
    assert "2 of 2 faults turned their check red" in run(project, "tests/mutants.py", "random_layer")
    (project / "_toc.yml").write_text(
        "{format: jb-book, root: pretraining/random-layer, chapters: [{file: pretraining/api-chapters}]}"
    )
    said = build(project).stderr  # it fails: the rest of the book, to which these pages lead, is not there
    html = project / "_build" / "html" / "pretraining"
    assert '<div class="figure-card' in (html / "random-layer.html").read_text(), said
    assert 'id="module-mtlcore.pretraining.random_layer.claims"' in (html / "api-chapters.html").read_text(), said


@pytest.mark.parametrize("left_out", STEPS)
def test_a_file_that_is_left_out_is_named(left_out, project, monkeypatch):
    for file in STEPS:
        if file != left_out:
            add(project, file)
    monkeypatch.setattr(lint_chapters, "ROOT", project)
    monkeypatch.setattr("pages.ROOT", project)
    monkeypatch.setattr("pages.BOOK", project / "book")
    found = [*lint_chapters.whole(project), *lint_chapters.contents(project / "_toc.yml", pages())]
    assert found and all(line.startswith(left_out) for line in found), found
