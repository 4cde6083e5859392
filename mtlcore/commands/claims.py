"""`mtlcore claims`: what the claims' checks and controls say."""

import click


@click.command("claims")
@click.argument("claim", nargs=-1)
def command(claim: tuple[str, ...]) -> None:
    """Check every claim of the book, or some, and print the outcomes.

    CLAIM is the id of a claim, or a part.
    """
    from mtlcore.lab import ledger, part

    click.echo(ledger.summary(ledger.evaluate(part.claims(claim))))
