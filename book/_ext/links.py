"""What a link leads to, shown beside it; and a permalink for each theorem.

When the pages are written, every theorem, equation, citation and glossary entry that some page links to is collected
from them into one script, `_static/tips-data.js`. `book/_static/tips.js` loads it at the first link that a reader
points at, so a page weighs no more for it, and it works from disk, where a page may not fetch a file.
"""

import json
import re
from copy import copy
from pathlib import Path
from urllib.parse import unquote

from bs4 import BeautifulSoup, Tag

TARGETS = "div.proof[id], div.math[id], div.citation[id], dl.glossary dt[id]"


def tip(target: Tag) -> str:
    """What stands at a link's target, as HTML that can be shown on any page: no links, pictures or anchors."""
    parts = [target]
    if target.name == "dt":
        parts.append(target.find_next_sibling("dd"))
    out = ""
    for part in map(copy, parts):
        for extra in part.select(".headerlink, .eqno, img"):
            extra.decompose()
        for link in part.find_all("a"):
            link.unwrap()
        for tag in (part, *part.find_all(id=True)):
            tag.attrs.pop("id", None)
        out += str(part)
    return out


def tips(root: Path) -> dict[str, str]:
    """All tips of a built book, by page and anchor: `chapters/setting.html#alg-pretrain`."""
    linked, found = set(), {}
    for path in sorted([*root.glob("*.html"), *root.glob("[!_]*/**/*.html")]):  # no sources, no static files
        article = BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser").find("article")
        if article is None:
            continue
        for link in article.select("a.internal[href*='#']"):
            page, anchor = link["href"].split("#", 1)
            target = (path.parent / unquote(page)).resolve() if page else path.resolve()
            linked.add((target, unquote(anchor)))
        for target in article.select(TARGETS):
            found[path.resolve(), target["id"]] = target
    root = root.resolve()
    return {f"{page.relative_to(root).as_posix()}#{anchor}": tip(found[page, anchor])
            for page, anchor in sorted(linked & found.keys())}  # fmt: skip


def _write_tips(app, error):
    if error or app.builder.name != "html":
        return
    data = json.dumps(tips(Path(app.outdir)), ensure_ascii=False, indent=0)
    (Path(app.outdir) / "_static" / "tips-data.js").write_text(f"window.bookTips = {data};\n", encoding="utf-8")


def permalinks(body: str) -> str:
    """A page with a link to itself in the title of each theorem, as Sphinx has it for headings and equations."""
    title = r'(<div class="proof [^>]*\bid="([^"]+)">\s*<p class="admonition-title">.*?)(?=</p>)'
    return re.sub(
        title, r'\1<a class="headerlink" href="#\2" title="Link to this statement">#</a>', body, flags=re.DOTALL
    )


def _add_permalinks(app, pagename, templatename, context, doctree):
    if doctree:
        context["body"] = permalinks(context["body"])


def setup(app):
    """Register the extension with Sphinx."""
    app.connect("html-page-context", _add_permalinks)
    app.connect("build-finished", _write_tips)
    return {"version": "0.1", "parallel_read_safe": True, "parallel_write_safe": True}
