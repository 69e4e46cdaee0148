"""What a preference is when it is to teach a buddy: a pair, or one text with a yes or no, and where it came from (W18)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal

from ammo_agents.records import Message, digest

Signal = Literal["given", "edit", "again", "choice", "above", "label", "like", "skip"]
"""How it was said: ``given`` in a file · a text ``edit``ed · asked ``again`` and kept · a ``choice`` of two · liked below
or beside a skipped card (``above``) · a ``label`` on sampled texts · a single ``like`` or ``skip``."""
Split = Literal["", "train", "dev", "test"]
Prompt = str | tuple[Message, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """How one text came to be, and where it stood when it was judged."""

    creation: str = ""
    """The card it is, if it is one."""
    model: str = ""
    """Who wrote it: a model's id, ``person`` for an edit; empty = not known."""
    adapter: str = ""
    """The adapter it was written with; empty = the base, or not known."""
    prompt: str = ""
    """Fingerprint of the prompt texts."""
    sampling: Mapping[str, Any] = field(default_factory=dict)
    """Temperature, top_p, seed …, as far as they were kept."""
    genome: str = ""
    """Of a bred buddy."""
    slot: int | None = None
    """Where it stood, 0 is the first; None = not known."""
    propensity: float | None = None
    """P(it stood there | what came before), in (0, 1]; None = not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a pair and a single row have in common: the prompt, who said it, when, and by what right."""

    prompt: Prompt
    """What the writer read: a text, or messages."""
    source: str = "human"
    """``human``, ``simulated``, ``rule:<name>``, or the name of a published set. Never mixed in one figure."""
    signal: Signal = "given"
    subspace: str = ""
    buddy: str = ""
    """The Goal Buddy that wrote it; empty = several, or none."""
    user: str = ""
    """A hash of the person; empty = not known."""
    at: dt.datetime | None = None
    """When it was said, aware; None = not known."""
    events: tuple[str, ...] = ()
    """The events it is made of: ``b_…`` acts, ``d_<n>`` entries of the diary."""
    impression: str = ""
    """The slate, run or offer in which both stood."""
    consent: int = 0
    """Number of the diary entry that allowed it; 0 = none was needed (a published set)."""
    extra: Mapping[str, Any] = field(default_factory=dict)
    """Whatever else a file says of it (votes, ratings)."""
    split: Split = ""
    id: str = ""
    """``p_`` or ``k_`` and 16 hex digits of the SHA-256 of everything else but the split; made if empty."""

    @property
    def messages(self) -> tuple[Message, ...]:
        """The prompt as messages; a text is one turn of the user."""
        if isinstance(self.prompt, str):
            return (Message(role="user", text=self.prompt),)
        return self.prompt

    @property
    def asked(self) -> str:
        """The last thing the writer was told: what tells one task from another."""
        return self.messages[-1].text if self.messages else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair(Said):
    """Of two texts for one prompt, the one a person would rather have."""

    chosen: str
    rejected: str
    chosen_by: Side = field(default_factory=Side)
    rejected_by: Side = field(default_factory=Side)
    margin: float = 1.0
    """How clear it is, in [0, 1]: the majority's lead over all votes; 1 where one person said it."""

    def __post_init__(self) -> None:
        _name(self, "p")

    @property
    def texts(self) -> tuple[str, str]:
        """Both texts, the chosen one first."""
        return self.chosen, self.rejected

    @property
    def sides(self) -> tuple[Side, Side]:
        """Where both come from, the chosen one first."""
        return self.chosen_by, self.rejected_by


@dataclass(frozen=True, slots=True, kw_only=True)
class Row(Said):
    """One text that a person wants (or not), for KTO: a single signal is never half of an invented pair."""

    completion: str
    label: bool
    by: Side = field(default_factory=Side)

    def __post_init__(self) -> None:
        _name(self, "k")

    @property
    def texts(self) -> tuple[str]:
        """Its text."""
        return (self.completion,)

    @property
    def sides(self) -> tuple[Side]:
        """Where it comes from."""
        return (self.by,)


Taught = Pair | Row
PLAIN = ("sampling", "extra")


def renamed(one: Taught, **changes: Any) -> Any:
    """Return the record with changes, named anew by what it now is."""
    return replace(one, id="", **changes)


def plain(one: Taught | Side) -> dict[str, Any]:
    """Return a record as a JSON object; what is as by default is left out, but for ids and texts."""
    found: dict[str, Any] = {}
    for item in fields(one):
        value = getattr(one, item.name)
        if isinstance(value, Side):
            value = plain(value)
        elif item.name == "prompt" and not isinstance(value, str):
            value = [{"role": m.role, "content": m.text} for m in value]
        elif isinstance(value, dt.datetime):
            value = value.isoformat()
        elif isinstance(value, tuple):
            value = list(value)
        elif isinstance(value, Mapping):
            value = dict(value)
        if value not in ("", None, [], {}) or item.name in {"chosen", "rejected", "completion"}:
            found[item.name] = value
    return found


def _name(one: Taught, prefix: str) -> None:
    if not one.id:
        said = {k: v for k, v in plain(one).items() if k not in {"id", "split"}}
        object.__setattr__(one, "id", f"{prefix}_{digest(said)[:16]}")
