"""The ledger as a picture: which claim rests on which."""

import posixpath
from html import escape

from mtlcore.lab.ledger import Entry

WIDTH, HEIGHT, GAP_X, GAP_Y = 164, 42, 26, 16
#: The least number of columns: claims that stand alone have a row of boxes two columns wide.
LEAST = 6
#: Corner radius of a node: an outcome is told by colour (`book/_static/mtl.css`), shape and text.
RADIUS = {"consistent": 10, "inconclusive": 0, "inconsistent": 0, "not testable": 23}


def depths(entries: list[Entry]) -> dict[str, int]:
    """Length of the longest chain of claims below each one, by id; each comes after those that it rests on."""
    found: dict[str, int] = {}
    for entry in entries:
        found[entry.claim.id] = 1 + max((found[name] for name in entry.claim.needs), default=-1)
    return found


def edge(x0: float, y0: float, x: float, y: float) -> str:
    """An edge from (x0, y0) to (x, y), as a path's data.

    One over several columns runs in the gap below the row that it comes from.
    """
    if x - x0 <= GAP_X:
        middle = (x0 + x) / 2
        return f"M{x0} {y0} C{middle} {y0} {middle} {y} {x} {y}"
    gap, turn = y0 + (HEIGHT + GAP_Y) / 2, GAP_X / 2
    start = f"M{x0} {y0} C{x0 + turn} {y0} {x0 + turn} {gap} {x0 + GAP_X} {gap}"
    return f"{start} L{x - GAP_X} {gap} C{x - turn} {gap} {x - turn} {y} {x} {y}"


def places(entries: list[Entry], depth: dict[str, int]) -> dict[str, tuple[int, int, int]]:
    """Where each entry's box stands: left edge, upper edge and width, by id.

    Claims that rest on others, or others on them, have a column for each depth. The rest stand below in rows, in boxes
    of two columns' width.
    """
    rests = {name for entry in entries for name in entry.claim.needs}
    joined = [entry.claim.id for entry in entries if entry.claim.needs or entry.claim.id in rests]
    alone = [entry.claim.id for entry in entries if entry.claim.id not in joined]
    found: dict[str, tuple[int, int, int]] = {}
    filled: dict[int, int] = {}
    for name in joined:
        row = filled.get(depth[name], 0)
        filled[depth[name]] = row + 1
        found[name] = (depth[name] * (WIDTH + GAP_X) + 4, row * (HEIGHT + GAP_Y) + 4, WIDTH)
    below = max(filled.values(), default=0) * (HEIGHT + GAP_Y) + 4 + (GAP_Y if joined else 0)
    wide, columns = 2 * WIDTH + GAP_X, max(LEAST, 1 + max(depth.values())) // 2
    for k, name in enumerate(alone):
        found[name] = (k % columns * (wide + GAP_X) + 4, below + k // columns * (HEIGHT + GAP_Y), wide)
    return found


def svg(entries: list[Entry], folder: str) -> str:
    """The dependency graph as SVG, each node a link to its chapter.

    Args:
        entries: evaluated claims, each after those that it rests on.
        folder: that of the page which shows it, such as the part's.

    Returns:
        An SVG element in a box that scrolls sideways; edges lead from a claim to those on it.
    """
    place = places(entries, depths(entries))
    width = max(x + wide for x, _, wide in place.values()) + 4
    height = max(y for _, y, _ in place.values()) + HEIGHT + 4
    edges, nodes = [], []
    for entry in entries:
        x, y, wide = place[entry.claim.id]
        for name in entry.claim.needs:
            x0, y0 = place[name][0] + WIDTH, place[name][1] + HEIGHT / 2
            edges.append(f'<path d="{edge(x0, y0, x, y + HEIGHT / 2)}"/>')
        look = f'class="{entry.outcome.replace(" ", "-")}" rx="{RADIUS[entry.outcome]}"'
        dashed = "" if entry.outcome == "consistent" else ' stroke-dasharray="5 3"'
        page = posixpath.relpath(f"{entry.claim.chapter}.html", folder)
        size = ' font-size="12"' if wide > WIDTH else ""
        nodes.append(
            f'<a href="{page}"><title>{escape(entry.claim.statement)}</title>'
            f'<rect x="{x}" y="{y}" width="{wide}" height="{HEIGHT}" {look}{dashed}/>'
            f'<text x="{x + wide / 2}" y="{y + 17}" font-weight="bold"{size}>{escape(entry.claim.id)}</text>'
            f'<text x="{x + wide / 2}" y="{y + 33}">{entry.outcome}</text></a>'
        )
    return (
        '<div class="claim-box" style="overflow-x:auto">'
        '<svg class="claim-graph" role="group" aria-label="Which claim rests on which, as in the list below." '
        f'viewBox="0 0 {width} {height}" style="width:100%;min-width:1200px" font-family="sans-serif" font-size="13" '
        'text-anchor="middle">'
        '<marker id="claim-arrow" viewBox="0 0 6 6" refX="6" refY="3" markerWidth="6" markerHeight="6" orient="auto">'
        '<polygon points="0,0 6,3 0,6"/></marker>'
        f'<g class="edges" fill="none" marker-end="url(#claim-arrow)">{"".join(edges)}</g><g class="nodes">'
        + "".join(nodes)
        + "</g></svg></div>"
    )
