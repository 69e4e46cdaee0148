"""Verbs of the feed: up, open, sit, run, feed, like, skip, save, undo, why, preview, you."""

from __future__ import annotations

from typing import Annotated

import typer

from ammo_agents.cli.options import Card, Json, SubspaceOption, part, perform

you = typer.Typer(help="What is believed about you, and why.", no_args_is_help=True)


def attach(app: typer.Typer) -> None:
    """Add these verbs to the command."""
    app.command()(up)
    app.command("open")(open_link)
    app.command()(sit)
    app.command("run")(run_rounds)
    app.command()(feed)
    for act, line in ACTS.items():
        _act(app, act, line)
    app.command()(undo)
    app.command()(why)
    app.command()(preview)
    app.command()(follow)
    app.add_typer(you, name="you")


ACTS = {
    "like": "More like this card.",
    "skip": "Seen, not wanted.",
    "save": "Keep this card, and more like it.",
    "dislike": "Less like this card.",
    "hide": "Never this.",
}


def up(  # noqa: PLR0913 - one parameter per flag
    subspace: SubspaceOption = None,
    port: Annotated[
        int, typer.Option("--port", help="Where the app listens; 0 = any.", min=0, max=65535)
    ] = 8642,
    host: Annotated[
        str, typer.Option("--host", help="Another address than loopback needs accounts and TLS.")
    ] = "127.0.0.1",
    name: Annotated[
        list[str] | None,
        typer.Option("--name", help="A further name the server answers to, behind a proxy."),
    ] = None,
    behind_tls_proxy: Annotated[
        bool, typer.Option("--behind-tls-proxy", help="A proxy in front encrypts the way.")
    ] = False,
    no_open: Annotated[bool, typer.Option("--no-open", help="Do not open a browser.")] = False,
    speed: Annotated[
        float,
        typer.Option("--speed", help="Days of the subspace's world per minute, at most.", min=0.01),
    ] = 4.0,
    no_write: Annotated[
        bool, typer.Option("--no-write", help="Serve what there is; no buddy writes.")
    ] = False,
    live: Annotated[
        bool, typer.Option("--live", help="Let subspaces ask the network for news.")
    ] = False,
) -> None:
    """Start the app: pages, APIs and the buddies behind them, on this machine."""
    serving = part("cli.serving")
    address = serving.Address(
        host=host, port=port, names=tuple(name or ()), behind_tls=behind_tls_proxy
    )
    serving.up(
        address,
        subspace=subspace,
        speed=speed,
        live=live,
        open_browser=not no_open,
        loops=not no_write,
    )


def open_link(as_json: Json = False) -> None:
    """Make a new link into the running app; it works once, for ten minutes."""
    perform("open", json=as_json)


def sit(
    subspace: SubspaceOption = None,
    start: Annotated[
        str | None, typer.Option("--from", help="First day of the replay, YYYY-MM-DD.")
    ] = None,
    speed: Annotated[
        float,
        typer.Option("--speed", help="Days of the subspace's world per minute, at most.", min=0.01),
    ] = 4.0,
    slots: Annotated[
        int | None, typer.Option("--slots", "-n", help="Attention slots of one sitting.", min=1)
    ] = None,
    live: Annotated[
        bool, typer.Option("--live", help="Let subspaces ask the network for news.")
    ] = False,
    headless: Annotated[
        bool, typer.Option("--headless", help="Only the loop, no feed: until stopped by a signal.")
    ] = False,
) -> None:
    """Start the buddies and open the feed in this terminal instead of a browser."""
    part("cli.sitting").up(
        subspace=subspace, start=start, speed=speed, slots=slots, live=live, headless=headless
    )


def run_rounds(  # noqa: PLR0913 - one parameter per flag
    rounds: Annotated[int, typer.Option("--rounds", help="How many rounds to play.", min=1)] = 1,
    subspace: SubspaceOption = None,
    seed: Annotated[
        int | None, typer.Option("--seed", help="Everything random follows from it.")
    ] = None,
    start: Annotated[
        str | None, typer.Option("--from", help="First day of the replay, YYYY-MM-DD.")
    ] = None,
    cards: Annotated[
        int | None,
        typer.Option("--cards", help="Stop as soon as so many cards are published.", min=1),
    ] = None,
    per_round: Annotated[
        int, typer.Option("--per-round", help="Buddies that may write in one round.", min=1)
    ] = 8,
    live: Annotated[
        bool, typer.Option("--live", help="Let subspaces ask the network for news.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Play rounds without a person, then exit."""
    part("cli.headless").run(
        rounds=rounds,
        subspace=subspace,
        seed=seed,
        start=start,
        cards=cards,
        per_round=per_round,
        live=live,
        as_json=as_json,
    )


def feed(
    n: Annotated[int | None, typer.Option("-n", "--slots", help="Attention slots.", min=1)] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="List every published card instead of choosing a slate.")
    ] = False,
    last: Annotated[bool, typer.Option("--last", help="Show the last slate again.")] = False,
    subspace: SubspaceOption = None,
    as_json: Json = False,
) -> None:
    """Show your next cards: a slate chosen for you."""
    verb = "cards" if everything else "last_slate" if last else "slate"
    arguments = {} if everything or last else {"n": n}
    perform(verb, json=as_json, subspace=subspace, **arguments)


def _act(app: typer.Typer, act: str, line: str) -> None:
    @app.command(act, help=line)
    def verb(
        card: Card,
        note: Annotated[str, typer.Option("--note", help="A word on why.")] = "",
        key: Annotated[
            str, typer.Option("--key", help="Idempotency key: the same key twice counts once.")
        ] = "",
        subspace: SubspaceOption = None,
        as_json: Json = False,
    ) -> None:
        perform("act", json=as_json, act=act, card=card, note=note, key=key, subspace=subspace)


def undo(
    card: Annotated[str, typer.Argument(help="The card; empty = your last act.")] = "",
    subspace: SubspaceOption = None,
    as_json: Json = False,
) -> None:
    """Take your last act back (or your last act on a card)."""
    perform("undo", json=as_json, card=card, subspace=subspace)


def why(card: Card, subspace: SubspaceOption = None, as_json: Json = False) -> None:
    """Show the exact sum behind a card's rank."""
    perform("why", json=as_json, card=card, subspace=subspace)


def follow(
    card: Card,
    to: Annotated[
        str, typer.Option("--to", help="The entity it leads to, where there are several.")
    ] = "",
    as_json: Json = False,
) -> None:
    """Go where a card leads in another subspace: its best card is shown."""
    perform("follow", json=as_json, card=card, entity=to)


def preview(
    card: Card,
    act: Annotated[str, typer.Option("--act", help="The act to try.")] = "like",
    as_json: Json = False,
) -> None:
    """Show what an act would change, before it is given."""
    perform("preview", json=as_json, card=card, act=act)


@you.command("show")
def you_show(subspace: SubspaceOption = None, as_json: Json = False) -> None:
    """List what your buddy believes, each line with the acts it comes from."""
    perform("you", json=as_json, subspace=subspace)
