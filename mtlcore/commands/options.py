"""What several commands take, and hand on to the foundation by its environment variables."""

import os

import click


def exported(ctx: click.Context, param: click.Parameter, value: object) -> None:
    """Hand an option on to what reads its environment variable, here and in worker processes."""
    if value is not None:
        os.environ[f"MTLCORE_{param.name}".upper()] = str(value)


device = click.option(
    "--device", callback=exported, expose_value=False, help="cpu, auto, cuda, ...; else MTLCORE_DEVICE, or cpu."
)
jobs = click.option(
    "--jobs", type=click.IntRange(1), callback=exported, expose_value=False, help="Processes; else one for each core."
)
