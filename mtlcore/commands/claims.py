"""`mtlcore claims`: what the claims' checks and controls say."""

import click


@click.command("claims")
@click.argument("claim", nargs=-1)
def command(claim: tuple[str, ...]) -> None:
    """Check every claim of the book, or some, and print the outcomes.

    CLAIM is the id of a claim, or a part.
    """
    from mtlcore.lab import ledger, part

    by_part = {name: part.load(name).claims for name in part.names()}
    known = [*by_part, *(one.id for every in by_part.values() for one in every)]
    for name in claim:
        if name not in known:
            raise ValueError(f"claim {name!r} is unknown; allowed: {', '.join(known)}")
    wanted = claim or by_part
    these = [one for name, every in by_part.items() for one in every if name in wanted or one.id in wanted]
    print(ledger.summary(ledger.evaluate(these)))
