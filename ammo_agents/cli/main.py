"""The ``ammo`` command: verbs are declared here, their code is imported when they run."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from ammo_agents import __version__
from ammo_agents.cli import (
    accounts,
    asking,
    authoring,
    checking,
    community,
    doors,
    feed,
    house,
    inbox,
    installing,
    measure,
    rehearsing,
    seeding,
    shelf,
    talk,
    wanting,
)
from ammo_agents.cli.options import FLAGS, part
from ammo_agents.cli.verbs import Verbs
from ammo_agents.errors import AmmoError

app = typer.Typer(
    name="ammo",
    cls=Verbs,
    help="Proactive, personal AI companions: a feed that explains itself, from facts, on this machine.",
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)
FAULTS = {"verbose": False}
LISTS = (["subspace", "list"], ["plugin", "list"])
"""Verbs that are quicker than reading the flags of all verbs: asked as they stand, they are answered at once."""
for module in (
    feed,
    asking,
    community,
    talk,
    inbox,
    wanting,
    shelf,
    installing,
    authoring,
    rehearsing,
    measure,
    house,
    doors,
    seeding,
    accounts,
    checking,
):
    module.attach(app)


def _version(*, wanted: bool) -> None:
    if wanted:
        typer.echo(f"ammo {__version__}")
        raise typer.Exit


@app.callback()
def root(
    home: Annotated[
        Path | None,
        typer.Option("--home", help="One folder for data, models and settings (env: AMMO_HOME)."),
    ] = None,
    model: Annotated[
        str | None, typer.Option("--model", help="The language model to use (env: AMMO_MODEL).")
    ] = None,
    store: Annotated[
        str | None,
        typer.Option("--store", help="The vector store: chroma, exact (env: AMMO_STORE)."),
    ] = None,
    offline: Annotated[
        bool | None, typer.Option("--offline", help="Refuse every connection beyond this machine.")
    ] = None,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Show the traceback of an error.")
    ] = False,
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            help="Print the version.",
            is_eager=True,
            callback=lambda value: _version(wanted=value),
        ),
    ] = False,
) -> None:
    """Proactive, personal AI companions."""
    FLAGS.update(home=home, model=model, store=store, offline=offline)
    FAULTS["verbose"] = verbose


def run() -> None:
    """Run the command line; every expected error becomes two lines and its exit code."""
    try:
        if sys.argv[1:3] in LISTS and set(sys.argv[3:]) <= {"--json"}:
            part("cli.listing").at_once(sys.argv[1], as_json=len(sys.argv) > 3)
        else:
            app(standalone_mode=True)
    except AmmoError as error:
        if FAULTS["verbose"]:
            raise
        part("cli.faults").show(error, as_json="--json" in sys.argv)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.stderr.write("\nInterrupted; everything acknowledged is kept. Go on with: ammo up\n")
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)


if __name__ == "__main__":
    run()
