"""`mtlcore list`: what there is to run and to check."""

from collections.abc import Iterator

import click

KINDS = ("parts", "chapters", "figures", "experiments", "claims")


def rows(kind: str) -> Iterator[tuple[str, ...]]:
    """What there is of a kind, a row of texts for each; the first is its name."""
    from mtlcore.commands.choosing import figures
    from mtlcore.lab import part
    from mtlcore.lab.changed import described

    parts = [part.load(name) for name in part.names()]
    chapters = [(one, name) for one in parts for name in one.chapters]
    if kind == "parts":
        yield from ((one.name, one.title) for one in parts)
    elif kind == "chapters":
        for one, name in chapters:
            kinds = dict.fromkeys(type(experiment).__name__ for experiment in one.experiments(name))
            yield name, one.name, ", ".join(kinds)
    elif kind == "figures":
        for name, (chapter, behind) in figures().items():
            yield name, chapter, "; ".join(described(experiment) for _, experiment in behind)
    elif kind == "experiments":
        for one, name in chapters:
            yield from ((described(experiment), name) for experiment in one.experiments(name))
    else:
        for one, name in chapters:
            yield from ((claim.id, name, claim.statement) for claim in one.chapters[name].claims)


@click.command("list")
@click.argument("kind", type=click.Choice(KINDS), default="chapters")
def command(kind: str) -> None:
    """List chapters, parts, figures, experiments or claims, a line for each, by the names that the commands take."""
    table = list(rows(kind))
    widths = [max(len(row[k]) for row in table) for k in range(len(table[0]) - 1)] if table else []
    for row in table:
        click.echo("  ".join([*(text.ljust(width) for text, width in zip(row, widths, strict=False)), row[-1]]))
