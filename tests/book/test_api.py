"""The package reference holds every module once: the foundation on one page, and each part on pages of its own."""

import re

import package_reference
import pytest
from pages import BOOK, ROOT

PAGES = {
    (path.parent.name, path.stem): package_reference.expanded(
        path.relative_to(BOOK).as_posix(), path.read_text(encoding="utf-8")
    )
    for path in BOOK.glob("*/api*.md")
}
LISTED = {page: re.findall(r"^\.\. automodule:: (\S+)$", text, re.M) for page, text in PAGES.items()}
FILES = {path.relative_to(ROOT).with_suffix("") for path in (ROOT / "mtlcore").rglob("*.py")}
#: A folder's own file may be listed; it says what the folder is.
MODULES = {".".join(file.parts) for file in FILES if file.name != "__init__"}
FOLDERS = {".".join(file.parts[:-1]) for file in FILES if file.name == "__init__"}


def test_every_module_is_on_a_page_once():
    listed = [name for names in LISTED.values() for name in names]
    assert sorted(set(listed) - FOLDERS) == sorted(MODULES)
    assert len(listed) == len(set(listed)), sorted(listed)


@pytest.mark.parametrize("page", PAGES, ids="/".join)
def test_a_page_has_the_modules_of_its_part_under_their_names(page):
    homes = ("lab", "commands", "__main__") if page[0] == "back" else (page[0],)
    assert {name.split(".")[1] for name in LISTED[page]} == set(homes)
    assert re.findall(r"^##+ `(\S+)`$", PAGES[page], re.M) == LISTED[page]


def test_a_chapter_is_listed_because_its_folder_and_its_page_are_there(tmp_path):
    """The title of its page, experiments before what is made of them; a folder without a page is no chapter's."""
    for name in ("__init__", "plots", "scaling", "claims"):
        module = tmp_path / "mtlcore" / "part" / "one_task" / f"{name}.py"
        module.parent.mkdir(parents=True, exist_ok=True)
        module.touch()
    (tmp_path / "mtlcore" / "part" / "theory").mkdir()
    (tmp_path / "_toc.yml").write_text("{format: jb-book, root: index, chapters: [{file: part/one-task}]}")
    (tmp_path / "book" / "part").mkdir(parents=True)
    (tmp_path / "book" / "part" / "one-task.md").write_text("---\nkey: 1\n---\n\n# A task\n")
    text = package_reference.expanded("part/api", "# Reference\n\n{chapter-modules}\n", tmp_path)
    assert re.findall("^#+ .*|Called.*", text, re.M) == [
        "# Reference",
        "## A task",
        "Called by the chapter [](one-task.md).",
        *(f"### `mtlcore.part.one_task.{name}`" for name in ("scaling", "claims", "plots")),
    ]
    assert package_reference.expanded("back/api", "{chapter-modules}\n", tmp_path) == ""
