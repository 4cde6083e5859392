"""The command line: `mtlcore run representation --device cuda --trials 40 --set eta=0.05`."""

import importlib
import sys

import click

from mtlcore import __version__

#: The modules of `mtlcore.commands` by what their commands are called.
COMMANDS = {"list": "listing", "run": "run", "sweep": "sweep", "records": "records", "claims": "claims"}


class Lazy(click.Group):
    """Commands whose modules are imported when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all commands, as help lists them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """A command by its name; None for an unknown one."""
        known = cmd_name in COMMANDS
        return importlib.import_module(f"mtlcore.commands.{COMMANDS[cmd_name]}").command if known else None


@click.group(cls=Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="mtlcore %(version)s")
def command() -> None:
    """Run the experiments of the book, or your own, and check its claims."""


def main(argv: list[str] | None = None) -> int:
    """The command line: 0, or 2 after one line that says what is wrong.

    Args:
        argv: by default the arguments of the process.
    """
    arguments = sys.argv[1:] if argv is None else argv
    try:
        return command.main(arguments or ["--help"], complete_var="_MTLCORE_COMPLETE", standalone_mode=False) or 0
    except click.ClickException as error:
        said = error.format_message()
    except (ValueError, OSError) as error:
        said = str(error)
    except click.Abort:
        print("mtlcore: interrupted; finished experiments are in the store", file=sys.stderr)
        return 130
    print(f"mtlcore: {said}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
