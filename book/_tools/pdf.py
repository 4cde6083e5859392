"""The built book as one PDF: its pages in one document, in the order of the contents, printed by Chromium.

python book/_tools/pdf.py _build/html _build/provable-mtl.pdf

One document rather than one for each page: links between chapters stay links, pages are numbered through, and the
headings become bookmarks.
"""

import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

import yaml
from bs4 import BeautifulSoup, Tag
from playwright.sync_api import Browser, sync_playwright
from pypdf import PdfReader, PdfWriter
from pypdf.generic import NameObject, TextStringObject

ROOT = Path(__file__).resolve().parent.parent.parent
SCREEN_ONLY = "[hidden], .headerlink, button, script, .toctree-wrapper, .viewcode-link"
FOOTER = """<div style="width: 100%; text-align: center; font: 8pt sans-serif"><span class="pageNumber"></span></div>"""
FLAGS = "--no-sandbox --disable-gpu --no-first-run --disable-background-networking --disable-component-update"


def pages(html: Path) -> Iterator[tuple[str, BeautifulSoup]]:
    """The pages of a built book, each with its path, in the order in which one reads them; no package reference."""
    path = "index.html"
    while path:
        soup = BeautifulSoup((html / path).read_text(encoding="utf-8"), "html.parser")
        if not Path(path).stem.startswith("api"):  # half of all sheets, and of use beside an editor only
            yield path, soup
        following = soup.select_one("link[rel=next]")
        path = following and os.path.normpath(Path(path).parent / unquote(following["href"]))


def anchor(page: str, fragment: str = "") -> str:
    """The name that an anchor of a page has in the whole."""
    return page.removesuffix(".html").replace("/", "-") + (f"--{fragment}" if fragment else "")


def chapter(page: str, soup: BeautifulSoup, book: set[str]) -> Tag:
    """A page's text with its addresses as they are in the whole, and without what only a screen can use."""
    article = soup.select_one("article.bd-article")
    for tag in article.select(SCREEN_ONLY):
        tag.decompose()
    for link in article.select("a.download"):  # a printed link to a file has nothing behind it
        row = link.find_parent("dd")
        (row and row.find_previous_sibling("dt") or link).extract()
        (row or link).extract()
    for tag in article.find_all("details"):
        tag["open"] = ""
    for tag in article.find_all("noscript"):
        tag.name = "div"
    for tag in article.find_all(id=True):
        if not tag.find_parent("svg"):
            tag["id"] = anchor(page, tag["id"])
    for tag in article.find_all(src=True):
        if not urlsplit(tag["src"]).scheme:
            tag["src"] = os.path.normpath(Path(page).parent / tag["src"])
    for link in article.find_all("a", href=True):
        url = urlsplit(link["href"])
        if url.scheme:
            continue
        target = os.path.normpath(Path(page).parent / unquote(url.path)) if url.path else page
        if target in book:
            link["href"] = "#" + anchor(target, unquote(url.fragment))
        else:
            link.unwrap()
    section = soup.new_tag("section", id=anchor(page), attrs={"class": "printed-page"})
    section.append(article)
    return section


def formula_scripts(soup: BeautifulSoup) -> str:
    """The scripts of a page that set formulas, settings first; none on a page without formulas."""
    settings = [script for script in soup.find_all("script") if "window.MathJax" in script.text]
    if not soup.select("script[src*='_static/mathjax/']"):
        return ""
    return "".join(map(str, settings)) + '<script src="_static/mathjax/tex-chtml.js"></script>'


def document(html: Path) -> str:
    """The book as one page of HTML that stands beside the front page."""
    parts = dict(pages(html))
    titles = {page: soup.select_one("article h1") for page, soup in parts.items()}
    contents = "".join(
        f'<li><a href="#{anchor(page)}">{title.get_text().removesuffix("#").strip()}</a></li>'
        for page, title in titles.items()
    )
    cff = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    authors = ", ".join(author["name"] for author in cff["authors"])
    styles = "".join(str(link) for link in parts["index.html"].select("link[rel=stylesheet]"))
    scripts = next((found for soup in parts.values() if (found := formula_scripts(soup))), "")
    chapters = "".join(str(chapter(page, soup, set(parts))) for page, soup in parts.items())
    return f"""<!DOCTYPE html>
<html lang="en" data-theme="light" data-mode="light"><head><meta charset="utf-8"><title>{cff["title"]}</title>
{styles}{scripts}</head><body><main class="bd-main printed-book"><div class="bd-content">
<section class="title-page"><h1>{cff["title"]}</h1><p>{authors}</p><p>Version {cff["version"]}</p>
<p>Text and figures: CC BY 4.0. Code: BSD 3-Clause.</p></section>
<section class="contents"><h1>Contents</h1><ul>{contents}</ul></section>
{chapters}</div></main></body></html>"""


def write(browser: Browser, html: Path, target: Path) -> Path:
    """Print a built book."""
    whole = html / "_print.html"
    if not (html / "index.html").is_file():
        raise SystemExit(f"no book in {html}: run make book")
    text = document(html)
    whole.write_text(text, encoding="utf-8")
    page = browser.new_page(color_scheme="light")
    page.set_default_timeout(600_000)
    try:
        page.emulate_media(media="print")
        page.goto(whole.resolve().as_uri())
        page.evaluate("window.MathJax?.startup.promise")
        page.pdf(
            path=target,
            format="A4",
            margin=dict(top="18mm", bottom="20mm", left="18mm", right="18mm"),
            display_header_footer=True,
            header_template="<span></span>",
            footer_template=FOOTER,
            print_background=True,
            outline=True,
            tagged=True,
        )
    finally:
        page.close()
        whole.unlink()
    name_bookmarks(target, headings(text))
    return target


def headings(text: str) -> list[str]:
    """The words of each heading, with formulas as they are written."""
    found = BeautifulSoup(text, "html.parser").find_all(re.compile("^h[1-6]$"))
    return [" ".join(re.sub(r"\\[()]|\\mathrm|[{}$]", "", heading.get_text()).split()) for heading in found]


def name_bookmarks(target: Path, words: list[str]) -> None:
    """Give each bookmark its heading's words: Chromium leaves out formulas, and blanks where a line breaks."""
    book = PdfWriter(clone_from=PdfReader(target))
    names = iter(words)
    entries = [book.root_object["/Outlines"]["/First"]] if "/Outlines" in book.root_object else []
    while entries:  # depth first, in the order of the text
        entry = entries.pop().get_object()
        entry[NameObject("/Title")] = TextStringObject(next(names))
        entries += [entry[key] for key in ("/Next", "/First") if key in entry]
    if left := list(names):
        raise RuntimeError(f"headings without a bookmark: {left}")
    book.add_metadata({"/Creator": "make pdf"})
    book.write(target)


if __name__ == "__main__":
    with sync_playwright() as playwright:
        chromium = os.environ.get("CHROMIUM", "/usr/bin/chromium")
        if not Path(chromium).exists():
            raise SystemExit(f"no Chromium at {chromium}: install it, or say in CHROMIUM where it is")
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS.split())
        print(write(browser, *map(Path, sys.argv[1:])).resolve())
