"""The ledger as a picture: which claim rests on which."""

from html import escape

from mtlcore.claims.ledger import Entry

WIDTH, HEIGHT, GAP_X, GAP_Y = 150, 46, 34, 16
#: Fill and corner radius of a node: an outcome is told by colour, shape and text.
LOOKS = {
    "consistent": ("#cfe8d8", 10),
    "inconclusive": ("#f5e3b8", 0),
    "inconsistent": ("#f3c9bf", 0),
    "not testable": ("#dddddd", 23),
}


def depths(entries: list[Entry]) -> dict[str, int]:
    """Length of the longest chain of claims below each one.

    Args:
        entries: evaluated claims, each after those that it rests on.

    Returns:
        Depth by id; 0 for a claim that rests on none.
    """
    found: dict[str, int] = {}
    for entry in entries:
        found[entry.claim.id] = 1 + max((found[name] for name in entry.claim.needs), default=-1)
    return found


def svg(entries: list[Entry]) -> str:
    """The dependency graph as SVG, each node a link to its chapter.

    Args:
        entries: evaluated claims, each after those that it rests on.

    Returns:
        An SVG element in a box that scrolls sideways; a column for each depth, edges from a claim to those on it.
    """
    columns: dict[int, list[Entry]] = {}
    depth = depths(entries)
    for entry in entries:
        columns.setdefault(depth[entry.claim.id], []).append(entry)
    place = {
        entry.claim.id: (x * (WIDTH + GAP_X) + 4, y * (HEIGHT + GAP_Y) + 4)
        for x, column in columns.items()
        for y, entry in enumerate(column)
    }
    width = len(columns) * (WIDTH + GAP_X) - GAP_X + 8
    height = max(map(len, columns.values())) * (HEIGHT + GAP_Y) - GAP_Y + 8
    edges, nodes = [], []
    for entry in entries:
        x, y = place[entry.claim.id]
        for name in entry.claim.needs:
            x0, y0 = place[name][0] + WIDTH, place[name][1] + HEIGHT / 2
            y1, middle = y + HEIGHT / 2, (x0 + x) / 2
            edges.append(f'<path d="M{x0} {y0} C{middle} {y0} {middle} {y1} {x} {y1}"/>')
        fill, radius = LOOKS[entry.outcome]
        dashed = "" if entry.outcome == "consistent" else ' stroke-dasharray="5 3"'
        page = entry.claim.chapter.removeprefix("chapters/")
        nodes.append(
            f'<a href="{page}.html"><title>{escape(entry.claim.statement)}</title>'
            f'<rect x="{x}" y="{y}" width="{WIDTH}" height="{HEIGHT}" rx="{radius}" fill="{fill}"{dashed}/>'
            f'<text x="{x + WIDTH / 2}" y="{y + 19}" font-weight="bold">{escape(entry.claim.id)}</text>'
            f'<text x="{x + WIDTH / 2}" y="{y + 36}">{entry.outcome}</text></a>'
        )
    return (
        '<div style="overflow-x:auto">'
        '<svg class="claim-graph" role="group" aria-label="Which claim rests on which, as in the list below." '
        f'viewBox="0 0 {width} {height}" style="width:100%;min-width:1050px" font-family="sans-serif" font-size="14" '
        'text-anchor="middle" fill="#111" stroke-width="1.2">'
        f'<g fill="none" stroke="#888">{"".join(edges)}</g><g stroke="#555" paint-order="stroke">'
        + "".join(nodes).replace("<text", '<text stroke="none"')
        + "</g></svg></div>"
    )
