"""How ``ammo train data`` works behind its verbs: opens the home, builds or reads a set, paints what was counted."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.table import Table

from ammo_agents.aipp.pairs.clean import Rules
from ammo_agents.aipp.pairs.files import are_rows, read, read_rows
from ammo_agents.aipp.pairs.leaks import check as check_leaks
from ammo_agents.aipp.pairs.record import Taught
from ammo_agents.aipp.pairs.set import PairSet, Wanted, figures
from ammo_agents.app import opened
from ammo_agents.cli.options import FLAGS
from ammo_agents.cli.paint import clean, console
from ammo_agents.cli.session import answered
from ammo_agents.errors import BadInputError, NotFoundError
from ammo_agents.settings import Loaded, load
from ammo_agents.views.pairs import Asked
from ammo_agents.views.pairs import build as build_set
from ammo_training.cli.labelling import Keys
from ammo_training.folders import training_folders
from ammo_training.seeing import PREPARE, Eyes, eyes

Plain = dict[str, Any]
SIDES = ("train", "dev", "test")


def build(asked: Mapping[str, Any], *, as_json: bool) -> None:
    """Build a set, keep it, and print every count."""
    loaded = load(FLAGS)
    look = eyes(loaded.settings)
    found = asyncio.run(_build(loaded, asked, look, keep=True))
    place = training_folders(loaded.settings).sets / found.name
    if as_json:
        _print({**found.about, "path": str(place)})
        return
    _counts(found.about)
    _said(look)
    console().print(
        f"Kept in {clean(place)}. Train on it: ammo train run --data {clean(found.name)}"
    )


def preview(asked: Mapping[str, Any], *, as_json: bool) -> None:
    """Print rows as the model reads them, and what was dropped on the way."""
    loaded = load(FLAGS)
    look = eyes(loaded.settings, base=asked["base"])
    rows, about = _read(loaded, asked["what"], look)
    side = asked["side"]
    if side and side not in SIDES:
        raise BadInputError(f"there is no side {side!r}", hint=f"Sides: {', '.join(SIDES)}.")
    shown = [one for one in rows if not side or one.split == side][: asked["n"]]
    seen = [look.seen(one) for one in shown]
    if as_json:
        _print({"base": look.base, "rows": seen, "about": about})
        return
    for one in seen:
        _row(one)
    _counts(about)
    _said(look)


def check(what: str, *, as_json: bool) -> None:
    """Check a set or a file for leaks; raises `LeakError` (exit 3) with the first ten offenders."""
    rows, about = _read(load(FLAGS), what, Eyes())
    sizes = check_leaks(rows)
    told = {"what": what, "leaks": 0, "sizes": dict(sizes), "split": about.get("split", {})}
    if as_json:
        _print(told)
        return
    counted = ", ".join(f"{n} {side}" for side, n in sorted(sizes.items()))
    console().print(f"No person, time, text or card stands on two sides ({counted}).")
    for note in about.get("notes", ()):
        console().print(f"  {clean(note)}")


def label(asked: Mapping[str, Any], *, as_json: bool) -> None:
    """Ask in the terminal, or answer one offer for a script."""
    loaded = load(FLAGS)
    target = {"target": asked["target"]}
    if asked["said"] == "undo":
        _print(asyncio.run(answered(loaded, "label_undo", target)))
    elif asked["said"]:
        wanted = {**target, "said": asked["said"], "offer": _offer(loaded, asked)}
        _print(asyncio.run(answered(loaded, "label_say", wanted)))
    elif as_json:
        _print(asyncio.run(answered(loaded, "label_next", target)))
    else:
        asyncio.run(Keys(loaded=loaded, target=asked["target"]).run())


def allow(*, on: bool, as_json: bool) -> None:
    """Keep the person's own choice about fine-tuning."""
    choice = {"name": "train", "value": on}
    told = asyncio.run(answered(load(FLAGS), "choose_for_me", choice))
    if as_json:
        _print({"person": told["person"], "train": told["train"]})
    elif on:
        console().print(
            f"From now on what {clean(told['person'])} says may become training pairs on this machine. "
            "What was said before does not. Withdraw it: ammo train data allow --off"
        )
    else:
        console().print(
            f"Nothing {clean(told['person'])} says, or said, is learned from. Sets built from now on are without it."
        )


async def _build(loaded: Loaded, asked: Mapping[str, Any], look: Eyes, *, keep: bool) -> PairSet:
    rules = Rules(
        max_length=asked.get("max_length", Rules().max_length),
        balance=asked.get("balance", False),
        seed=asked.get("seed", 7),
        tokens=look.tokens,
    )
    shares = {"dev": asked.get("dev", 0.1), "test": asked.get("test", 0.2)}
    wanted = Wanted(name=asked["name"], rules=rules, shares=shares)
    wish = Asked(
        wanted=wanted,
        files=tuple(asked.get("files", ())),
        subspace=asked.get("subspace", ""),
        buddy=asked.get("buddy", ""),
        simulated=tuple(asked.get("simulated", ())),
    )
    async with opened(loaded, access="read") as app:
        return await build_set(app, wish, keep=keep)


def _read(loaded: Loaded, what: str, look: Eyes) -> tuple[Sequence[Taught], Plain]:
    """Return the rows of a set or a file, and what was counted of them."""
    if not what:
        found = asyncio.run(_build(loaded, {"name": "preview"}, look, keep=False))
        return found.every, dict(found.about)
    path, folder = Path(what), training_folders(loaded.settings).sets / what
    if path.is_file():
        rules = Rules(tokens=look.tokens)
        if are_rows(path):
            rows = read_rows(path)
            return rows, {"origin": what, **figures((), rows, rules)}
        pairs = read(path)
        return pairs, {"origin": what, **figures(pairs, (), rules)}
    if not folder.is_dir():
        raise NotFoundError(
            f"{what!r} is neither a data set of this home nor a file",
            hint="Build one: ammo train data build NAME",
        )
    found = PairSet.load(folder)
    return found.every, dict(found.about)


def _offer(loaded: Any, asked: Mapping[str, Any]) -> str:
    if asked["offer"]:
        return str(asked["offer"])
    raise BadInputError(
        "which offer is answered?",
        hint="Name it: --offer ID; the next one: ammo train data label --json",
    )


def _counts(about: Mapping[str, Any]) -> None:
    """Paint the counts: what was said, what each step dropped, the sides, what a rule that learns nothing gets."""
    out = console()
    for name, n in sorted(about.get("events", {}).items()):
        out.print(f"  {n:6d} {clean(name)}")
    for reason, n in sorted(about.get("passed", {}).items()):
        out.print(f"  {n:6d} passed over: {clean(reason)}")
    _steps(about.get("steps", ()))
    _sides(about.get("split") or {})
    _baselines(about.get("baselines", {}))
    _places(about.get("position", {}))
    for note in about.get("notes", ()):
        out.print(f"[bold]Note[/bold] {clean(note)}")


def _sides(parted: Mapping[str, Any]) -> None:
    out = console()
    for reason, n in parted.get("dropped", {}).items():
        out.print(f"  {n:6d} left out by the split: {clean(reason)}")
    for kind, sizes in parted.get("sizes", {}).items():
        if sizes:
            told = ", ".join(f"{sizes.get(side, 0)} {side}" for side in SIDES)
            out.print(f"{kind}: {told}; split by {', '.join(parted['by'])}")


def _places(found: Mapping[str, Any]) -> None:
    for source, place in found.items():
        if place["n"]:
            told = "not known" if place["weighted"] is None else f"{place['weighted']:.3f}"
            console().print(
                f"{clean(source)}: P(chosen stood higher) {place['higher']:.3f}, by propensity {told} (n {place['n']})"
            )


def _steps(steps: Sequence[Mapping[str, Any]]) -> None:
    if not steps:
        return
    table = Table("step", "of", "before", "dropped", "changed", "why", box=None, pad_edge=False)
    for step in steps:
        numbers = [str(step[name]) for name in ("before", "dropped", "changed")]
        table.add_row(clean(step["name"]), step["of"], *numbers, clean(step["why"]))
    console().print(table)


def _baselines(found: Mapping[str, Any]) -> None:
    for source, sides in found.items():
        for side, rules in sides.items():
            told = ", ".join(f"{r['name']} {r['fair']:.3f}" for r in rules)
            out = f"{clean(source)} {side}: without learning anything {told} (n {rules[0]['n']})"
            console().print(out)


def _row(one: Mapping[str, Any]) -> None:
    out = console()
    out.rule(f"{clean(one['id'])} {clean(one['source'])} {clean(one['signal'])} {one['split']}")
    about = "tokens" if one["counted"] else "tokens, estimated"
    out.print(f"[dim]prompt, {one['prompt_tokens']} {about}[/dim]")
    out.print(clean(one["prompt"]))
    for name, said in one["texts"].items():
        out.print(f"[bold]{name}[/bold] [dim]{one['text_tokens'][name]} {about}[/dim]")
        out.print(clean(said))


def _said(look: Eyes) -> None:
    console().print(f"Tokens as {clean(look.base)} counts them." if look.base else PREPARE)


def _print(answer: Plain) -> None:
    sys.stdout.write(json.dumps(answer, ensure_ascii=False, indent=2) + "\n")
