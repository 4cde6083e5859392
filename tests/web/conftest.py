"""The browser of the web tests: the system's Chromium, driven by Playwright, with no way out to the network."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parent.parent.parent
HTML = ROOT / "_build" / "html"
ARGUMENTS = """
    --no-sandbox --disable-gpu --no-first-run --disable-background-networking --disable-component-update --disable-sync
"""


@pytest.fixture(scope="session")
def browser():
    """Chromium, from CHROMIUM or where Debian puts it."""
    with sync_playwright() as playwright:
        chromium = os.environ.get("CHROMIUM", "/usr/bin/chromium")
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS.split())
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def html():
    """The built book."""
    assert (HTML / "index.html").is_file(), f"no book in {HTML}: run make book"
    return HTML


@pytest.fixture
def visit(browser):
    """Open a page and wait until its formulas are typeset; what it asked for and complained of is kept on it."""
    contexts = []

    def open_page(url, viewport=None, theme="light", script=True, **options):
        viewport = viewport or {"width": 1280, "height": 900}
        context = browser.new_context(viewport=viewport, color_scheme=theme, java_script_enabled=script, **options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(120_000)  # for a busy machine
        page.requests, page.complaints = [], []
        page.on("request", lambda request: page.requests.append(request.url))
        page.on("console", lambda m: page.complaints.append(m.text) if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.goto(url)
        if script and page.locator("script[src*=mathjax]").count():
            page.wait_for_function("MathJax.startup?.promise")
            page.evaluate("MathJax.startup.promise.then(() => null)")
        return page

    yield open_page
    for context in contexts:
        context.close()
