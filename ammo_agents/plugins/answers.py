"""Reads what a plugin's hooks return: the right types, names of their own, and what its manifest declares."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from ammo_agents import ports, records
from ammo_agents.errors import PluginError
from ammo_agents.plugins.manifest import SLUG, Manifest

MOST = 10_000
"""Parts one hook may offer."""
LONGEST = 200
"""Characters of a part's name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One sort of thing that plugins offer."""

    name: str
    """As ``[offers]`` of a manifest calls it; the hook is ``ammo_<name>``."""
    type: Callable[[], type[Any]]
    """What each part must be; called when somebody offers one, so that nothing heavy is imported before."""
    name_of: Callable[[Any], object]
    late: bool = False
    """Asked when it is first needed, and not at the start: its parts bring heavy imports."""

    @property
    def hook(self) -> str:
        """The hook's name."""
        return f"ammo_{self.name}"


def _named(part: Any) -> object:
    return part.name


def _from(module: str, name: str) -> Callable[[], type[Any]]:
    def found() -> type[Any]:
        kind: type[Any] = getattr(importlib.import_module(module), name)
        return kind

    return found


KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind(name="subspaces", type=lambda: ports.Subspace, name_of=lambda s: s.id),
        Kind(name="buddies", type=lambda: records.GoalBuddy, name_of=lambda b: b.id),
        Kind(name="graphs", type=lambda: ports.BuddyGraph, name_of=_named),
        Kind(name="models", type=lambda: ports.ModelProvider, name_of=_named),
        Kind(name="stores", type=lambda: ports.StoreProvider, name_of=_named),
        Kind(name="evidence", type=lambda: ports.Evidence, name_of=_named),
        Kind(name="factors", type=lambda: ports.Factoriser, name_of=_named),
        Kind(name="channels", type=lambda: ports.ChannelProvider, name_of=_named),
        Kind(name="gyms", type=lambda: ports.GymProvider, name_of=_named, late=True),
        Kind(
            name="commands",
            type=_from("typer", "Typer"),
            name_of=lambda c: c.info.name if isinstance(c.info.name, str) else "",
            late=True,
        ),
        Kind(
            name="routes",
            type=_from("fastapi", "APIRouter"),
            name_of=lambda r: r.prefix.strip("/"),
            late=True,
        ),
    )
}
"""Every kind by its name; a hook each."""


def read(owner: str, kind: Kind, offered: object) -> dict[str, Any]:
    """Return what a plugin offered, by name; a part without a name of its own has the plugin's.

    Raises:
        PluginError: no list, a part of another type, a name that cannot be one, or the same name twice.
    """
    found: dict[str, Any] = {}
    wanted = kind.type()
    for part in _listed(owner, kind, wanted, offered):
        if lacking := _lacking(part, wanted):
            raise PluginError(
                f"plugin {owner!r} offers {_shown(part)}, which is no {wanted.__name__}: {lacking}",
                hint=_way_out(kind, wanted),
            )
        name = _name(owner, kind, part)
        if name in found:
            raise PluginError(
                f"plugin {owner!r} offers {name!r} twice", hint="Give each part a name of its own."
            )
        found[name] = part
    return found


def compare(owner: str, manifest: Manifest | None, kind: str, names: Iterable[str]) -> None:
    """Raise `PluginError` where what is offered is not what the manifest declares; without one nothing is compared.

    A declared name also stands for what begins with it and a slash: ``coin`` for ``coin/bitcoin``.
    """
    if manifest is None:
        return
    declared = tuple(manifest.commands) if kind == "commands" else manifest.offered(kind)
    names = tuple(names)
    where = "[commands]" if kind == "commands" else f"[offers] {kind}"
    for name in names:
        if not any(_covers(one, name) for one in declared):
            raise PluginError(
                f"plugin {owner!r} offers {name!r}, its ammo.toml declares for {kind}: {', '.join(declared) or 'none'}",
                hint=f"Add it to {where} of ammo.toml, or offer it no longer.",
            )
    for one in declared:
        if not any(_covers(one, name) for name in names):
            raise PluginError(
                f"plugin {owner!r} declares {one!r} for {kind} and offers {', '.join(names[:8]) or 'none'}",
                hint=f"Take it out of {where} of ammo.toml, or offer it.",
            )


def _covers(declared: str, name: str) -> bool:
    return name == declared or name.startswith(f"{declared}/")


def _listed(owner: str, kind: Kind, wanted: type[Any], offered: object) -> Sequence[Any]:
    way_out = _way_out(kind, wanted)
    if inspect.iscoroutine(offered):
        offered.close()
        raise PluginError(f"plugin {owner!r}: {kind.hook} is async, it returned nothing yet", hint=way_out)  # fmt: skip
    if inspect.isgenerator(offered) or inspect.isasyncgen(offered):
        raise PluginError(
            f"plugin {owner!r}: {kind.hook} returned a generator, which is no list", hint=way_out
        )
    if not isinstance(offered, Sequence) or isinstance(offered, str | bytes):
        raise PluginError(
            f"plugin {owner!r}: {kind.hook} returned {type(offered).__name__}, which is no list",
            hint=way_out,
        )
    if len(offered) > MOST:
        raise PluginError(
            f"plugin {owner!r}: {kind.hook} returned {len(offered):,} parts, at most {MOST:,} may be",
            hint="Offer what does the work, and let that hold the rest.",
        )
    return offered


def _way_out(kind: Kind, wanted: type[Any]) -> str:
    return f"{kind.hook} must return a list of {wanted.__name__}."


def _name(owner: str, kind: Kind, part: Any) -> str:
    name = kind.name_of(part) or owner
    good = isinstance(name, str) and len(name) <= LONGEST and name.isprintable()
    if good and kind.name == "subspaces":
        good = SLUG.match(str(name)) is not None
    if not good or not isinstance(name, str):
        must = "a slug: small letters, digits, - and _" if kind.name == "subspaces" else "a text"
        raise PluginError(
            f"plugin {owner!r} offers a part named {_shown(name)}, a name in {kind.name} must be {must}",
            hint="Give it a name that can be one.",
        )
    return name


def _lacking(part: object, kind: type[object]) -> str:
    """Return what keeps `part` from being a `kind`: for a Protocol its members, else its class; empty = nothing."""
    if Protocol not in kind.__mro__:
        return "" if isinstance(part, kind) else f"it is a {type(part).__name__}"
    members = {
        name
        for base in kind.__mro__
        if Protocol in base.__mro__ and base is not Protocol
        for name in (*vars(base), *getattr(base, "__annotations__", {}))
        if not name.startswith("_")
    }
    missing = sorted(name for name in members if not hasattr(part, name))
    return f"no {', '.join(missing)}" if missing else ""


def _shown(part: object) -> str:
    """Return a part as an error shows it: short."""
    text = repr(part)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
