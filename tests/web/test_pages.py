"""Every page of the built book in a browser: from a server and from disk, light and dark, on a desktop and a phone."""

import io
import json
import re
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit
from xml.etree import ElementTree

import nbformat
import pandas as pd
import pypdf
import pytest
from axe_playwright_python.sync_playwright import Axe
from bs4 import BeautifulSoup

HTML = Path(__file__).parents[2] / "_build" / "html"
PAGES = sorted(
    path.relative_to(HTML).as_posix()
    for path in [*HTML.glob("*.html"), *HTML.glob("[!_]*/*.html")]
    if path.name not in ("genindex.html", "py-modindex.html")
)
DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
STANDARD = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]},
    "resultTypes": ["violations"],  # what passes is not described
}
#: What the other theme of a page can change.
COLOURS = {
    "runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]},
    "resultTypes": ["violations"],
}
#: Of 1.5 MB, the most that the front page may load.
FRONT_PAGE = 1_500_000


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture(scope="session")
def address(html):
    """The book on a local server."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=html))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


def strangers(page, home):
    """Requests that leave the book."""
    return [url for url in page.requests if not url.startswith((home, "data:", "blob:"))]


def violations(page, theme, rules):
    """What axe-core finds on a page in one theme, a line each."""
    page.evaluate("theme => { document.documentElement.dataset.theme = theme }", theme)
    page.evaluate("document.getAnimations().forEach(animation => animation.finish())")
    for violation in Axe().run(page, options=rules).response["violations"]:
        places = [node["html"][:160] for node in violation["nodes"][:4]]
        yield f"{page.viewport_size['width']} {theme}: {violation['id']}: {violation['help']}: {places}"


@pytest.mark.parametrize("where, viewport, theme", [("server", DESKTOP, "light"), ("disk", PHONE, "dark")])
@pytest.mark.parametrize("name", PAGES)
def test_a_page(name, where, viewport, theme, visit, address):
    """Nothing from elsewhere, no complaint, formulas set, no wider than the screen, WCAG 2.1 AA in both themes."""
    home = address if where == "server" else HTML.as_uri() + "/"
    page = visit(home + name, viewport, theme)
    assert strangers(page, home) == []
    excerpts = where == "disk" and name == "search.html"  # excerpts of search results need a server
    assert [text for text in page.complaints if not (excerpts and "fetch" in text)] == []
    formulas, typeset = (page.locator(what).count() for what in (".math", "mjx-container"))
    assert typeset >= formulas and page.locator("mjx-merror").count() == 0
    raw = page.evaluate("document.querySelector('article, main').innerText")
    assert not re.search(r"\\\(|\\\[|\\begin\{|\$\$", raw)
    page.evaluate("document.querySelectorAll('details').forEach(part => { part.open = true })")
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
    if "/api" in name:  # one template writes the entry of each module, and axe takes minutes for all
        page.evaluate(
            "document.querySelectorAll('article section > section').forEach((part, k) => k < 6 || part.remove())"
        )
    other = "dark" if theme == "light" else "light"
    assert [*violations(page, theme, STANDARD), *violations(page, other, COLOURS)] == []


def test_axe_would_find_a_fault(visit, address):
    page = visit(address + "index.html")
    page.evaluate("document.querySelector('main').append(document.createElement('img'))")
    assert [violation["id"] for violation in Axe().run(page, options=STANDARD).response["violations"]] == ["image-alt"]


def test_the_front_page_is_light(visit, address):
    context_page = visit("about:blank")
    sizes = []
    context_page.on("response", lambda response: sizes.append(len(response.body())))
    context_page.goto(address, wait_until="networkidle")
    timing = context_page.evaluate("performance.getEntriesByType('navigation')[0].toJSON()")
    print(f"front page: {sum(sizes) / 1e6:.2f} MB, interactive after {timing['domInteractive']:.0f} ms")
    assert 0 < sum(sizes) < FRONT_PAGE


@pytest.mark.parametrize("home", ["server", "disk"])
def test_search_finds(home, visit, address):
    base = address if home == "server" else HTML.as_uri() + "/"
    page = visit(base + "search.html?q=fan-out")
    page.wait_for_selector("#search-results li")
    assert page.locator("#search-results a[href*='fan-out']").count() > 0


def test_the_theme_toggles_and_pictures_follow(visit, address):
    page = visit(address + "pretraining/representation.html")
    button = page.locator("button.theme-switch-button").first
    seen = set()
    for _ in range(3):
        button.click()
        theme = page.evaluate("document.documentElement.dataset.theme")
        seen.add(theme)
        shown = page.evaluate(
            "[...document.querySelectorAll('figure img')].filter(i => i.offsetParent).map(i => i.className)"
        )
        assert shown and all(("only-" + theme) in classes for classes in shown)
    assert seen == {"light", "dark"}


def linked_files():
    """Every file that a page offers for download."""
    found = set()
    for name in PAGES:
        soup = BeautifulSoup((HTML / name).read_text(encoding="utf-8"), "html.parser")
        for link in soup.select("a[download][href], a[class*='btn-download-'][href], a.download[href]"):
            url = urlsplit(urljoin(name, unquote(link["href"])))
            if not url.scheme and url.path:
                found.add(url.path)
    return sorted(found)


def parse(path):
    """Read a file as what its ending says; an exception where it is not that."""
    content = path.read_bytes()
    match path.suffix:
        case ".csv":
            return len(pd.read_csv(io.BytesIO(content), low_memory=False))
        case ".parquet":
            return len(pd.read_parquet(io.BytesIO(content)))
        case ".json":
            return len(json.loads(content)["sha256"])
        case ".svg":
            return len(ElementTree.fromstring(content))
        case ".pdf":
            return len(pypdf.PdfReader(io.BytesIO(content)).pages)
        case ".ipynb":
            notebook = nbformat.reads(content.decode(), 4)
            nbformat.validate(notebook)
            return len(notebook.cells)
        case ".md" | ".bib":
            return len(content.decode())
    raise ValueError(f"{path.name}: an ending that no reader is known for")


def test_downloads_exist_and_parse(html):
    files = linked_files()
    endings = {file.rpartition(".")[2] for file in files}
    assert {"csv", "parquet", "json", "svg", "pdf", "ipynb", "md"} <= endings
    for file in files:
        assert parse(html / file) > 0, file


def test_every_figure_has_a_card(html):
    # No run is behind the picture of an idea, and a still one stands in where scripts are off. Those of a reader's own
    # experiment and of speed are no part's.
    for name in set(PAGES) - {"pretraining/playground.html", "back/own.html", "back/speed.html"}:
        soup = BeautifulSoup((html / name).read_text(encoding="utf-8"), "html.parser")
        drawn = soup.select("div.cell:not(.tag_hero-still, .tag_idea) div.cell_output figure img.only-light")
        assert len(soup.select("div.figure-card")) == len(drawn), name
