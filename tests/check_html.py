"""Look through a built book: dead links and anchors, loads from the network, images without alt text.

python tests/check_html.py _build/html
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

from bs4 import BeautifulSoup

LOADED_LINKS = {"stylesheet", "preload", "modulepreload", "icon", "shortcut", "manifest"}


def _references(soup: BeautifulSoup) -> Iterator[tuple[str, bool]]:
    """Every address on a page, and whether the browser loads it by itself."""
    for tag in soup.find_all(["a", "area"], href=True):
        yield tag["href"], False
    for tag in soup.find_all("link", href=True):
        yield tag["href"], bool(LOADED_LINKS & set(tag.get("rel", [])))
    for tag in soup.find_all(src=True):
        yield tag["src"], True
    for tag in soup.find_all("object", data=True):
        yield tag["data"], True


def problems(root: Path) -> Iterator[str]:
    """What is wrong with the pages under `root`, one line each."""
    root = root.resolve()
    pages = {
        path: BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
        for path in sorted(root.rglob("*.html"))
        if "_static" not in path.relative_to(root).parts
    }
    if not pages:
        yield f"no pages in {root}"
    anchors = {
        path: {tag["id"] for tag in soup.find_all(id=True)}
        | {tag["name"] for tag in soup.find_all("a", attrs={"name": True})}
        for path, soup in pages.items()
    }
    for path, soup in pages.items():
        where = path.relative_to(root)
        for address, loaded in _references(soup):
            url = urlsplit(address)
            if loaded and (url.netloc or url.scheme in ("http", "https")):
                yield f"{where}: loads from the network: {address}"
            if url.scheme or url.netloc:
                continue
            target = (path.parent / unquote(url.path)).resolve() if url.path else path
            fragment = unquote(url.fragment)
            if not target.exists():
                yield f"{where}: dead link: {address}"
            elif fragment and target in anchors and fragment not in anchors[target]:
                yield f"{where}: dead anchor: {address}"
        for image in soup.select("article img"):
            alt = image.get("alt", "").strip()
            if not alt or "_images/" in alt:
                yield f"{where}: image without alt text: {image.get('src')}"
    for path in sorted(root.rglob("*.css")):
        for address in re.findall(
            r"""(?:url\(|@import)\s*["']?((?:https?:)?//[^"')\s]+)""", path.read_text(encoding="utf-8")
        ):
            yield f"{path.relative_to(root)}: loads from the network: {address}"


if __name__ == "__main__":
    found = list(problems(Path(sys.argv[1])))
    print(*found, sep="\n", end="\n" if found else "")
    sys.exit(bool(found))
