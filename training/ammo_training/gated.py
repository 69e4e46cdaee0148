"""Asks held-out prompts of a buddy the way the product does: its tokens, its stop, its grammar, and the gate that reads the reply."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ammo_agents.aipp.pairs import Pair
from ammo_agents.app import App
from ammo_agents.errors import BadInputError, NotFoundError
from ammo_training.desk import Desk, Role, desk_of, tokens_for
from ammo_training.evaluation import Gates
from ammo_training.writing import Asked


async def gates_of(app: App, pairs: Sequence[Pair]) -> Gates:
    """Return how each buddy's own prompt among `pairs` is asked; other prompts have no gate.

    A buddy or a fact that is no longer there makes no gate: then no support rate is told, never a guessed one.
    """
    told: dict[str, set[str]] = {}
    for pair in pairs:
        if pair.buddy and "fact" in pair.extra:
            told.setdefault(pair.buddy, set()).add(str(pair.extra["fact"]))
    desks: dict[str, Desk] = {}
    for buddy, facts in sorted(told.items()):
        try:
            desks[buddy] = await desk_of(app, buddy, facts=facts)
        except (NotFoundError, BadInputError):
            continue
    return lambda pair: asked_of(pair, desks)


def asked_of(pair: Pair, desks: Mapping[str, Desk]) -> Asked | None:
    """Return a pair's prompt with its gate, or None where it is no buddy's or nothing makes it any more."""
    role = _role(pair)
    desk = desks.get(pair.buddy)
    if desk is None or role is None:
        return None
    turns = [{"role": m.role, "content": m.text} for m in pair.messages]
    try:
        ask = desk.find(pair.buddy, str(pair.extra["fact"]), role, turns)
    except BadInputError:
        return None

    async def grounded(raw: str) -> bool:
        return not (await desk.verdict(ask, " ".join(raw.split())))[1]

    return Asked(
        id=pair.id,
        messages=tuple(pair.messages),
        tokens=tokens_for(role),
        stop=("\n",),
        grammar=ask.task.grammar(),
        grounded=grounded,
    )


def _role(pair: Pair) -> Role | None:
    match pair.extra.get("role"):
        case "title":
            return "title"
        case "sentence":
            return "sentence"
    return None
