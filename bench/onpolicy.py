"""The whole way in the product: a buddy whose readers prefer short, sourced cards; trained, promoted, read, rolled back.

    python bench/onpolicy.py --home /tmp/onpolicy [--n 816] [--set train.epochs=2] [--json onpolicy.json]

Each stage keeps what it found below ``--home``, so a broken-off run goes on. Readers are simulated (their utility is
stated in `ammo_training.readers`). Figures are taken on prompts whose statements no training prompt has, with the
product's own sampling and gate, the same seeds before and after; intervals are drawn over groups of statements.
Cards are written in a copy of the buddy's world, on the same days before and after. Needs the local model's files.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from ammo_training import behaviour, intervals
from ammo_training.behaviour import Reply
from ammo_training.desk import desk_of
from ammo_training.samples import Sample
from ammo_training.sampling import Wish, sample
from machine import machine

from ammo_agents.aipp.pairs import Pair
from ammo_agents.aipp.pairs import read as read_pairs
from ammo_agents.aipp.pairs import write as write_pairs
from ammo_agents.app import opened
from ammo_agents.hooks import provider_of
from ammo_agents.records import Creation, Placed
from ammo_agents.round.rehearsal import Take, rehearse
from ammo_agents.settings import Loaded, load
from ammo_agents.views.shelf import find_buddy

TARGET = "coin/bitcoin"
SERVED = (0.5, 0.7, 0.9)
"""Temperatures a card is written with (`ammo_agents.goal.tiny`)."""


def main() -> None:
    """Run the stages that are left and print what they found."""
    args = arguments()
    args.home.mkdir(parents=True, exist_ok=True)
    versions = machine("torch", "transformers", "trl", "peft", "xllamacpp")
    found: dict[str, Any] = {"machine": versions, "seed": args.seed}
    ammo, kept = Ammo(args.home, args.threads), Kept(args.home)
    asked = f"--n {args.n} --k {args.k} --seed {args.seed} --adapter base --days {args.days}"
    sampled = kept("sample", lambda: ammo("train", "sample", TARGET, *asked.split()))
    found["sample"] = sampled["yield"]
    seed = ("--seed", str(args.seed))
    chosen = kept("choose", lambda: ammo("train", "choose", sampled["path"], *seed))
    found["choose"] = chosen["counts"]
    rows = kept("rows", lambda: some(args, Path(chosen["pairs"])))
    found["rows"] = rows
    before = kept("before", lambda: measure(args, ""))
    cards = kept("cards before", lambda: written(args))
    meant = ["report.intended=words", "report.wants=less"]
    sets = [word for value in [*meant, *args.set] for word in ("--set", value)]
    job = ("--pairs", rows["path"], "--for", TARGET, "--yes", *seed, *sets)
    trained = kept("train", lambda: ammo("train", "run", *job, fails=True))
    found["train"] = trained
    adapter = trained["adapter"]
    after = kept("after", lambda: measure(args, adapter))
    found["unseen statements"] = compared(before["samples"], after["samples"])
    reason = ("--anyway", args.reason) if trained["exit"] else ()  # a gate that is open needs none
    kept("promote", lambda: ammo("runs", "promote", adapter, "--target", TARGET, *reason))
    live = kept("cards live", lambda: written(args))
    found["cards"] = cards_compared(cards["cards"], live["cards"])
    found["feed live"] = kept("feed live", lambda: feed(ammo))
    kept("rollback", lambda: ammo("runs", "rollback", TARGET))
    back = kept("cards after rollback", lambda: written(args))
    found["cards after rollback"] = cards_compared(cards["cards"], back["cards"])
    found["feed after rollback"] = kept("feed after rollback", lambda: feed(ammo))
    print(json.dumps(found, indent=1, ensure_ascii=False))
    if args.json:
        args.json.write_text(json.dumps(found, indent=1, ensure_ascii=False), encoding="utf-8")


def some(args: argparse.Namespace, path: Path) -> dict[str, Any]:
    """Return a file of at most so many pairs of each side, drawn by seed: a CPU's share of them."""
    rng = np.random.default_rng([args.seed, 5])
    kept: list[Pair] = []
    for side, most in (("train", args.pairs), ("test", args.held)):
        mine = [p for p in read_pairs(path) if p.split == side]
        kept += [mine[i] for i in sorted(rng.permutation(len(mine))[:most].tolist())]
    out = write_pairs(args.home / "pairs.jsonl", kept)
    shorter = [p.extra["words"][0] < p.extra["words"][1] for p in kept if p.split == "train"]
    return {
        "path": str(out),
        "train": sum(p.split == "train" for p in kept),
        "test": sum(p.split == "test" for p in kept),
        "chosen is shorter": round(sum(shorter) / len(shorter), 3),
    }


class Ammo:
    """The installed command on the home of this run."""

    def __init__(self, home: Path, threads: int) -> None:
        self._env = [
            "env",
            f"AMMO_HOME={home}",
            f"AMMO_MODEL_THREADS={threads}",
            "AMMO_SUBSPACE=coin",
        ]

    def __call__(self, *words: str, fails: bool = False) -> dict[str, Any]:
        """Return what a verb prints; `fails` lets a failed gate (exit 3) be an answer."""
        started = time.monotonic()
        line = [*self._env, str(Path(sys.executable).with_name("ammo")), *words, "--json"]
        done = subprocess.run(line, stdout=subprocess.PIPE, text=True, check=False)
        if done.returncode not in ({0, 3} if fails else {0}):
            raise SystemExit(f"{' '.join(words)} ended with {done.returncode}")
        answer: dict[str, Any] = json.loads(done.stdout)
        return {**answer, "seconds": round(time.monotonic() - started, 1), "exit": done.returncode}


class Kept:
    """Keeps each stage's answer in the home, so that a broken-off run goes on."""

    def __init__(self, home: Path) -> None:
        self._path = home / "onpolicy.stages.json"
        self._held: dict[str, Any] = (
            json.loads(self._path.read_text(encoding="utf-8")) if self._path.is_file() else {}
        )

    def __call__(self, name: str, make: Any) -> dict[str, Any]:
        """Return a stage's answer, made now unless it is kept."""
        if name not in self._held:
            print(f"{time.strftime('%H:%M:%S')} {name} …", file=sys.stderr, flush=True)
            self._held[name] = make()
            self._path.write_text(json.dumps(self._held, ensure_ascii=False), encoding="utf-8")
        return self._held[name]


def settings(args: argparse.Namespace) -> Loaded:
    """Return the settings of this run's home."""
    return load({"home": str(args.home), "subspace": "coin"})


def measure(args: argparse.Namespace, adapter: str) -> dict[str, Any]:
    """Return what is written to the held-out prompts, and what the gate says of it."""

    async def made() -> Sequence[Sample]:
        loaded = settings(args)
        async with opened(loaded, access="read") as app:
            desk = await desk_of(app, TARGET, days=args.days)
            id = app.settings.model
            model = await provider_of(app.plugins, id).open_model(id)
            wish = Wish(
                n=args.tests,
                k=args.per_test,
                seed=args.seed + 1,
                adapter=adapter,
                splits=("test",),
                temperatures=SERVED,
            )
            path = args.home / f"tests.{adapter or 'base'}.jsonl"
            try:
                return await sample(desk, model, wish, path, _quiet)
            finally:
                await model.close()

    return {"samples": [replies(one, adapter) for one in asyncio.run(made())]}


def _quiet(done: int, total: int) -> None:
    if done % 48 == 0 or done == total:
        print(f"  {done} of {total}", file=sys.stderr, flush=True)


def replies(one: Sample, adapter: str) -> list[dict[str, Any]]:
    """Return a sample's answers as the report's replies, by group of statements."""
    return [
        {
            "prompt": one.group,
            "role": one.role,
            "seed": a.seed,
            "text": a.text,
            "finish": "stop" if a.complete else "length",
            "adapter": adapter,
            "supported": not a.fault,
            "tokens": a.tokens,
        }
        for a in one.alternatives
    ]


def compared(before: Sequence[Any], after: Sequence[Any]) -> dict[str, Any]:
    """Return every measure of behaviour before and after, all lines and by role."""
    flat = [
        [Reply(**{k: v for k, v in r.items() if k != "role"}) for s in side for r in s]
        for side in (before, after)
    ]
    roles = [r["role"] for s in before for r in s]
    found = {"all": behaviour.compare(flat[0], flat[1], seed=7)}
    for role in sorted(set(roles)):
        mine = [[r for r, x in zip(side, roles, strict=True) if x == role] for side in flat]
        found[role] = behaviour.compare(mine[0], mine[1], seed=7)
    found["samples"] = behaviour.side_by_side(flat[0], flat[1], seed=7)
    return {**found, "what stands": stood(before, after)}


def stood(before: Sequence[Any], after: Sequence[Any]) -> dict[str, Any]:
    """Return how much shorter what the gate lets through is, prompt by prompt: what a card can be made of."""
    lengths = [
        [[len(behaviour.words(r["text"])) for r in prompt if r["supported"]] for prompt in side]
        for side in (before, after)
    ]
    both = [i for i, (b, a) in enumerate(zip(*lengths, strict=True)) if b and a]
    change = [float(np.mean(lengths[1][i]) - np.mean(lengths[0][i])) for i in both]
    names = [str(i) for i in both]
    return {
        "prompts with a supported answer": [sum(map(bool, side)) for side in lengths],
        "change of its words": intervals.mean(
            np.array(change), names, over="prompts", seed=7
        ).plain(),
    }


def written(args: argparse.Namespace) -> dict[str, Any]:
    """Return cards the buddy writes in a copy of its world, with what is live now."""

    async def made() -> list[Take]:
        async with opened(settings(args), access="write") as app:
            buddy = await find_buddy(app, TARGET, "coin")
            world = await app.rehearsal("coin")
            return await rehearse(world, buddy, cards=args.cards)

    return {"cards": [card(take) for take in asyncio.run(made())]}


def card(take: Take) -> dict[str, Any]:
    """Return what is measured of one attempt."""
    one = take.outcome
    if not isinstance(one, Placed):
        return {
            "stage": one.stage,
            "reason": one.reason,
            "tried": one.tried,
            "date": str(take.stimulus.date),
        }
    c = one.creation
    return {
        "date": str(take.stimulus.date),
        "kind": c.kind.value,
        "adapter": c.adapter,
        "words": sum(len(behaviour.words(s.text)) for s in sentences(c)),
        "by_model": sum(s.author == "model" for s in sentences(c)),
        "model_words": [len(behaviour.words(s.text)) for s in sentences(c) if s.author == "model"],
        "sentences": [s.text for s in sentences(c)],
        "tried": c.tried,
        "flags": len(c.flags),
        "cost": c.cost,
    }


def sentences(c: Creation) -> list[Any]:
    """Return title, hook and claims."""
    return [c.title, c.hook, *c.claims]


def cards_compared(
    before: Sequence[dict[str, Any]], after: Sequence[dict[str, Any]]
) -> dict[str, Any]:
    """Return the figures of cards before and after; days pair them where both sides wrote."""
    found: dict[str, Any] = {"n": [len(before), len(after)]}
    for name, side in (("before", before), ("after", after)):
        placed = [c for c in side if "words" in c]
        # What a card's sentences were refused for is not kept of a card that says what a living one says.
        read = [c for c in side if c.get("stage") != "duplicate"]
        tried = sum(c["tried"] for c in read)
        flags = sum(c.get("flags", c["tried"]) for c in read)
        found[name] = {
            "published": len(placed),
            "refused as duplicates": len(side) - len(read),
            "adapters": sorted({c["adapter"] for c in placed}),
            "words a card": intervals.mean(
                np.array([float(c["words"]) for c in placed]),
                [str(i) for i in range(len(placed))],
                over="cards",
                seed=7,
            ).plain()
            if placed
            else None,
            "words a model's sentence": round(
                float(np.mean([w for c in placed for w in c["model_words"]] or [np.nan])), 2
            ),
            "sentences by the model": sum(c["by_model"] for c in placed),
            "of": sum(len(c["sentences"]) for c in placed),
            "offered": tried,
            "supported share of offered": intervals.share(
                np.array([1.0] * (tried - flags) + [0.0] * flags)
            ).plain()
            if tried
            else None,
        }
    pairs = [
        (b["words"], a["words"])
        for b, a in zip(before, after, strict=False)
        if "words" in b and "words" in a and b["date"] == a["date"]
    ]
    if len(pairs) > 1:
        change = np.array([float(a - b) for b, a in pairs])
        found["change of words, same day"] = intervals.mean(
            change, [str(i) for i in range(len(change))], over="cards", seed=7
        ).plain()
    return found


def feed(ammo: Ammo) -> dict[str, Any]:
    """Let the home's world go on for a few rounds, and return the newest cards with what wrote them."""
    ammo("run", "--rounds", "3", "--per-round", "3")
    cards = ammo("feed", "--all")["cards"]
    return {
        "cards": [
            {k: card[k] for k in ("id", "date", "buddy", "model", "adapter", "title")}
            for card in cards
        ]
    }


def arguments() -> argparse.Namespace:
    """Return the options."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--n", type=int, default=816, help="alternatives sampled")
    parser.add_argument("--k", type=int, default=6)
    parser.add_argument("--pairs", type=int, default=128, help="pairs trained on at most")
    parser.add_argument("--held", type=int, default=240, help="pairs held out at most")
    parser.add_argument("--days", type=int, default=120)
    parser.add_argument(
        "--tests", type=int, default=136, help="alternatives of held-out prompts, each side"
    )
    parser.add_argument("--per-test", type=int, default=4)
    parser.add_argument("--cards", type=int, default=12, help="cards written on each side")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--set", action="append", default=[], help="settings of the job")
    parser.add_argument("--reason", default="bench/onpolicy.py: simulated readers, one seed")
    parser.add_argument("--json", type=Path)
    return parser.parse_args()


if __name__ == "__main__":
    main()
