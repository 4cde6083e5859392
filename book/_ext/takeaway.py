"""Take a page away: its source, the executed notebook, and where the repository is known, Binder and Colab.

The address stands in one place, `repository` in `_config.yml`; BOOK_REPOSITORY gives another at build time. Without
one no page shows a button that leads nowhere. BOOK_REVISION names the commit that the book was built from.
"""

import os
import re
import shutil
from pathlib import Path

from sphinx.errors import ConfigError

GITHUB = re.compile(r"https://github\.com/([\w.-]+/[\w.-]+?)(?:\.git)?/?")


def github(address: str) -> str:
    """The owner and name in a repository's address, such as "owner/name"."""
    match = GITHUB.fullmatch(address)
    if not match:
        raise ConfigError(f"BOOK_REPOSITORY = {address}; allowed: https://github.com/OWNER/NAME")
    return match[1]


def binder(repository: str, revision: str, page: str) -> str:
    """The address that opens a chapter on Binder, in the environment of that revision."""
    return f"https://mybinder.org/v2/gh/{repository}/{revision}?urlpath=lab/tree/book/{page}.md"


def colab(repository: str, page: str) -> str:
    """The address that opens a chapter on Colab: it reads notebooks only, and the branch `notebooks` holds them."""
    return f"https://colab.research.google.com/github/{repository}/blob/notebooks/{page}.ipynb"


def _configure(app, config):
    options = config.html_theme_options
    address = os.environ.get("BOOK_REPOSITORY") or options.get("repository_url", "")
    options["repository_url"] = address and f"https://github.com/{github(address)}"
    for button in ("use_repository_button", "use_edit_page_button", "use_issues_button"):
        options[button] = bool(address)


def _notebook(app, pagename, templatename, context, doctree):
    """Put a page's executed notebook beside its source; the theme then offers both."""
    if doctree and "kernelspec" in app.env.metadata[pagename]:
        context["ipynb_source"] = f"{pagename}.ipynb"
        target = Path(app.outdir) / "_sources" / context["ipynb_source"]
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(Path(app.outdir).parent / "jupyter_execute" / context["ipynb_source"], target)


def _launch(app, pagename, templatename, context, doctree):
    """Add the buttons that open a chapter elsewhere."""
    options = app.config.html_theme_options
    if "ipynb_source" not in context or not options["repository_url"]:
        return
    repository = github(options["repository_url"])
    revision = os.environ.get("BOOK_REVISION") or options["repository_branch"]
    links = {
        "Binder": (binder(repository, revision, pagename), "_static/images/logo_binder.svg"),
        "Colab": (colab(repository, pagename), "_static/images/logo_colab.png"),
    }
    buttons = [
        {"type": "link", "text": name, "tooltip": f"Open this chapter on {name}", "icon": icon, "url": url}
        for name, (url, icon) in links.items()
    ]
    group = {"type": "group", "tooltip": "Open this chapter elsewhere", "icon": "fas fa-rocket", "buttons": buttons}
    context["header_buttons"].insert(0, group | {"label": "launch-buttons"})


def setup(app):
    """Register the extension with Sphinx."""
    app.connect("config-inited", _configure)
    app.connect("html-page-context", _notebook)
    app.connect("html-page-context", _launch, priority=502)  # after the theme has made its list of buttons
    return {"version": "0.1", "parallel_read_safe": True, "parallel_write_safe": True}
