"""The house: settings, health, spending, and a person's data."""

from __future__ import annotations

import asyncio
import platform
import shutil
import sqlite3
import sys
from collections import Counter
from importlib import metadata
from pathlib import Path
from typing import Any

from ammo_agents import __version__
from ammo_agents.app import App, opened
from ammo_agents.errors import AmmoError, MissingPartError
from ammo_agents.goal.principles import named_in
from ammo_agents.hooks import provider_of
from ammo_agents.ledger import restore as put_back
from ammo_agents.records import SubspaceId
from ammo_agents.views import checks, inbox, withdrawing
from ammo_agents.views.checks import check

Plain = dict[str, Any]
PACKAGES = (
    "chromadb",
    "langgraph",
    "litellm",
    "xllamacpp",
    "onnxruntime",
    "pluggy",
    "numpy",
    "protobuf",
)


async def config(app: App, *, origin: bool = False, changed: bool = False) -> Plain:
    """List the settings; with `origin` where each value comes from, with `changed` only what differs."""
    rows = [
        {
            "name": o.name,
            "value": "" if o.value is None else str(o.value),
            **({"origin": o.origin} if origin else {}),
            "changed": "*" if o.value != o.default else "",
            "help": o.help,
        }
        for o in app.loaded.origins
        if not changed or o.value != o.default
    ]
    return {"settings": rows}


async def status(app: App) -> Plain:
    """Show what runs, what it cost today, and what leaves this machine."""
    today = app.clock.now().date()
    spent = await app.ledger.spent("model*", today)
    hosted = not app.settings.model.startswith("local/")
    leaves = []
    if hosted:
        leaves.append(f"prompts and answers, to the provider of {app.settings.model}")
    if app.settings.live:
        leaves.append("requests to the market data source of the subspace")
    return {
        "home": str(app.folders.data),
        "subspace": app.settings.subspace,
        "day": str(await app.ledger.day(SubspaceId(app.settings.subspace)) or "not begun"),
        "model": app.settings.model,
        "embedder": app.settings.embedder,
        "store": app.settings.store,
        "tokens_today": spent.tokens,
        "money_today": spent.money,
        "budget": f"{app.settings.tokens_per_day:,} tokens, ${app.settings.money_per_day:.2f} a day",
        "leaves_this_machine": "; ".join(leaves) or "nothing",
    }


async def rejections(app: App, *, limit: int = 20, subspace: str | None = None) -> Plain:
    """Show how many ideas stayed unpublished, why, and the newest of them."""
    space = app.subspace(subspace)
    attempts = await app.ledger.attempts(subspace=space.id)
    creations = await app.ledger.creations(subspace=space.id)
    published = len(creations)
    tried = published + len(attempts)
    broken = [named_in(flag.reason) for creation in creations for flag in creation.flags]
    sentences = Counter(name for name in broken if name)
    cards = Counter(name for name in (named_in(a.reason) for a in attempts) if name)
    reasons = Counter(f"{a.stage}: {_kind(a.reason)}" for a in attempts)
    return {
        "published": published,
        "rejected": len(attempts),
        "rate": round(len(attempts) / tried, 4) if tried else 0.0,
        "why": [{"reason": r, "count": n} for r, n in reasons.most_common()],
        "principles": [
            {"principle": name, "cards": cards[name], "sentences": sentences[name]}
            for name in sorted({*cards, *sentences})
        ],
        "newest": [
            {
                "at": a.at.isoformat(),
                "buddy": a.buddy,
                "kind": a.kind.value,
                "stage": a.stage,
                "reason": a.reason,
                "cost": a.cost,
                "model": a.model,
            }
            for a in attempts[:limit]
        ],
    }


def _kind(reason: str) -> str:
    """Return what a reason has in common with others of its kind."""
    return f"principle {named_in(reason)!r}" if named_in(reason) else reason.split(":")[0]


async def data_export(app: App, *, to: str) -> Plain:
    """Write everything the ledger holds into one archive."""
    path = await app.ledger.export(Path(to))
    return {"archive": str(path), "hash": await app.ledger.canonical_hash()}


async def data_import(app: App, *, source: str) -> Plain:
    """Read an archive into an empty home; nothing is written when anything is wrong with it."""
    async with opened(app.loaded, access="write") as home:
        counts = await home.ledger.import_archive(Path(source))
    return {"home": str(app.folders.data), **dict(counts)}


async def restore(app: App, *, source: str) -> Plain:
    """Put a backup back into an empty data folder."""
    await asyncio.to_thread(put_back, Path(source), app.folders.data)
    async with opened(app.loaded, access="read") as filled:
        return {"home": str(app.folders.data), **dict(await filled.ledger.counts())}


async def forget(app: App) -> Plain:
    """Erase every act, slate and belief of the person, in the ledger, the index, the checkpoints and the data sets."""
    unlearned = await withdrawing.unlearn(app, withdrawing.FORGOTTEN)
    erased = dict(await app.ledger.forget(app.person))
    erased["channels"] = await inbox.book_of(app).forget(app.person)
    index = await app.index()
    await index.settled()
    await index.forget()
    await asyncio.to_thread(_remove_checkpoints, app)
    return {
        "person": app.person,
        "erased": erased,
        "index": "begun anew",
        "checkpoints": "removed",
        "unlearned": unlearned,
    }


async def doctor(app: App) -> Plain:
    """Check Python, disk, SQLite, models, plugins, ledger, memory, port and index; ``exit`` is 1 when anything is bad."""
    around = await checks.further(app)
    found = [*await asyncio.to_thread(_machine, app), await _ledger(app), *around]
    versions = await asyncio.to_thread(_versions)
    paste = (
        f"ammo {__version__} · Python {platform.python_version()} · {platform.system()} {platform.machine()} · "
        + ", ".join(f"{n} {v}" for n, v in versions.items())
    )
    bad = any(c["state"] == "bad" for c in found)
    return {"checks": found, "paste": paste, "versions": versions, "exit": 1 if bad else 0}


def _remove_checkpoints(app: App) -> None:
    for leftover in app.folders.data.glob("checkpoints.db*"):
        leftover.unlink()


def _machine(app: App) -> list[Plain]:
    return [_python(), _disk(app), _sqlite(), *_models(app), *_plugins(app)]


def _versions() -> dict[str, str]:
    return {name: metadata.version(name) for name in PACKAGES if _installed(name)}


def _python() -> Plain:
    good = sys.version_info >= (3, 11)
    return check(
        "Python",
        "ok" if good else "bad",
        platform.python_version(),
        "" if good else "Install Python 3.11 or newer.",
    )


def _disk(app: App) -> Plain:
    place = app.folders.data
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(place).free // 1_000_000
    floor = app.settings.free_space_mb
    detail = f"{free} MB free at {place}, floor {floor} MB"
    return check(
        "disk",
        "ok" if free > floor else "bad",
        detail,
        "" if free > floor else "Free some space; reads go on meanwhile.",
    )


def _sqlite() -> Plain:
    fixed = sqlite3.sqlite_version_info >= (3, 51, 3)
    detail = sqlite3.sqlite_version + (
        "" if fixed else ": has the WAL-reset bug, out of reach with one writing connection"
    )
    return check("SQLite", "ok" if fixed else "warn", detail)


def _models(app: App) -> list[Plain]:
    rows = []
    for name in (app.settings.embedder, app.settings.model):
        try:
            provider = provider_of(app.plugins, name)
            card = next((c for c in provider.cards() if c.id == name), None)
            missing = [] if card is None else list(provider.missing(card))
            rows.append(
                check(
                    f"model {name}",
                    "bad" if missing else "ok",
                    f"missing or damaged: {', '.join(missing)}" if missing else "here, verified",
                    f"ammo models pull {name}" if missing else "",
                )
            )
        except MissingPartError as error:
            rows.append(check(f"model {name}", "bad", error.message, error.hint))
    return rows


def _plugins(app: App) -> list[Plain]:
    app.plugins.subspaces(), app.plugins.stores(), app.plugins.evidence()
    return [
        check(
            f"plugin {s.name}",
            "bad" if s.fault else "ok",
            s.fault or f"{s.module} {s.version}",
            "Reinstall or remove it." if s.fault else "",
        )
        for s in app.plugins.states
    ]


async def _ledger(app: App) -> Plain:
    if not await asyncio.to_thread(app.folders.ledger.exists):
        return check("ledger", "ok", f"none yet at {app.folders.ledger}")
    try:
        async with opened(app.loaded, access="read") as filled:
            counts = dict(await filled.ledger.counts())
    except AmmoError as error:
        return check("ledger", "bad", error.message, error.hint)
    size = (await asyncio.to_thread(app.folders.ledger.stat)).st_size // 1000
    return check("ledger", "ok", f"{size} kB, " + ", ".join(f"{n} {k}" for k, n in counts.items()))


def _installed(name: str) -> bool:
    try:
        metadata.version(name)
    except metadata.PackageNotFoundError:
        return False
    return True
