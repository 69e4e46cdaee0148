"""The AiPP on the wire, version 1.0: every record that enters or leaves (W15, W16; docs/aipp.md).

What enters is strict: no unknown field, every text, list and number bounded, no NaN, no characters that
are no text. ``python -m ammo_agents.aipp.protocol`` prints the JSON Schema (docs/aipp.schema.json).
"""

from __future__ import annotations

import json
import sys
from typing import Annotated, Any, Literal, TypeVar

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
)
from pydantic.json_schema import models_json_schema
from pydantic_core import from_json

from ammo_agents.errors import BadInputError

VERSION = "1.0"
SCHEMA_ID = f"urn:ammo:aipp:{VERSION}"
MOST_EVENTS = 100
"""Interactions of one batch."""
MOST_CARDS = 40
"""Cards of one page."""
MOST_OVER = 10
"""Cards that one can be chosen over."""
LONGEST_ID = 100
LONGEST_TOKEN = 400
LONGEST_NOTE = 4_000
LONGEST_WORDS = 400
DAY_MS = 86_400_000


def _text(value: str) -> str:
    if any(c < " " and c not in "\n\t" for c in value) or "\x7f" in value:
        raise ValueError("holds characters that are no text")
    return value


def _written_time(value: object) -> object:
    if not isinstance(value, str) or len(value) > 40:
        raise ValueError("a time is a text: 2026-01-31T09:30:00Z")
    return value


Id = Annotated[str, Field(min_length=1, max_length=LONGEST_ID, pattern=r"^[A-Za-z0-9._:-]+$")]
Slug = Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[a-z0-9][a-z0-9-]*$")]
ActName = Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[A-Za-z0-9_-]+$")]
Token = Annotated[str, Field(min_length=1, max_length=LONGEST_TOKEN, pattern=r"^[A-Za-z0-9_-]+$")]
Words = Annotated[str, Field(min_length=1, max_length=LONGEST_WORDS), AfterValidator(_text)]
Note = Annotated[str, Field(max_length=LONGEST_NOTE), AfterValidator(_text)]
When = Annotated[AwareDatetime, Field(strict=False), BeforeValidator(_written_time)]
Limit = Annotated[int, Field(ge=1, le=MOST_CARDS)]
Number = Annotated[float, Field(allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Reason = Literal["topic", "buddy", "source", "tone", "fact"]


class Asked(BaseModel):
    """What enters: nothing but what is named here."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Told(BaseModel):
    """What leaves; a reader must pass over fields that it does not know."""

    model_config = ConfigDict(extra="ignore", frozen=True)


Given = TypeVar("Given", bound=Asked)


# --- feed ------------------------------------------------------------------------------------
class FeedRequest(Asked):
    """Ask for a new slate: `POST /aipp/v1/feed`."""

    request_id: Id
    """Chosen by the client; the same id gives the same slate again."""
    subspace: Slug | None = None
    limit: Limit | None = None
    hydrate: bool = False


class ScorePart(Told):
    """One term of a score."""

    kind: str
    """``prior``, ``event``, ``exploration``, ``novelty`` or ``other``."""
    label: str
    value: Number
    feedback: str | None = None
    """The act it comes from, for kind ``event``."""


class Item(Told):
    """One card of a slate: its id, why it is there, and what a vote must carry."""

    id: str
    position: Annotated[int, Field(ge=0)]
    score: Number
    parts: list[ScorePart]
    """They add up to `score` to 1e-6."""
    propensity: Share
    """P(this card | the cards before it)."""
    inclusion: Share
    """P(this card in the slate)."""
    exploring: bool
    context: Token
    """Opaque; send it back with an interaction."""
    impression: Token
    """Opaque, signed, the person's own; every interaction carries it."""
    card: dict[str, Any] | None = None
    """The whole card, on request."""


class Feed(Told):
    """A slate, or a page of one."""

    version: Literal["1.0"] = "1.0"
    request: str
    """The request id of the slate; empty where it was presented by another door."""
    subspace: str
    slate: str | None
    at: str | None
    items: list[Item]
    cursor: Token | None
    """Reads this page again."""
    next: Token | None
    """Reads what follows: the rest of the slate, then the slate before it. None = nothing follows."""
    note: str = ""


# --- interactions ----------------------------------------------------------------------------
class Interaction(Asked):
    """One thing a person did with a card they were shown."""

    event: Id
    """Chosen by the client, unique for this person."""
    impression: Token
    act: ActName
    at: When | None = None
    """When it happened, by the client's clock; kept, never used for order."""
    context: Token | None = None
    dwell_ms: Annotated[int, Field(ge=0, le=DAY_MS)] | None = None
    reason: Reason | None = None
    note: Note = ""
    over: Annotated[list[Token], Field(max_length=MOST_OVER)] = []
    """For `choose`: impressions of the cards it was chosen over."""
    of: Id | None = None
    """For `undo`: the event that is taken back; none = the newest of this impression."""


class Interactions(Asked):
    """A batch: `POST /aipp/v1/interactions`."""

    interactions: Annotated[list[Interaction], Field(min_length=1, max_length=MOST_EVENTS)]


class Envelope(Asked):
    """A batch whose items are looked at one by one: one bad item does not lose the others."""

    interactions: Annotated[list[Any], Field(min_length=1, max_length=MOST_EVENTS)]


class Answer(Told):
    """What became of one interaction."""

    event: str
    status: Literal["kept", "repeated", "refused"]
    code: int
    """200, or the status its refusal would have alone: 403, 404, 409, 422."""
    feedback: str | None = None
    """The act in the person's log; None where taste was not touched."""
    receipt: str = ""
    """What it changed, for the person."""
    detail: str = ""
    fix: str = ""


class Answers(Told):
    """One answer per interaction, in order."""

    version: Literal["1.0"] = "1.0"
    answers: list[Answer]


# --- describe --------------------------------------------------------------------------------
class ActDescription(Told):
    """One act: what it says, and how much it counts."""

    name: str
    label: str
    signal: Literal["explicit", "passive"]
    meaning: Literal["positive", "negative", "seen", "neutral"]
    reward: Share | None
    """y; None where taste is not touched."""
    weight: Annotated[float, Field(ge=0, le=4, allow_inf_nan=False)]
    needs: list[str]
    """Fields that the act cannot do without."""
    own: bool
    """The subspace brought it."""
    reasons: dict[str, str]
    """What each reason makes of it."""


class FieldDescription(Told):
    """One field of a subspace's cards."""

    name: str
    label: str
    kind: Literal["text", "number", "date"]
    predicate: str
    quantity: str


class SubspaceDescription(Told):
    """What a subspace's AiPP is: declared, never code."""

    id: str
    title: str
    summary: str
    origin: str
    acts: list[ActDescription]
    fields: list[FieldDescription]


class Description(Told):
    """`GET /aipp/v1/describe`."""

    version: Literal["1.0"] = "1.0"
    passive: bool
    """Does this person let passive signals be kept?"""
    limits: dict[str, int]
    subspaces: list[SubspaceDescription]


# --- intent ----------------------------------------------------------------------------------
class IntentRequest(Asked):
    """“I want …”: `POST /aipp/v1/intent`."""

    words: Words
    subspace: Slug | None = None
    """Look only here."""
    limit: Limit | None = None
    keep: bool = False
    """Also keep the wish as an event; without it nothing is learned."""


class IntentStep(Told):
    """One step of the discovery chain; what else it holds depends on `step`."""

    model_config = ConfigDict(extra="allow", frozen=True)
    step: Literal["understood", "subspaces", "buddies", "slate", "missing", "error"]
    number: int


# --- errors ----------------------------------------------------------------------------------
class Problem(Told):
    """Every refusal of a whole request: `application/problem+json`."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    fix: str = ""


def parsed(model: type[Given], body: bytes) -> Given:
    """Return the record that a body holds.

    Raises:
        BadInputError: no JSON, too deep, or not what the record allows; it names the first wrong place.
    """
    try:
        return model.model_validate(from_json(body, allow_inf_nan=False))
    except ValidationError as error:
        raise BadInputError(_first(error), hint="See docs/aipp.md.") from error
    except ValueError as error:
        raise BadInputError(f"the body is no JSON: {error}", hint="See docs/aipp.md.") from error


def interaction(item: object) -> Interaction | str:
    """Return one interaction of a batch, or what is wrong with it."""
    try:
        return Interaction.model_validate(item)
    except ValidationError as error:
        return _first(error)


def _first(error: ValidationError) -> str:
    found = error.errors(include_url=False, include_context=False, include_input=False)[0]
    place = ".".join(str(step)[:LONGEST_ID] for step in found["loc"])
    said = f"{place or 'the body'}: {found['msg']}"
    return said.encode("utf-8", "replace").decode()


RECORDS: tuple[type[BaseModel], ...] = (
    FeedRequest,
    Feed,
    Interactions,
    Answers,
    Description,
    IntentRequest,
    IntentStep,
    Problem,
)


def schema() -> dict[str, Any]:
    """Return the JSON Schema of every record, under ``$defs``."""
    modes: Any = [
        (record, "validation" if issubclass(record, Asked) else "serialization")
        for record in RECORDS
    ]
    _, found = models_json_schema(modes, title="AI Preference Protocol")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA_ID,
        "version": VERSION,
        **found,
    }


def main() -> None:
    """Print the schema as it is kept in docs/aipp.schema.json."""
    sys.stdout.write(json.dumps(schema(), indent=2, ensure_ascii=False, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
