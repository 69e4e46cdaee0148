"""What a person chose about their own AMMO: slots, mix, being contacted, and the uses of their feedback.

A choice is a diary entry of kind ``choice``: the newest of a name holds, and what differs from the
default is a list that can be shown. Nothing here is learned; it was said.
"""

from __future__ import annotations

import asyncio
import functools
import typing
import zoneinfo
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal

from ammo_agents.errors import BadInputError
from ammo_agents.ports import Clock, Diary
from ammo_agents.records import PersonId
from ammo_agents.settings import Settings

Mix = Literal["personal", "fresh", "surprise", "plain"]
KIND = "choice"
MOST_SLOTS = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A person's choices, each with the default that holds until they choose."""

    slots: int = 8
    """Attention slots of one sitting, 1 to 40."""
    exploration: float = 0.15
    """Share of cards a greedy buddy would not have shown, 0 to 0.9."""
    mix: Mix = "personal"
    """``personal``, ``fresh`` (the newest), ``surprise`` (explore half), ``plain`` (not personalised)."""
    subspace: str = ""
    """The subspace the feed shows; empty = the one of the settings."""
    proactive: bool = True
    """May buddies write first?"""
    quiet_from: str = "22:00"
    """Quiet hours begin, HH:MM in the person's zone."""
    quiet_to: str = "08:00"
    """Quiet hours end."""
    zone: str = "UTC"
    """IANA time zone: ``Europe/Berlin``."""
    most_a_day: int = 3
    """Messages a local day at most, 0 to 24."""
    never_hours: tuple[int, ...] = ()
    """Hours of the day, 0 to 23, in which nothing is ever sent."""
    muted: tuple[str, ...] = ()
    """Goal Buddies that may not write first."""
    channels: tuple[str, ...] = ()
    """Names of the extra channels a notice also goes to."""
    passive: bool = False
    """Keep passive signals (seen, open, dwell) too? Consent of its own."""
    prompts: bool = True
    """May what was said stand in prompts to this person's own buddies?"""
    train: bool = False
    """May feedback become training pairs? Off until switched on."""
    share: bool = False
    """May pairs leave this machine in an export for others?"""
    keys: bool = True
    """Single-letter keys in the web app."""
    greeted: bool = False
    """The first run is over."""


def _clock(value: object) -> bool:
    hour, _, minute = str(value).partition(":")
    return hour.isdigit() and minute.isdigit() and int(hour) < 24 and int(minute) < 60


@functools.cache
def zones() -> frozenset[str]:
    """Return the names of all zones; the first call reads a folder, so `read` and `choose` make it in a thread."""
    return frozenset(zoneinfo.available_timezones())


RULES: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "slots": (lambda v: 1 <= v <= MOST_SLOTS, f"1 to {MOST_SLOTS}"),
    "exploration": (lambda v: 0 <= v <= 0.9, "0 to 0.9"),
    "mix": (lambda v: v in typing.get_args(Mix), ", ".join(typing.get_args(Mix))),
    "quiet_from": (_clock, "HH:MM"),
    "quiet_to": (_clock, "HH:MM"),
    "zone": (lambda v: v in zones(), "an IANA zone such as Europe/Berlin"),
    "most_a_day": (lambda v: 0 <= v <= 24, "0 to 24"),
    "never_hours": (lambda v: all(0 <= h < 24 for h in v), "hours from 0 to 23"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """A profile with the names that differ from the default because somebody chose so."""

    profile: Profile
    changed: tuple[str, ...] = field(default=())


def default(settings: Settings) -> Profile:
    """Return the profile of somebody who has chosen nothing."""
    return Profile(slots=settings.slots, exploration=settings.exploration)


async def read(diary: Diary, person: PersonId, settings: Settings) -> Profile:
    """Return the choices that hold for a person; an entry of an older AMMO that no longer fits is passed over."""
    values: dict[str, Any] = {}
    await asyncio.to_thread(zones)
    for name, entry in (await diary.latest(person, KIND)).items():
        try:
            values[name] = converted(name, entry.body.get("value"))
        except BadInputError:
            continue
    return replace(default(settings), **values)


async def choose(
    diary: Diary, person: PersonId, name: str, value: object, *, settings: Settings, clock: Clock
) -> Profile:
    """Keep one choice and return the profile that holds now.

    Raises:
        BadInputError: no such choice, or a value outside its range.
    """
    await asyncio.to_thread(zones)
    kept = converted(name, value)
    now = clock.now()
    plain = list(kept) if isinstance(kept, tuple) else kept
    last = await diary.last(person)
    await diary.write(f"choice/{name}/{last}", person, KIND, {"value": plain}, topic=name, at=now)
    return await read(diary, person, settings)


def converted(name: str, value: object) -> Any:
    """Return a value as the choice's type; raises `BadInputError` that names the choice and its range."""
    hints = typing.get_type_hints(Profile)
    if name not in hints:
        raise BadInputError(
            f"there is nothing to choose called {name!r}",
            hint=f"There are: {', '.join(f.name for f in fields(Profile))}.",
        )
    rule, allowed = RULES.get(name, (lambda _: True, "text, a number or yes/no"))
    try:
        kept = _cast(hints[name], value)
        if rule(kept):
            return kept
    except (KeyError, TypeError, ValueError):
        pass
    raise BadInputError(f"{name} cannot be {value!r}", hint=f"Choose {allowed}.")


def applied(profile: Profile, settings: Settings) -> Settings:
    """Return the settings as this person's User Buddy uses them."""
    exploration = 0.5 if profile.mix == "surprise" else profile.exploration
    return replace(settings, slots=profile.slots, exploration=exploration)


def _cast(kind: Any, value: object) -> Any:
    if kind is bool:
        words = {"true": True, "on": True, "yes": True, "1": True}
        words |= {"false": False, "off": False, "no": False, "0": False, "": False}
        return value if isinstance(value, bool) else words[str(value).lower()]
    if typing.get_origin(kind) is tuple:
        inner = typing.get_args(kind)[0]
        parts = value.split(",") if isinstance(value, str) else value
        if not isinstance(parts, list | tuple):
            raise TypeError
        return tuple(inner(str(part).strip()) for part in parts if str(part).strip())
    if isinstance(value, bool) or value is None:
        raise TypeError
    return kind(value) if kind in {int, float} else str(value)
