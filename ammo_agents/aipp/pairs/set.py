"""A data set: cleaned, split, measured, kept in a folder with the count of every step and the hash of every file."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from ammo_agents.aipp.pairs.clean import Rules, Step, clean_pairs, clean_rows, cut
from ammo_agents.aipp.pairs.figures import Baseline, Position, baselines, position
from ammo_agents.aipp.pairs.files import put, read, read_rows, write
from ammo_agents.aipp.pairs.gather import Gathered
from ammo_agents.aipp.pairs.leaks import check
from ammo_agents.aipp.pairs.record import Pair, Row, Taught
from ammo_agents.aipp.pairs.sides import alone, users_of
from ammo_agents.aipp.pairs.split import Parted, split
from ammo_agents.errors import BadInputError, DamagedError, NotFoundError, TamperedError

Plain = dict[str, Any]
PAIRS, ROWS, ABOUT = "pairs.jsonl", "kto.jsonl", "set.json"
SLUG = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
FEW = 5
"""People below whom a set speaks of them and of nobody else (S3)."""
ABOVE = ", skip-above"
CLEAR = 50
"""Pairs with known places from which on a skew of position is worth a word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PairSet:
    """Pairs and rows to learn from and to be tested with, and everything that was counted on the way."""

    name: str
    pairs: tuple[Pair, ...]
    rows: tuple[Row, ...] = ()
    about: Mapping[str, Any] = field(default_factory=dict)
    """What ``set.json`` holds."""

    @property
    def every(self) -> tuple[Taught, ...]:
        """Pairs, then rows."""
        return (*self.pairs, *self.rows)

    @property
    def events(self) -> frozenset[str]:
        """Every event anything here is made of."""
        return frozenset(event for one in self.every for event in one.events)

    def of(self, side: str) -> tuple[Pair, ...]:
        """Return the pairs of one side of the split."""
        return tuple(one for one in self.pairs if one.split == side)

    def save(self, folder: Path) -> Path:
        """Write the set; ``set.json`` comes last and holds the hashes, so a half-written set is refused.

        Raises:
            DiskFullError: no room.
        """
        write(folder / PAIRS, self.pairs)
        write(folder / ROWS, self.rows)
        hashes = {name: _sha256(folder / name) for name in (PAIRS, ROWS)}
        said = {**self.about, "files": hashes}
        put(folder / ABOUT, json.dumps(said, ensure_ascii=False, indent=2, sort_keys=True) + "\n")
        return folder

    @classmethod
    def load(cls, folder: Path) -> PairSet:
        """Return a set that was saved.

        Raises:
            NotFoundError: there is none.
            TamperedError: a file is not the one that was written.
            DamagedError: its ``set.json`` is none.
        """
        if not (folder / ABOUT).is_file():
            raise NotFoundError(
                f"there is no data set in {folder}", hint="Build one: ammo train data build NAME"
            )
        try:
            about = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
            hashes = dict(about["files"])
        except (ValueError, KeyError, TypeError) as error:
            raise DamagedError(
                f"{folder / ABOUT} cannot be read: {error}", hint="Build the set again."
            ) from error
        for name in (PAIRS, ROWS):
            if not (folder / name).is_file() or _sha256(folder / name) != hashes.get(name):
                raise TamperedError(
                    f"{folder / name} is not the file that {ABOUT} was written for",
                    hint="Build the set again; hashes are never mended by hand.",
                )
        return cls(
            name=str(about.get("name", folder.name)),
            pairs=tuple(read(folder / PAIRS)),
            rows=tuple(read_rows(folder / ROWS)),
            about=about,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a set is to be."""

    name: str
    rules: Rules = field(default_factory=Rules)
    shares: Mapping[str, float] | None = None
    """Share of dev and test; None = 0.1 and 0.2."""
    origin: str = "ledger"
    """``ledger``, or the files it is read from."""
    target: str = ""
    """The subspace or buddy it is of; empty = all."""
    made: dt.datetime | None = None

    def __post_init__(self) -> None:
        if not SLUG.fullmatch(self.name):
            raise BadInputError(
                f"a data set cannot be called {self.name!r}",
                hint="Use small letters, digits, dots, dashes: film-may.",
            )


def made(found: Gathered, wanted: Wanted) -> PairSet:
    """Return the set of what was gathered: cleaned, split, checked, measured.

    Raises:
        BadInputError: nothing is left, or it cannot be split; the message says what went where.
        LeakError: the checker found something in our own split.
    """
    pairs, steps = clean_pairs(found.pairs, wanted.rules)
    rows, more = clean_rows(found.rows, wanted.rules)
    steps += more if found.rows else []
    if not pairs and not rows:
        raise BadInputError(_nothing(found, steps), hint=_way(found))
    parted = split([*pairs, *rows], seed=wanted.rules.seed, shares=wanted.shares)
    check(parted.kept)
    kept = tuple(one for one in parted.kept if isinstance(one, Pair))
    single = tuple(one for one in parted.kept if isinstance(one, Row))
    about = {
        "name": wanted.name,
        "made": None if wanted.made is None else wanted.made.isoformat(),
        "origin": wanted.origin,
        "target": wanted.target,
        "seed": wanted.rules.seed,
        "people": {"looked": found.people, "consenting": found.consenting},
        "events": dict(+found.events),
        "passed": dict(+found.passed),
        "steps": [asdict(step) for step in steps],
        "split": _split(parted),
        **figures(kept, single, wanted.rules),
    }
    return PairSet(name=wanted.name, pairs=kept, rows=single, about=about)


def figures(pairs: Sequence[Pair], rows: Sequence[Row], rules: Rules) -> Plain:
    """Return what is measured of a set: sources, people, position, length, baselines, tokens, notes."""
    every: tuple[Taught, ...] = (*pairs, *rows)
    people = {user for one in every for user in users_of(one)}
    by_source = {
        source: [p for p in pairs if p.source == source]
        for source in sorted({p.source for p in pairs})
    }
    held = any(one.split in {"dev", "test"} for one in pairs)
    told: Plain = {
        "held": held or not any(one.split for one in pairs),
        "sources": dict(Counter(one.source for one in every)),
        "signals": dict(Counter(one.signal for one in every)),
        "in_set": len(people),
        "alone": alone(every),
        "position": _positions(by_source),
        "baselines": {s: _by_side(own) for s, own in by_source.items()},
        "tokens": _tokens(every, rules),
    }
    return {**told, "notes": _notes(told)}


def forget(root: Path, events: Collection[str]) -> Mapping[str, int]:
    """Take out of every set below `root` what these events made, and return how many of each went.

    The counts of a set stay as they were when it was made; ``forgotten`` says how many went since. A set
    that cannot be read is removed whole: nobody can say whose words are in it.
    """
    gone: dict[str, int] = {}
    wanted = frozenset(events)
    for folder in sorted({
        path.parent for name in (PAIRS, ROWS) for path in root.glob(f"*/{name}")
    }):
        try:
            kept = PairSet.load(folder)
        except (NotFoundError, TamperedError, DamagedError, BadInputError):
            gone[folder.name] = _removed(folder)
            continue
        if not kept.events & wanted:
            continue
        pairs = tuple(one for one in kept.pairs if not wanted & set(one.events))
        rows = tuple(one for one in kept.rows if not wanted & set(one.events))
        n = len(kept.every) - len(pairs) - len(rows)
        said = {**kept.about, "forgotten": int(kept.about.get("forgotten", 0)) + n}
        replace(kept, pairs=pairs, rows=rows, about=said).save(folder)
        gone[kept.name] = n
    return gone


def _removed(folder: Path) -> int:
    """Delete what a set consists of, and return how many lines its files had."""
    lines = 0
    for path in (folder / name for name in (PAIRS, ROWS, ABOUT)):
        if path.is_file():
            lines += path.read_bytes().count(b"\n") if path.name != ABOUT else 0
            path.unlink()
    return lines


def _split(parted: Parted) -> Plain:
    sizes = {
        kind: dict(Counter(one.split for one in parted.kept if isinstance(one, of)))
        for kind, of in (("pairs", Pair), ("rows", Row))
    }
    return {
        "by": list(parted.by),
        "cut": None if parted.cut is None else parted.cut.isoformat(),
        "alone": parted.alone,
        "dropped": dict(parted.dropped),
        "sizes": sizes,
    }


def _by_side(pairs: Sequence[Pair]) -> Plain:
    train = [one for one in pairs if one.split == "train"]
    sides = {side: [one for one in pairs if one.split == side] for side in ("train", "dev", "test")}
    return {
        side: [_baseline(rule) for rule in baselines(own, train if side != "train" else ())]
        for side, own in sides.items()
        if own
    }


def _baseline(rule: Baseline) -> Plain:
    return {**asdict(rule), "accuracy": rule.accuracy, "fair": rule.fair}


def _positions(by_source: Mapping[str, Sequence[Pair]]) -> Plain:
    """Return the position of each source; pairs by skip-above apart, which choose the lower card as a rule."""
    told: Plain = {}
    for source, own in by_source.items():
        told[source] = _position(position([p for p in own if p.signal != "above"]))
        if any(p.signal == "above" for p in own):
            told[f"{source}{ABOVE}"] = _position(position([p for p in own if p.signal == "above"]))
    return told


def _position(told: Position) -> Plain:
    return {**asdict(told), "is_fair": told.is_fair}


def _tokens(every: Sequence[Taught], rules: Rules) -> Plain:
    asked = [sum(rules.tokens(m.text) for m in one.messages) for one in every]
    said = [max(rules.tokens(text) for text in one.texts) for one in every]
    whole = sorted(a + b for a, b in zip(asked, said, strict=True))
    if not whole:
        return {"counted": rules.counted}
    return {
        "counted": rules.counted,
        "max_length": rules.max_length,
        "prompt_mean": sum(asked) / len(asked),
        "text_mean": sum(said) / len(said),
        "p99": whole[min(len(whole) - 1, int(0.99 * len(whole)))],
        "most": whole[-1],
        "cut": cut(every, rules),
    }


def _notes(told: Mapping[str, Any]) -> list[str]:
    notes = []
    if told["alone"]:
        notes.append("one person: says nothing about others; an adapter of it is personal")
    elif 0 < told["in_set"] < FEW:
        notes.append(f"{told['in_set']} people: under {FEW} it speaks of them and of nobody else")
    if not told["held"]:
        notes.append("no pair is held out: a report on pairs needs more of them")
    if len(told["sources"]) > 1:
        notes.append("sources are measured apart; no figure mixes them")
    for source, place in told["position"].items():
        if not source.endswith(ABOVE) and place["n"] >= CLEAR and not place["is_fair"]:
            notes.append(
                f"{source}: people may have chosen a place: P(chosen stood higher) is not 0.5 ± 0.05"
            )
    if told["tokens"].get("cut"):
        notes.append(
            f"{told['tokens']['cut']} texts do not fit whole and would be cut by the trainer"
        )
    return notes


def _nothing(found: Gathered, steps: Sequence[Step]) -> str:
    gone = [f"{step.dropped} {step.name}" for step in steps if step.dropped]
    why = [f"{n} {reason}" for reason, n in sorted(found.passed.items()) if n]
    said = "; ".join([*why, *gone]) or "nothing was said yet"
    return f"no pair is left of {found.people} people ({said})"


def _way(found: Gathered) -> str:
    if found.people and not found.consenting:
        return "Nobody allows it yet. A person switches it on for themselves: ammo train data allow"
    return "See what was dropped and why: ammo train data preview"


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
