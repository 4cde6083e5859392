"""The whole book as a PDF and as a zip, made from the built pages."""

import shutil
import sys
from pathlib import Path

import pytest
from pypdf import PdfReader

ROOT = Path(__file__).parent.parent.parent
HTML = ROOT / "_build" / "html"
sys.path[:0] = [str(ROOT / "book" / "_tools")]
import pack  # noqa: E402
import pdf  # noqa: E402


@pytest.fixture(scope="module")
def printed(browser, tmp_path_factory):
    return PdfReader(pdf.write(browser, HTML, tmp_path_factory.mktemp("pdf") / "book.pdf"))


def bookmarks(outline):
    for entry in outline:
        yield from bookmarks(entry) if isinstance(entry, list) else [entry.title]


def test_the_pdf_holds_every_chapter_in_order(printed):
    """By its text and its bookmarks; no formula is left as source, and nothing is asked for twice."""
    titles = [soup.select_one("article h1").get_text().rstrip("#").strip() for _, soup in pdf.pages(HTML)]
    found = bookmarks(printed.outline)
    assert [title for title in titles if title not in found] == []  # `in` goes on where the last title was found
    text = "\n".join(page.extract_text() for page in printed.pages[::5])  # each takes a second
    assert "\\frac" not in text and "\\begin{" not in text
    assert not (HTML / "_print.html").exists()


def test_links_of_the_pdf_stay_inside_it_or_leave_for_the_web(printed):
    inside = 0
    for page in printed.pages:
        for annotation in page.get("/Annots", []):
            action = annotation.get_object().get("/A", {})
            inside += "/Dest" in annotation.get_object() or action.get("/S") == "/GoTo"
            assert action.get("/URI", "https:").startswith(("https:", "http:", "mailto:")), action
    assert inside > 100


def test_the_unpacked_zip_opens(browser, tmp_path):
    shutil.unpack_archive(pack.pack(HTML, tmp_path / "book.zip"), tmp_path)
    page = browser.new_page()
    page.goto((tmp_path / pack.NAME / "index.html").as_uri())
    page.locator("article a.internal[href='pretraining/setting.html']:visible").first.click()
    page.wait_for_url("**/provable-mtl/pretraining/setting.html")
    assert page.title().startswith("1. Setting")
    page.close()
