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
