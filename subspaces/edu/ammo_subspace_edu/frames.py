"""The canonical sentence of every predicate. A frame holds no digit; names keep one order in all wordings.

The order matters: a reader of *A is a prerequisite of B* must never be told that B is one of A.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

MEASURED: dict[str, tuple[str, ...]] = {
    "edu.length": ("weeks", "effort"),
    "edu.hours": ("total", "weeks", "effort"),
    "edu.reach": ("weeks",),
    "edu.longest": ("total",),
    "edu.length_change": ("old", "new"),
    "edu.effort_change": ("old", "new"),
    "edu.topic_short": ("total",),
    "edu.topic_way": ("total",),
    "edu.section_size": ("total",),
}
"""Slots that may hold a range; then ``{effort}`` is said as ``{effort_from} to {effort}``."""


def variant(predicate: str, ranged: Sequence[str]) -> str:
    """Return the predicate of a statement in which these slots are ranges: ``edu.length_effort``."""
    return "_".join((predicate, *ranged))


def variants(predicate: str) -> Iterator[tuple[str, ...]]:
    """Yield the sets of slots that may be ranges together, the empty one first."""
    slots = MEASURED.get(predicate, ())
    for size in range(len(slots) + 1):
        yield from combinations(slots, size)


def widened(line: str, ranged: Sequence[str]) -> str:
    """Return a line with both ends of these slots."""
    for slot in ranged:
        line = line.replace(f"{{{slot}}}", f"{{{slot}_from}} to {{{slot}}}")
    return line


PLAIN: dict[str, str] = {
    "edu.length": "The {curriculum} curriculum lists {name} with {weeks} at {effort} a week.",
    "edu.hours": "{name} comes to {total} in all: {weeks} at {effort} a week.",
    "edu.needs": "In {year}, the {curriculum} curriculum has {other} as a prerequisite of {name}.",
    "edu.needs_two": "In {year}, the {curriculum} curriculum has {other} and {second} as prerequisites of {name}.",
    "edu.asks": "In {year}, the prerequisites of {name} in the {curriculum} curriculum are listed as {needs}.",
    "edu.free": "In {year}, {name} is listed in the {curriculum} curriculum with no prerequisites.",
    "edu.chain": "In the {curriculum} curriculum, a prerequisite chain of {count} beginning with {first} leads to {name}.",
    "edu.reach": "In the {curriculum} curriculum, {name} takes {weeks} together with the {count} that come before it.",
    "edu.leads": "In {year}, {name} leads to {other} in the {curriculum} curriculum, as its prerequisite.",
    "edu.builds": "In the {curriculum} curriculum, {count} build on {name}, directly or through other courses.",
    "edu.on": "As of {year}, {name} is a course on {topic}.",
    "edu.on_count": "{name} is one of {count} here on {topic}.",
    "edu.part": "{name} is one of {count} in the section {section} of the {curriculum} curriculum.",
    "edu.shared": "In {year}, {name} is in both the {curriculum} and the {other} curriculum.",
    "edu.shared_all": "{name} is in all {count} here.",
    "edu.longest": "{name} is the longest of the {count} in the section {section} of the {curriculum} curriculum, with {total} in all.",
    "edu.since": "{name} has been in the {curriculum} curriculum since {date}.",
    "edu.anniversary": "On {date}, {name} had been in the {curriculum} curriculum for {years}.",
    "edu.where": "In {year}, {name} is linked to {place} in the {curriculum} curriculum.",
    "edu.joined": "{name} joined the {curriculum} curriculum on {date}.",
    "edu.left": "{name} left the {curriculum} curriculum on {date}.",
    "edu.swap": "On {date}, {name} joined and {other} left the section {section} of the {curriculum} curriculum.",
    "edu.moved": "{name} moved to the section {section} of the {curriculum} curriculum on {date}.",
    "edu.length_change": "On {date}, the {curriculum} curriculum changed the length of {name} from {old} to {new}.",
    "edu.effort_change": "On {date}, the {curriculum} curriculum changed the effort for {name} from {old} to {new} a week.",
    "edu.needs_change": "On {date}, the {curriculum} curriculum changed the prerequisites of {name} from {old} to {needs}.",
    "edu.relinked": "On {date}, the {curriculum} curriculum moved its link for {name} from {old} to {place}.",
    "edu.year": "In {year}, {joined} joined and {gone} left the {curriculum} curriculum.",
    "edu.topic_count": "{count} here are on {topic}, among them {first} and {second}.",
    "edu.topic_two": "The {count} here on {topic} are {first} and {second}.",
    "edu.topic_short": "Of the {count} here on {topic} with hours listed, {name} has the fewest: {total} in all.",
    "edu.topic_way": "In the {curriculum} curriculum, the shortest way to {topic} is {count} ending with {name}, {total} in all.",
    "edu.covers": "In {year}, the section {section} of the {curriculum} curriculum covers {topic}.",
    "edu.covers_two": "In {year}, the section {section} of the {curriculum} curriculum covers {topic} and {second}.",
    "edu.section_size": "The section {section} of the {curriculum} curriculum has {count}, {total} in all.",
    "edu.section_count": "The section {section} of the {curriculum} curriculum has {count}, beginning with {first}.",
    "edu.size": "The {curriculum} curriculum lists {count} in {sections}.",
    "edu.hub": "In the {curriculum} curriculum, {count} build on {name}, more than on any other course.",
    "edu.deepest": "The longest chain of prerequisites in the {curriculum} curriculum has {count}, from {first} to {last}.",
    "edu.place_most": "{count} of the {total} in the {curriculum} curriculum are on {place}, more than on any other site.",
}

FRAMES: dict[str, str] = {
    variant(predicate, ranged): widened(frame, ranged)
    for predicate, frame in PLAIN.items()
    for ranged in variants(predicate)
}
"""Every predicate's sentence, with single numbers and with ranges."""
