"""Closed lists of English words the gate reasons with; no subspace's vocabulary is in here."""

from __future__ import annotations

from collections.abc import Iterable

FUNCTION = frozenset(
    """a an the this that these those its it their they them his her he she and or of to in on at by for from with
    into onto over under during within per as than then is are was were be been being has have had having do does did
    which who whose where when while there here also so such up down out off about between among across
    after before since until above below one""".split()
)
"""Words that name nothing; skipped when content words are compared. Direction and time words among them
are checked by lists of their own."""

NEUTRAL = frozenset(
    "stood stands showed shows saw sees meant came went took made put reached marked brought left".split()
)
"""Content words without content: any statement may be said with them."""

GLUE = frozenset(
    """a an the this that its it and of to in on at by for from with over during within is are was were be been has
    have had which""".split()
)
"""Function words a strict reading lets in anywhere; the others must be licensed by the cited facts."""

MOVED_UP = frozenset(
    """rose rise rises risen rising gained gain gains climbed climb climbs advanced advance advances increased increase
    increases up""".split()
)
MOVED_DOWN = frozenset(
    """fell fall falls fallen falling dropped drop drops declined decline declines lost lose loses loss decreased
    decrease decreases slipped slips slip down""".split()
)
UP = MOVED_UP | frozenset(
    """higher highest above more most best strongest leads led high over-performed outperformed jumped surged soared
    rallied grew grow growth larger largest bigger biggest""".split()
)
DOWN = MOVED_DOWN | frozenset(
    """lower lowest below less least worst weakest lagged low under-performed underperformed plunged plummeted crashed
    tumbled sank shrank shrink smaller smallest fewer""".split()
)
VERBS = MOVED_UP | MOVED_DOWN

NEGATIONS = frozenset(
    """not no never nor none neither without cannot nothing nobody hardly barely n't unchanged unaffected failed
    fails lacks""".split()
)
CAUSAL = frozenset(
    """because due thanks cause caused causes causing therefore hence thus consequently owing driven triggered
    prompted amid following despite although though however reason why result resulting led-to""".split()
)
ABSOLUTE = frozenset(
    """record first last only ever always best worst most least highest lowest largest smallest biggest unprecedented
    historic unique greatest fastest strongest weakest top bottom every entire whole""".split()
)
COMPARING = frozenset(
    """more less higher lower better worse larger smaller faster slower stronger weaker than twice double triple half
    beat beats outperformed underperformed compared versus exceeded""".split()
)
HEDGES = frozenset(
    """will would shall should may might could can likely probably expected expects predicts forecast perhaps possibly
    seems seem appears appear reportedly allegedly apparently almost nearly roughly approximately soon
    tomorrow must""".split()
)
PERSONS = frozenset("i you we us me my your our yours mine ours".split())
NUMBER_WORDS = frozenset(
    """zero two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen
    eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand million billion trillion
    dozen dozens hundreds thousands millions billions twice thrice double doubled triple tripled half halved quarter
    second third fourth fifth once""".split()
)
MONTHS = frozenset(
    "january february march april may june july august september october november december".split()
)
WEEKDAYS = frozenset("monday tuesday wednesday thursday friday saturday sunday".split())
RELATIVE_DAYS = frozenset(
    "today yesterday tomorrow tonight now currently recently morning evening afternoon weekend".split()
)

RESTRICTED: tuple[tuple[str, frozenset[str]], ...] = (
    ("a cause", CAUSAL),
    ("a superlative", ABSOLUTE),
    ("a comparison", COMPARING),
    ("a hedge or a forecast", HEDGES),
    ("a person", PERSONS),
    ("a number in words", NUMBER_WORDS),
    ("a time", MONTHS | WEEKDAYS | RELATIVE_DAYS),
)
"""Words of these kinds pass only where a cited fact has them."""


def content(words: Iterable[str]) -> list[str]:
    """Return the words that name something, in order, each in its base form."""
    return [base(word) for word in words if word not in FUNCTION and word[0].isalpha()]


def base(word: str) -> str:
    """Return a crude base form: plural, tense and possessive endings taken off; ``closes`` → ``clos``."""
    word = word.removesuffix("'s").removesuffix("’s").removesuffix("'")
    if word in MOVED_UP:
        return "(up)"
    if word in MOVED_DOWN:
        return "(down)"
    for ending in ("ing", "ed", "es", "s", "ly", "e"):
        if word.endswith(ending) and len(word) - len(ending) >= 3 and not word.endswith("ss"):
            return word[: -len(ending)]
    return word
