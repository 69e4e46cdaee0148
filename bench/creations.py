"""How much of real coin cards the local model writes, how many sentences the gate refuses, and how fast.

    python bench/creations.py --cards 200 --seed 1 --json cards.json [--model local/smollm2-135m]

Replays the coin subspace day by day; the ledger is replaced by memory. An independent check (regular
expressions over the published sentences, no gate code) looks up every number and date of every
sentence in the facts it cites.
"""

from __future__ import annotations

import argparse
import asyncio
import collections
import dataclasses
import datetime as dt
import importlib.metadata
import json
import os
import platform
import re
import statistics
import time
from pathlib import Path

import numpy as np

from ammo_agents.goal.graph import GoalContext, create
from ammo_agents.goal.realise import fill
from ammo_agents.goal.trigger import Stimulus
from ammo_agents.hooks import load_plugins
from ammo_agents.ports import FeedOptions, Model, Wording
from ammo_agents.records import Claim, Creation, Fact, IdeaKind, Placed, Rejected
from ammo_agents.settings import load
from ammo_agents.testing import HashEmbedder

NUMBER = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?")


class Cards:
    """The run: what was published, refused, and what it cost."""

    def __init__(self) -> None:
        self.placed: list[Placed] = []
        self.refused: list[Rejected] = []
        self.facts: dict[str, Fact] = {}
        self.recent: dict[str, set[str]] = collections.defaultdict(set)
        self.seconds: list[float] = []
        self.silent = 0

    def take(self, outcome: Placed | Rejected | None, seconds: float) -> None:
        """Keep one outcome."""
        match outcome:
            case Placed(creation=creation):
                self.placed.append(outcome)
                self.recent[creation.buddy] |= {i for c in sentences(creation) for i in c.facts}
                self.seconds.append(seconds)
            case Rejected():
                self.refused.append(outcome)
            case None:
                self.silent += 1

    @property
    def living(self) -> np.ndarray:
        """Unit rows of the published cards, shape (n, D)."""
        rows = [p.vector for p in self.placed]
        return np.stack(rows) if rows else np.zeros((0, 384), np.float32)


async def main() -> None:
    """Write cards and print the figures."""
    args = arguments()
    settings = load().settings
    plugins = load_plugins(settings)
    model: Model | None = None
    embedder = HashEmbedder(384)
    for provider in plugins.models():
        if args.model.startswith(f"{provider.name}/"):
            model = await provider.open_model(args.model)
        if provider.name == "local" and not args.hash:
            embedder = await provider.open_embedder(args.embedder)
    cards = Cards()
    subspace = next(s for s in plugins.subspaces() if s.id == "coin")
    started = time.monotonic()
    try:
        await play(cards, subspace, model, embedder, args)
    finally:
        if model is not None:
            await model.close()
        await embedder.close()
    report(cards, subspace.wordings, args, time.monotonic() - started)


async def play(cards: Cards, subspace, model, embedder, args) -> None:
    """Write until there are enough cards or the world or the minutes end."""
    knowledge = await asyncio.to_thread(subspace.knowledge)
    buddies = {b.entity: b for b in subspace.buddies(knowledge)}
    entities = {e.id: e for e in knowledge.entities}
    triggers = await asyncio.to_thread(
        subspace.triggers, FeedOptions(start=dt.date.fromisoformat(args.start))
    )
    until = time.monotonic() + 60 * args.minutes
    calls = 0
    while (shifts := await triggers.advance()) is not None:
        known = [*triggers.knowledge(), *knowledge.facts]
        cards.facts |= {f.id: f for f in known}
        woken = [(s.entity, IdeaKind.SIGNAL, s) for s in shifts[: args.per_day]]
        woken += [(s.entity, IdeaKind.SCHEDULE, s) for s in (await triggers.scheduled())[:2]]
        quiet = [e for e in buddies if all(e != w[0] for w in woken)]
        if quiet:
            woken.append((quiet[calls % len(quiet)], IdeaKind.CURIOSITY, None))
        for entity, kind, shift in woken:
            if len(cards.placed) >= args.cards or time.monotonic() > until:
                return
            calls += 1
            if (buddy := buddies.get(entity)) is None:
                continue
            near = {buddy.entity, *buddy.neighbours}
            context = GoalContext(
                model=model,
                embedder=embedder,
                space=embedder.fingerprint,
                entities=entities,
                wordings=subspace.wordings,
                known=[f for f in known if f.entity in near or near & set(f.mentions)],
                recent=cards.recent[buddy.id],
                living=cards.living,
                titles={p.creation.title.text.lower() for p in cards.placed},
                visibility=lambda _: 0.1,
                now=lambda: dt.datetime.now(dt.UTC),
            )
            stimulus = Stimulus(
                kind=kind, date=triggers.day(), shift=shift, seed=args.seed * 100003 + calls
            )
            begun = time.monotonic()
            outcome = await create(buddy, stimulus, context)
            cards.take(outcome, time.monotonic() - begun)


def sentences(creation: Creation) -> list[Claim]:
    """Return title, hook and claims."""
    return [creation.title, creation.hook, *creation.claims]


def missing(claim: Claim, facts: dict[str, Fact]) -> list[str]:
    """Return the numbers of a sentence that no cited fact states: written without the gate's code."""
    known = " ".join(facts[i].statement for i in claim.facts)
    have = set(NUMBER.findall(known))
    return [n for n in NUMBER.findall(claim.text) if n not in have]


def origin(claim: Claim, wordings: dict[str, Wording], facts: dict[str, Fact]) -> str:
    """Return how far a model's sentence is its own: ``own``, or word for word a ``frame`` of the wording."""
    if claim.author != "model":
        return "realised"
    fact = facts[claim.facts[0]]
    w = wordings.get(fact.predicate, Wording())
    frames = [fill(f, fact) for f in (fact.frame, *w.frames, *w.titles) if fits(f, fact)]
    return "frame" if claim.text in frames else "own"


def fits(frame: str, fact: Fact) -> bool:
    """Whether a fact has every slot of a frame."""
    return set(re.findall(r"\{(\w+)\}", frame)) <= {q.name for q in fact.quantities}


def report(cards: Cards, wordings, args, seconds: float) -> None:
    """Print what the run came to."""
    said = [c for p in cards.placed for c in sentences(p.creation)]
    kinds = {"title": 0, "hook": 0, "claim": 0}
    by_kind: dict[str, collections.Counter[str]] = {k: collections.Counter() for k in kinds}
    for p in cards.placed:
        c = p.creation
        rows = [("title", c.title), ("hook", c.hook), *(("claim", x) for x in c.claims)]
        for kind, claim in rows:
            by_kind[kind][origin(claim, wordings, cards.facts)] += 1
    model = sum(c.author == "model" for c in said)
    absent = [c.text for c in said if missing(c, cards.facts)]
    tried = sum(p.creation.tried for p in cards.placed) + sum(r.tried for r in cards.refused)
    flags = [f for p in cards.placed for f in p.creation.flags] + [
        f for r in cards.refused for f in r.flags
    ]
    titles = [p.creation.title.text.lower() for p in cards.placed]
    result = {
        "machine": f"{cpu()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}",
        "python": platform.python_version(),
        "ammo-agents": importlib.metadata.version("ammo-agents"),
        "xllamacpp": importlib.metadata.version("xllamacpp"),
        "model": args.model,
        "seed": args.seed,
        "start": args.start,
        "cards": len(cards.placed),
        "rejected": len(cards.refused),
        "silent": cards.silent,
        "rejection rate": round(
            len(cards.refused) / max(1, len(cards.refused) + len(cards.placed)), 3
        ),
        "rejection reasons": collections.Counter(
            f"{r.stage}: {re.sub(r'[0-9.]+', '#', r.reason)[:60]}" for r in cards.refused
        ).most_common(8),
        "sentences": len(said),
        "by the model": round(model / max(1, len(said)), 3),
        "by kind": {k: dict(v) for k, v in by_kind.items()},
        "numbers not in the cited facts": len(absent),
        "titles that differ": f"{len(set(titles))} of {len(titles)}",
        "variants tried": tried,
        "flag reasons (kept flags)": collections.Counter(
            re.sub(r"'.*?'|[$\d].*", "#", f.reason)[:40] for f in flags
        ).most_common(12),
        "seconds a card (median)": round(statistics.median(cards.seconds or [0]), 2),
        "cards a minute": round(60 * len(cards.placed) / seconds, 2),
        "seconds": round(seconds, 1),
    }
    for name, value in result.items():
        print(f"{name}: {value}")
    if args.json:
        rows = [
            {
                **json.loads(json.dumps(dataclasses.asdict(p.creation), default=str)),
                "cited": {
                    i: cards.facts[i].statement for c in sentences(p.creation) for i in c.facts
                },
            }
            for p in cards.placed
        ]
        Path(args.json).write_text(
            json.dumps({"result": result, "cards": rows}, indent=1), encoding="utf-8"
        )


def cpu() -> str:
    """Return the processor's name."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    return next((x.split(": ")[1] for x in lines if x.startswith("model name")), platform.machine())


def arguments() -> argparse.Namespace:
    """Return the options."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cards", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--start", default="2020-03-08")
    parser.add_argument("--per-day", type=int, default=4, help="signals a day")
    parser.add_argument("--minutes", type=float, default=1e9, help="stop after so many minutes")
    parser.add_argument("--model", default="local/smollm2-135m", help="'none' realises every line")
    parser.add_argument("--embedder", default="local/minilm-l6-v2")
    parser.add_argument("--hash", action="store_true", help="embed by hashes: no weights needed")
    parser.add_argument("--json", default="")
    return parser.parse_args()


if __name__ == "__main__":
    asyncio.run(main())
