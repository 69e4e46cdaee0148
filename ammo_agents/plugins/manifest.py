"""The manifest ``ammo.toml``: what a plugin is, offers and asks for, read without importing it (S2)."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

from ammo_agents.errors import PluginError

API = "1"
"""The contract's number. Within it hooks may be added; no argument and no return type changes."""
FILE = "ammo.toml"
LARGEST = 65_536
"""Bytes a manifest may have."""
LONGEST = 400
"""Characters one of its texts may have."""
Schedule = Literal["never", "daily", "live"]
SLUG = re.compile(r"[a-z][a-z0-9]*(?:[-_][a-z0-9]+)*\Z")
PART = re.compile(r"[a-z0-9][a-z0-9._/-]*\Z")
HOST = re.compile(r"(?:\*|(?:\*\.)?[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)\Z")
KINDS = (
    "subspaces",
    "buddies",
    "graphs",
    "models",
    "stores",
    "evidence",
    "factors",
    "channels",
    "gyms",
    "routes",
)
"""What a plugin may offer, by the second half of the hook's name; verbs stand in ``[commands]``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a plugin asks to be allowed; the default is nothing."""

    network: tuple[str, ...] = ()
    """Hosts it talks to: ``api.coingecko.com``, ``*.example.org``, or ``*`` for any."""
    files: tuple[str, ...] = ()
    """Paths outside its own folder that it reads or writes."""
    model: bool = False
    """Its buddies ask the language model."""
    schedule: Schedule = "never"
    """How often it works by itself."""
    native: bool = False
    """It ships compiled code."""
    processes: bool = False
    """It starts other programs."""

    def reaches(self, host: str) -> bool:
        """Return whether `host` is one of the declared ones."""
        return any(
            one in {"*", host} or (one.startswith("*.") and host.endswith(one[1:]))
            for one in self.network
        )

    def words(self) -> tuple[str, ...]:
        """Return what is asked for, a line each; empty = nothing."""
        lines = []
        if self.network:
            hosts = "any host" if "*" in self.network else ", ".join(self.network)
            lines.append(f"network: {hosts}")
        if self.files:
            lines.append(f"files: {', '.join(self.files)}")
        if self.model:
            lines.append("model: its buddies ask the language model")
        if self.schedule != "never":
            lines.append(f"schedule: {self.schedule}")
        if self.native:
            lines.append("native: it ships compiled code")
        if self.processes:
            lines.append("processes: it starts other programs")
        return tuple(lines)

    def beyond(self, granted: Capabilities) -> tuple[str, ...]:
        """Return what this asks for and `granted` does not hold, a line each."""
        rank = get_args(Schedule)
        more = Capabilities(
            network=tuple(h for h in self.network if not granted.reaches(h)),
            files=tuple(f for f in self.files if f not in granted.files),
            model=self.model and not granted.model,
            schedule=self.schedule
            if rank.index(self.schedule) > rank.index(granted.schedule)
            else "never",
            native=self.native and not granted.native,
            processes=self.processes and not granted.processes,
        )
        return more.words()

    def plain(self) -> dict[str, Any]:
        """Return the table, as JSON and TOML write it."""
        return {k: list(v) if isinstance(v, tuple) else v for k, v in asdict(self).items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a plugin says about itself."""

    api: str
    """The contract it is written for."""
    name: str
    """A slug, the same as the entry point's name."""
    title: str
    summary: str = ""
    offers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Kind (`KINDS`) → names of what its hooks will return; the loader compares."""
    commands: Mapping[str, str] = field(default_factory=dict)
    """Verb → help line; the code is imported when the verb runs."""
    capabilities: Capabilities = field(default_factory=Capabilities)
    quality: Mapping[str, str] = field(default_factory=dict)
    """The scorecard: rule → ``met`` or ``exempt: why``."""
    subspace: Mapping[str, Any] = field(default_factory=dict)
    """What a folder says about its subspace beyond title and summary; a plugin in code leaves it out."""

    def offered(self, kind: str) -> tuple[str, ...]:
        """Return the names declared for one kind; empty = none."""
        return self.offers.get(kind, ())


def read(path: Path) -> Manifest:
    """Return the manifest in a file, or in the ``ammo.toml`` of a folder.

    Raises:
        PluginError: it cannot be read, is no TOML, breaks a rule, or needs another api; the message
            names file and field, what stands there and what may.
    """
    file = path / FILE if path.is_dir() else path
    return parse(_bytes(file), str(file))


def parse(text: bytes, where: str) -> Manifest:
    """Return the manifest in these bytes; `where` names them in errors. Raises as `read`."""
    try:
        table = tomllib.loads(text.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise PluginError(
            f"{where} is no TOML: {error}", hint="Correct the file; it is UTF-8 and TOML 1.0."
        ) from error
    fields = _Fields(where, table)
    api = fields.text("api")
    if api != API:
        raise PluginError(
            f"{where} needs api {api}, this AMMO speaks {API}",
            hint="Install a version of the plugin for this AMMO, or another AMMO.",
        )
    fields.known((
        "api",
        "name",
        "title",
        "summary",
        "offers",
        "commands",
        "capabilities",
        "quality",
        "subspace",
    ))
    return Manifest(
        api=api,
        name=fields.text("name", SLUG, "a slug: small letters, digits, - and _"),
        title=fields.text("title"),
        summary=fields.text("summary", empty=True),
        offers=_offers(fields.table("offers")),
        commands=_texts(fields.table("commands"), SLUG, lambda _: True, "a help line"),
        capabilities=_capabilities(fields.table("capabilities")),
        quality=_texts(
            fields.table("quality"),
            re.compile(r"[a-z][a-z0-9_-]*\Z"),
            lambda value: value == "met" or value.startswith("exempt: "),
            '"met" or "exempt: why"',
        ),
        subspace=fields.table("subspace").values,
    )


def capabilities_of(table: Mapping[str, Any], where: str) -> Capabilities:
    """Return the capabilities in a table, as `Capabilities.plain` gives it. Raises as `read`."""
    return _capabilities(_Fields(where, table))


def _bytes(file: Path) -> bytes:
    try:
        with file.open("rb") as stream:
            text = stream.read(LARGEST + 1)
    except OSError as error:
        raise PluginError(
            f"{file} cannot be read: {error.strerror or error}",
            hint=f"A plugin's package holds a file {FILE}; see docs/hooks.md.",
        ) from error
    if len(text) > LARGEST:
        raise PluginError(
            f"{file} has more than {LARGEST:,} bytes, a manifest has at most that many",
            hint="Keep data in files of its own.",
        )
    return text


class _Fields:
    """One table of a manifest; every complaint names file and field, what stands there and what may."""

    def __init__(self, where: str, values: Mapping[str, Any], prefix: str = "") -> None:
        self.where, self.values, self.prefix = where, values, prefix

    def wrong(self, name: str, must: str) -> PluginError:
        """Return the refusal of one field."""
        return PluginError(
            f"{self.where}: {self.prefix}{name} is {_shown(self.values.get(name))}, it must be {must}",
            hint=f"Correct {self.prefix}{name} in {FILE}; docs/hooks.md lists every field.",
        )

    def known(self, names: tuple[str, ...]) -> None:
        """Refuse a name that no manifest has."""
        for name in self.values:
            if name not in names:
                near = difflib.get_close_matches(name, names, n=1)
                raise PluginError(
                    f"{self.where}: {self.prefix}{name} is no field of a manifest (there are {', '.join(names)})",
                    hint=f"Did you mean {self.prefix}{near[0]}?"
                    if near
                    else "Take it out, or use the AMMO it is written for.",
                )

    def text(
        self, name: str, form: re.Pattern[str] | None = None, must: str = "", *, empty: bool = False
    ) -> str:
        """Return a text of one line."""
        if name not in self.values:
            if empty:
                return ""
            raise PluginError(
                f"{self.where} lacks {self.prefix}{name}",
                hint=f'Add a line: {name} = "{API if name == "api" else "…"}"',
            )
        value = self.values[name]
        if not isinstance(value, str) or len(value) > LONGEST or not value.isprintable():
            raise self.wrong(name, f"a text of one line, at most {LONGEST} characters")
        if not (value.strip() or empty):
            raise self.wrong(name, "more than nothing")
        if form is not None and not form.match(value):
            raise self.wrong(name, must)
        return value

    def texts(self, name: str, form: re.Pattern[str] | None, must: str) -> tuple[str, ...]:
        """Return a list of texts; absent = empty."""
        value = self.values.get(name, [])
        if not isinstance(value, list):
            raise self.wrong(name, f"a list of texts, each {must}")
        for one in value:
            good = isinstance(one, str) and 0 < len(one) <= LONGEST and one.isprintable()
            if not good or (form is not None and not form.match(one)):
                raise PluginError(
                    f"{self.where}: {self.prefix}{name} holds {_shown(one)}, each must be {must}",
                    hint=f"Correct {self.prefix}{name} in {FILE}; docs/hooks.md lists every field.",
                )
            if value.count(one) > 1:
                raise self.wrong(name, f"a list that holds {_shown(one)} once")
        return tuple(value)

    def flag(self, name: str) -> bool:
        """Return true or false; absent = false."""
        value = self.values.get(name, False)
        if not isinstance(value, bool):
            raise self.wrong(name, "true or false")
        return value

    def table(self, name: str) -> _Fields:
        """Return a table; absent = empty."""
        value = self.values.get(name, {})
        if not isinstance(value, dict):
            raise self.wrong(name, f"a table: [{name}]")
        return _Fields(self.where, value, f"{self.prefix}{name}.")


def _offers(fields: _Fields) -> dict[str, tuple[str, ...]]:
    fields.known(KINDS)
    must = "a name of small letters, digits, . _ / and -"
    return {kind: fields.texts(kind, PART, must) for kind in fields.values}


def _texts(
    fields: _Fields, form: re.Pattern[str], holds: Callable[[str], bool], must: str
) -> dict[str, str]:
    for name in fields.values:
        if not form.match(name):
            raise PluginError(
                f"{fields.where}: {fields.prefix}{_shown(name)} is no slug",
                hint="A slug has small letters, digits, - and _.",
            )
        if not holds(fields.text(name)):
            raise fields.wrong(name, must)
    return dict(fields.values)


def _capabilities(fields: _Fields) -> Capabilities:
    fields.known(tuple(Capabilities.__dataclass_fields__))
    schedule = fields.values.get("schedule", "never")
    if schedule not in get_args(Schedule):
        raise fields.wrong("schedule", f"one of {', '.join(get_args(Schedule))}")
    host = "a host's name without scheme, port and path, *.name, or *"
    return Capabilities(
        network=fields.texts("network", HOST, host),
        files=fields.texts("files", None, "a path"),
        model=fields.flag("model"),
        schedule=schedule,
        native=fields.flag("native"),
        processes=fields.flag("processes"),
    )


def _shown(value: object) -> str:
    """Return a value as an error shows it: short."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}…"
