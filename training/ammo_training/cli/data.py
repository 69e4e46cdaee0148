"""``ammo train data``: from feedback (or a file) to a data set; what is in it, whether it leaks, and labelling."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Annotated, Any

import typer

from ammo_agents.cli.options import Json
from ammo_training.cli.train import app as train

app = typer.Typer(
    name="data",
    no_args_is_help=True,
    help="Data sets out of feedback: build, preview, check, label.",
)
train.add_typer(app)
What = Annotated[str, typer.Argument(help="A data set by name, or a file of pairs (JSON lines).")]
Files = Annotated[
    list[Path] | None,
    typer.Option(
        "--file", help="Pairs from a file instead of this home's feedback; may be given again."
    ),
]
Space = Annotated[str, typer.Option("--subspace", help="Only feedback of this subspace.")]
Buddy = Annotated[str, typer.Option("--buddy", help="Only feedback on this buddy: coin/bitcoin.")]
Simulated = Annotated[
    list[str] | None,
    typer.Option("--simulated", help="A person of this home who is none; may be given again."),
]
Seed = Annotated[int, typer.Option("--seed", help="Everything random follows from it.", min=0)]
Length = Annotated[
    int, typer.Option("--max-length", help="Tokens of prompt and text together.", min=16)
]
Dev = Annotated[float, typer.Option("--dev", help="Share held out to choose by.", min=0, max=0.9)]
Test = Annotated[float, typer.Option("--test", help="Share held out for the end.", min=0, max=0.9)]
Balance = Annotated[
    bool,
    typer.Option(
        "--balance-length", help="Drop pairs until the longer text is chosen half the time."
    ),
]


@app.command("build")
def build(  # noqa: PLR0913 - a command's parameters are its flags
    name: Annotated[str, typer.Argument(help="What the set is to be called: film-may.")],
    file: Files = None,
    subspace: Space = "",
    buddy: Buddy = "",
    simulated: Simulated = None,
    max_length: Length = 1024,
    dev: Dev = 0.1,
    test: Test = 0.2,
    seed: Seed = 7,
    balance: Balance = False,
    as_json: Json = False,
) -> None:
    """Build a data set: consent, hygiene, split and leak check, each with its count."""
    asked: dict[str, Any] = {
        "name": name,
        "files": file or [],
        "subspace": subspace,
        "buddy": buddy,
    }
    asked |= {"simulated": simulated or [], "max_length": max_length, "seed": seed}
    asked |= {"dev": dev, "test": test, "balance": balance}
    _work().build(asked, as_json=as_json)


@app.command("preview")
def preview(
    what: Annotated[
        str, typer.Argument(help="A set, or a file of pairs; nothing = this home's feedback now.")
    ] = "",
    n: Annotated[int, typer.Option("-n", help="Rows to show.", min=0, max=200)] = 3,
    side: Annotated[str, typer.Option("--side", help="Only train, dev or test.")] = "",
    base: Annotated[
        Path | None, typer.Option("--base", help="A converted base, if not the settings' own.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Show the data as the model sees it, with tokens, and what was dropped and why. Nothing is kept."""
    _work().preview({"what": what, "n": n, "side": side, "base": base}, as_json=as_json)


@app.command("check")
def check(what: What, as_json: Json = False) -> None:
    """Look for leaks between the sides of a split: a person, a time, a text, a card on both. Exit 3 if there is one."""
    _work().check(what, as_json=as_json)


@app.command("label")
def label(
    target: Annotated[
        str, typer.Argument(help="Whose alternatives: @bitcoin, coin; nothing = all.")
    ] = "",
    said: Annotated[
        str, typer.Option("--say", help="Answer one and end: a, b, equal, neither or undo.")
    ] = "",
    offer: Annotated[str, typer.Option("--offer", help="The offer that --say answers.")] = "",
    as_json: Json = False,
) -> None:
    """Say which of two texts is better: 1 or 2, 0 for alike, n for neither, u for Undo, q to end."""
    _work().label({"target": target, "said": said, "offer": offer}, as_json=as_json)


@app.command("allow")
def allow(
    off: Annotated[bool, typer.Option("--off", help="Withdraw it.")] = False,
    as_json: Json = False,
) -> None:
    """Let what you say from now on become training pairs on this machine; off until you say so."""
    _work().allow(on=not off, as_json=as_json)


def _work() -> Any:
    return importlib.import_module("ammo_training.cli.data_work")
