"""The book's Sphinx extension: what its execution cache is keyed on, and what it does to pages."""

import importlib.util
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

ROOT = Path(__file__).parents[2]
SPEC = importlib.util.spec_from_file_location("bookext", ROOT / "book" / "_ext" / "bookext.py")
bookext = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(bookext)


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A copy of the package, found in place of the package itself."""
    folder = tmp_path / "mtlcore"
    shutil.copytree(ROOT / "mtlcore", folder, ignore=shutil.ignore_patterns("__pycache__"))
    found = SimpleNamespace(origin=str(folder / "__init__.py"))
    monkeypatch.setattr(bookext.importlib.util, "find_spec", lambda name: {"mtlcore": found}[name])
    return folder


def test_the_cache_is_keyed_on_every_line_of_the_package(package):
    keys = {bookext._fingerprint()}
    for name in ("lab/drawing.py", "pretraining/theory/closed.py", "pretraining/steps/claims.py"):
        with open(package / name, "a") as file:
            file.write("# a remark\n")
        keys.add(bookext._fingerprint())
    (package / "lab/drawing.py").rename(package / "lab/ground.py")
    keys.add(bookext._fingerprint())
    assert len(keys) == 5 and bookext._fingerprint() in keys


def test_the_cache_is_keyed_on_the_device_and_the_versions(package, monkeypatch):
    before = bookext._fingerprint()
    with monkeypatch.context() as patch:
        patch.setenv("MTLCORE_DEVICE", "abacus")
        assert bookext._fingerprint() != before
    with monkeypatch.context() as patch:
        patch.setattr(bookext.importlib.metadata, "version", lambda name: "0")
        assert bookext._fingerprint() != before
    assert bookext._fingerprint() == before


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
