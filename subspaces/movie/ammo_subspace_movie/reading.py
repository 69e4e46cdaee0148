"""Reads what is certain out of the opening of a Wikipedia article on a film; what is not certain is left out.

Used when the data are built; at run time only its results are read.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass

from ammo_subspace_movie.display import MONTHS
from ammo_subspace_movie.films import plain
from ammo_subspace_movie.prose import note, premise

NAME = (
    r"(?:[A-Z]\.(?: ?[A-Z]\.)*|[A-ZÀ-Ž][\w'’.-]*[\w'’])"
    r"(?: (?:(?:de|del|della|von|van|der|den|da|di|la|le|du|dos|el|al|bin|ter)\b|St\.|"
    r"[A-Z]\.(?: ?[A-Z]\.)*|[A-ZÀ-Ž][\w'’-]*))+(?:,? (?:Jr|Sr)\.| I{2,3}\b)?"
)
"""Two or more capitalised words: a person's name; one word alone is not certain."""
JOBS = (
    r"(?:(?:,| and|, and) (?:co-)?(?:written|produced|edited|scored|shot|choreographed|narrated|animated|"
    r"executive produced|photographed))*"
)
DIRECTED = re.compile(
    rf"(?<![\w-])[Dd]irected{JOBS} by (?P<who>{NAME})(?P<rest>.{{0,24}})", re.DOTALL
)
SIBLINGS = re.compile(
    rf"(?<![\w-])[Dd]irected{JOBS} by (?P<one>[A-Z]\w+) and (?P<two>[A-Z]\w+) (?P<family>[A-Z]\w+)"
)
OPENING = re.compile(
    r"^(?P<head>.{1,160}?),? (?:is|was) (?:an?|the) (?P<year>(?:18|19|20)\d\d) ", re.DOTALL
)
OTHER_FILM = re.compile(
    r"\b(?:remake|sequel|prequel|reboot|follow-up|spin-?off|original|previously|series|franchise|short|"
    r"second unit|play|novel|book|segment|scenes?|anthology|upcoming)\b"
)
NOVEL = re.compile(
    rf"(?<!loosely )(?<!partly )(?<!partially )(?<!in part )(?:based (?:up)?on|adapted from) (?:the|an?|his|her|[A-Z][^,.]{{2,40}}'s?) "
    rf"(?:(?:19|20|18)\d\d |best-?selling |American |British )*"
    rf"(?P<kind>novel|novella|book|play|short story|memoir|autobiography|graphic novel|stage play|musical)"
    rf"(?: of the same (?:name|title)|,? (?:also )?(?:titled|entitled|called) [^,.]{{2,60}}?| (?!by )[A-Z][^,.]{{2,60}}?)?,? (?:written )?by "
    rf"(?P<who>{NAME})(?P<rest>.{{0,16}})",
    re.DOTALL,
)
DAY = rf"(?P<month>{'|'.join(MONTHS)}) (?P<day>\d{{1,2}}), (?P<year>(?:19|20)\d\d)"
RELEASED = re.compile(
    r"(?:^|(?<=[.,] )|(?<=and ))(?:(?:The film|The movie|It) )?(?:was|is) "
    r"(?:theatrically |first |officially )?released"
    r"(?: theatrically)?(?: worldwide| nationwide)?"
    r"(?: in (?:theaters|cinemas|theatres)(?: in)?)?(?: in)?(?: the)?(?: United States| U\.S\.| US| USA| North America| Canada| and)*"
    r"(?: by [A-Z][\w .&'-]{1,40}?)?,? on "
    rf"{DAY}(?P<rest>.{{0,80}})",
    re.DOTALL,
)
HOME = re.compile(r"DVD|Blu-?ray|video|VHS|VOD|LaserDisc|home media")
MOVED = re.compile(
    r"originally|scheduled|postponed|delayed|planned|re-?released|slated|intended", re.IGNORECASE
)
MONEY = r"\$(?P<{0}>\d{{1,4}}(?:\.\d{{1,2}})?) (?P<{0}_scale>million|billion)"
GROSS = re.compile(
    r"(?:gross(?:ed|ing)|earned|earning|made|making) "
    + MONEY.format("gross")
    + r"(?: worldwide| globally| at the (?:worldwide |global )?box office| in total)* (?:against|on|from|with) "
    r"(?:a |its |an )(?:production )?(?:budget of )?"
    + MONEY.format("budget")
    + r"(?P<rest> (?:production )?budget)?"
)
SEQUEL = re.compile(
    r"(?:[Aa]|[Tt]he|direct) (?:direct )?sequel to (?:the )?(?:(?P<year>(?:19|20)\d\d)(?:'s)? )?(?:film |movie )?(?P<other>[A-Z0-9][^.;()]{1,60}?)"
    r"(?: \((?P<year2>(?:19|20)\d\d)\)|(?=[.,;]| and | starring| directed))"
)
DEBUT = re.compile(
    r"\b(?:in|making|marking|makes|marks) (?:his|her|their) (?:feature (?:film )?)?(?:directorial|directing) debut(?P<rest>.{0,3})"
)
SENTENCE = re.compile(
    r"(?<![A-Z])(?<!Jr)(?<!Sr)(?<!Dr)(?<!Mr)(?<!Ms)(?<!Mrs)(?<!St)(?<!vs)(?<!Inc)(?<!Lt)(?<!Col)(?<!Sgt)\.\s+(?=[A-Z])"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """What one opening states with certainty; None or empty = it does not, or not clearly."""

    year: int
    """The year the first sentence names."""
    directors: tuple[str, ...] = ()
    cast: tuple[str, ...] = ()
    """Those of the cast list whom the opening names, in the list's order."""
    released: dt.date | None = None
    premise: str = ""
    """What the story is about, as the rest of a sentence without its full stop."""
    note: str = ""
    """One more thing said of the film: the rest of a sentence whose subject it is, without its full stop."""
    source: tuple[str, str] | None = None
    """(kind, author) of the work it is based on."""
    money: tuple[str, str] | None = None
    """(gross, budget) in US dollars, as written: ``$70.2 million``."""
    sequel: tuple[str, int | None] | None = None
    """(title, year) of the film it is a sequel to."""
    debut: bool = False
    """The opening calls it the director's debut."""


def read(title: str, text: str, cast: Sequence[str]) -> Read | None:
    """Return what the opening of the article on `title` states; None where it is not about that film."""
    text = " ".join(text.split())
    opening = OPENING.match(text)
    if opening is None or not _same_title(title, opening["head"]) or "upcoming" in text:
        return None
    year = int(opening["year"])
    sentences = [s if s.endswith(".") else f"{s}." for s in SENTENCE.split(text)]
    directors = _directors(title, sentences)
    return Read(
        year=year,
        directors=directors,
        cast=tuple(p for p in dict.fromkeys(cast) if p in text),
        released=_released(title, sentences, year),
        premise=premise(title, sentences),
        note=note(sentences),
        source=_source(sentences),
        money=_money(text),
        sequel=_sequel(title, sentences),
        debut=_debut(sentences, directors),
    )


def _same_title(title: str, head: str) -> bool:
    head = re.sub(r"\([^)]*\)", " ", head)
    return plain(head) == plain(title) or plain(head.split(", also known")[0]) == plain(title)


def _directors(title: str, sentences: Sequence[str]) -> tuple[str, ...]:
    """Return one or two names, where the first mention of directing is plainly of this film."""
    for n, sentence in enumerate(sentences[:4]):
        found = DIRECTED.search(sentence) or SIBLINGS.search(sentence)
        if found is None:
            if re.search(r"\bdirected\b|\bdirector\b", sentence):
                return ()
            continue
        before = sentence[: found.start()]
        if not _own(title, before, first=n == 0) or "co-directed" in sentence:
            return ()
        if found.re is SIBLINGS:
            return _siblings(sentence)
        return _people(found["who"], sentence[found.end("who") :])
    return ()


def _own(title: str, before: str, *, first: bool) -> bool:
    """Whether what stands before a mention leaves no doubt that it speaks of this film."""
    begins = rf"(?:The (?:film|movie|picture)|It|{re.escape(title)}|Written|Produced)\b|$"
    years = re.findall(r"\b(?:18|19|20)\d\d\b", before)
    own = first or re.match(begins, before)
    return bool(own) and len(years) <= 1 and not OTHER_FILM.search(before)


def _siblings(sentence: str) -> tuple[str, ...]:
    """Return both names where two given names share one family name: *Joel and Ethan Coen*."""
    found = SIBLINGS.search(sentence)
    if found is None or not _ends(sentence[found.end() :]):
        return ()
    return f"{found['one']} {found['family']}", f"{found['two']} {found['family']}"


def _people(first: str, rest: str) -> tuple[str, ...]:
    second = re.match(rf" (?:and|&) (?P<who>{NAME})(?P<rest>.*)", rest, re.DOTALL)
    if second is not None:
        return (first, second["who"]) if _ends(second["rest"]) else ()
    return (first,) if _ends(rest) else ()


def _ends(rest: str) -> bool:
    """Whether a name is over here: nothing goes on that could be more of it, or further people."""
    return bool(
        re.match(r"(?:,? (?:and )?(?:[a-z]+(?:-[a-z]+)*)\b|\.$|;|,? (?:The|It)\b)", rest)
    ) and not re.match(r",? (?:and|&) [A-Z]| brothers| sisters|, (?:and )?[A-Z]", rest)


def _released(title: str, sentences: Sequence[str], year: int) -> dt.date | None:
    days = []
    for each in sentences:
        sentence = re.sub(rf"^{re.escape(title)} ", "It ", each)
        found = RELEASED.search(sentence)
        if found is None or MOVED.search(sentence) or HOME.search(sentence):
            continue
        if "estival" in sentence[found.start() :]:
            continue
        days.append(
            dt.date(int(found["year"]), MONTHS.index(found["month"]) + 1, int(found["day"]))
        )
    if len(set(days)) != 1 or abs(days[0].year - year) > 1:
        return None
    return days[0]


def _source(sentences: Sequence[str]) -> tuple[str, str] | None:
    for n, sentence in enumerate(sentences[:4]):
        found = NOVEL.search(sentence)
        if found is None:
            continue
        before = sentence[: found.start()]
        own = n == 0 or re.match(
            r"(?:The (?:film|movie|picture|screenplay)|It|Based|The film's)\b|$", before
        )
        if not own or OTHER_FILM.search(before) or not _ends(found["rest"]):
            return None
        return found["kind"].replace("stage play", "play"), found["who"]
    return None


def _money(text: str) -> tuple[str, str] | None:
    found = list(GROSS.finditer(text))
    if len(found) != 1:
        return None
    one = found[0]
    if "budget" not in one.group() or re.search(
        r"opening|weekend|domestic|its first", text[max(0, one.start() - 60) : one.end()]
    ):
        return None
    return f"${one['gross']} {one['gross_scale']}", f"${one['budget']} {one['budget_scale']}"


def _sequel(title: str, sentences: Sequence[str]) -> tuple[str, int | None] | None:
    for n, sentence in enumerate(sentences[:3]):
        found = SEQUEL.search(sentence)
        if found is None:
            continue
        before = sentence[: found.start()]
        own = n == 0 or re.match(
            rf"(?:The (?:film|movie)|It|{re.escape(title)})\b|$|(?:Serving|Acting) as ", before
        )
        hedged = re.search(
            r"spiritual|followed by|intended|planned|loose|unofficial|thematic|stand-?alone|produce[ds]? |spawned|remake",
            before,
        )
        if not own or hedged:
            return None
        year = found["year"] or found["year2"]
        return found["other"].strip(' ,"'), int(year) if year else None
    return None


def _debut(sentences: Sequence[str], directors: Sequence[str]) -> bool:
    if len(directors) != 1:
        return False
    for sentence in sentences[:2]:
        at = sentence.find(directors[0])
        found = DEBUT.search(sentence)
        if at >= 0 and found is not None and 0 < found.start() - at - len(directors[0]) <= 3:
            return True
    return False
