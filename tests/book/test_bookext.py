"""The book's Sphinx extension: what its execution cache is keyed on, and what it does to pages."""

import importlib.util
import shutil
from pathlib import Path
from types import SimpleNamespace

import dependencies
import pytest

ROOT = Path(__file__).parents[2]
SPEC = importlib.util.spec_from_file_location("bookext", ROOT / "book" / "_ext" / "bookext.py")
bookext = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(bookext)

#: A page of each of three parts, and two that belong to none.
PAGES = ("pretraining/steps", "second/counting", "third/bridge", "index", "back/cost")


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A copy of the package with two more parts, found in place of the package itself; the third imports the second."""
    folder = tmp_path / "mtlcore"
    shutil.copytree(ROOT / "mtlcore", folder, ignore=shutil.ignore_patterns("__pycache__"))
    for name, code in (("second", ""), ("third", "from mtlcore.second.counting import experiment\n")):
        (folder / name / "counting").mkdir(parents=True)
        (folder / name / "contents.py").write_text(code)
        (folder / name / "counting" / "experiment.py").write_text("NUMBER = 1\n")
    found = SimpleNamespace(origin=str(folder / "__init__.py"))
    monkeypatch.setattr(dependencies.importlib.util, "find_spec", lambda name: {"mtlcore": found}[name])
    return folder


def changed(package, file, text="# a remark\n", code=""):
    """The pages that a change in one module makes stale."""
    before = {page: dependencies.sources(page, code) for page in PAGES}
    (package / file).parent.mkdir(exist_ok=True)
    with open(package / file, "a") as module:
        module.write(text)
    return [page for page in PAGES if dependencies.sources(page, code) != before[page]]


def test_a_change_in_the_foundation_concerns_every_page(package):
    assert changed(package, "lab/drawing.py") == changed(package, "__init__.py") == list(PAGES)


@pytest.mark.parametrize("file", ["contents.py", "theory/closed.py", "steps/claims.py", "a_new_chapter/plots.py"])
def test_a_change_in_a_part_concerns_its_own_pages_and_those_that_belong_to_none(package, file):
    assert changed(package, f"pretraining/{file}") == ["pretraining/steps", "index", "back/cost"]


def test_a_change_concerns_the_parts_that_import_what_changed(package):
    assert changed(package, "second/counting/experiment.py") == list(PAGES[1:])
    assert changed(package, "third/counting/experiment.py") == list(PAGES[2:])


@pytest.mark.parametrize(
    "line",
    [
        "from mtlcore.pretraining import tasks",
        "from mtlcore import pretraining",
        "    from mtlcore.pretraining.steps import claims  # within a function",
        "from mtlcore import (\n    lab,\n    pretraining,\n)",
    ],
)
def test_an_import_anywhere_in_a_part_or_on_a_page_is_a_bridge(package, line):
    page = f"# A page\n\n```\n{line}\n```\n"
    assert "second/counting" in changed(package, "pretraining/tasks.py", code=page)
    assert changed(package, "pretraining/tasks.py", code="A word: mtlcore.pretraining is a part.") == [
        "pretraining/steps",
        "index",
        "back/cost",
    ]
    (package / "second" / "counting" / "experiment.py").write_text(f"{line}\n")
    assert changed(package, "pretraining/tasks.py") == list(PAGES)  # the third part follows the second's bridge


def test_a_module_of_another_name_is_another_package(package):
    before = dependencies.sources("second/counting", "")
    (package / "lab/drawing.py").rename(package / "lab/ground.py")
    assert dependencies.sources("second/counting", "") != before
    (package / "lab/ground.py").rename(package / "lab/drawing.py")
    assert dependencies.sources("second/counting", "") == before


def test_the_cache_is_keyed_on_the_sources_the_device_and_the_versions(package, monkeypatch):
    def key():
        return bookext._fingerprint("second/counting", "")

    before = key()
    with monkeypatch.context() as patch:
        patch.setenv("MTLCORE_DEVICE", "abacus")
        assert key() != before
    with monkeypatch.context() as patch:
        patch.setattr(bookext.importlib.metadata, "version", lambda name: "0")
        assert key() != before
    assert key() == before
    changed(package, "second/contents.py")
    assert key() != before


def test_sphinx_reads_a_page_again_when_what_it_depends_on_changed_and_only_then(package, tmp_path):
    env = SimpleNamespace(found_docs={"index", "pretraining/steps", "second/counting"})
    env.doc2path = lambda page: tmp_path / f"{page.replace('/', '-')}.md"
    for page in env.found_docs:
        Path(env.doc2path(page)).write_text("words")

    def outdated(added=()):
        return sorted(bookext._outdated(None, env, set(added), set(), set()))

    assert outdated(env.found_docs) == [] == outdated()
    changed(package, "second/contents.py")
    assert outdated() == ["index", "second/counting"]
    assert outdated() == []
    del env.fingerprints  # as of an environment that an older version wrote
    assert outdated() == sorted(env.found_docs)


def test_only_repeated_scripts_are_dropped():
    body = [SimpleNamespace(attributes={"body": text}) for text in ("one", "two", "one")]
    files = [body[0], SimpleNamespace(attributes={}), body[1], SimpleNamespace(attributes={}), body[2]]
    context = {"script_files": list(files)}
    bookext._drop_needless_scripts(None, None, None, context, None)
    assert context["script_files"] == files[:4]


@pytest.mark.parametrize(
    ("signature", "shown"),
    [
        ("(a: dict[str, int] = <factory>, b: int = 1)", "(a: dict[str, int] = ..., b: int = 1)"),
        ("(a=<class 'tuple'>, b=<function f.<locals>.<lambda>>)", "(a= ..., b= ...)"),
        ("(a: int = 1) -> x", "(a: int = 1) -> x"),
        (None, None),
    ],
)
def test_a_default_that_is_no_python_text_is_an_ellipsis(signature, shown):
    assert bookext._plain_signature(None, "class", "name", None, None, signature, "int") == (shown, "int")
