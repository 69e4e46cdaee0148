"""Sentences of an article that may be told in their own words: what a story is about, and what became of the film.

Used when the data are built; at run time only the results are read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise

TELLS = (
    r"(?:follows|tells the (?:true |fictional |fictionalized )?story of|tells a story (?:of|about)|tells of|"
    r"cent(?:er|re)s (?:on|around|upon)|concerns|revolves around|focuses on|deals with|depicts|chronicles|recounts|"
    r"portrays|describes|dramatizes|explores|is about|was about)"
)
FILM = r"(?:[Tt]he (?:film|movie|story|plot|narrative|film's (?:plot|story|narrative)|(?:story|plot) of the film))"
ABOUT = (
    re.compile(rf"^(?:{FILM}|It) {TELLS} (?P<what>.+)\.$"),
    re.compile(
        rf"^(?:Set|Based|Inspired|Loosely|Taking|Starring)\b[^.]*?, (?:{FILM}|it) {TELLS} (?P<what>.+)\.$"
    ),
    re.compile(rf"^(?:The film|The movie|It) stars? [^.]*?,? and {TELLS} (?P<what>.+)\.$"),
)
FIRST = re.compile(
    r"^.{1,160}? (?:is|was) an? (?:19|20)\d\d [^,.]*?\b(?:film|comedy|drama|documentary|thriller|western|musical) about (?P<what>[^.]+?)"
    r"(?:\.$|,? (?:which was |that was |and )?(?:written|directed|produced|starring|released|co-written)\b)"
)
UNCLEAR = re.compile(
    r"[\"“”;:\[\](){}—–/*]|\b(?:the|this) film\b|\bmovie\b|title (?:character|role)|\btitular\b|\beponymous\b|\bwho is played\b|"
    r"(?:,| and) (?:focuses|follows|stars|centers|centres|tells|explores|is|was|directed|written|produced|starring|features|featuring|shows|shown)\b|"
    r"\b(?:original|previous|first) (?:film|story)\b"
)
DANGLING = re.compile(
    r"(?:him|her|them|their|its|these|those|both|this|that|how|his|when|what|why|whether|he|she)\b"
)
NOTED = re.compile(
    r"^(?:The film|The movie) (?P<said>(?:was|is|received|earned|became|marks|marked|features|featured|had|has|grossed|won) .+)\.$"
)
RECEIVED = re.compile(
    r"^It (?P<said>(?:received|earned|garnered|grossed|won|was nominated|(?:was|is|became) (?:an? )?(?:critical|commercial|box.office|financial)) .+)\.$"
)
"""What *it* says of a film only where the sentence before speaks of nothing else."""
OTHER = re.compile(
    r"\b(?:song|soundtrack|score|album|novel|book|play|series|music|theme|actor|role|performance|short|video)\b"
)
WORTH = re.compile(
    r"nominat|\bwon\b|award|Oscar|acclaim|success|praise|review|critic|cult|set in|first|only|last|filmed|shot|National Film Registry|"
    r"box office|influen|greatest|preserv|panned|failure|bomb"
)
ELSEWHERE = re.compile(
    r"[\"“”;:\[\](){}—–/*]|\b(?:also|however|this|these|he|she|him|her|they|them|the former|the latter|respectively|that year|same year|"
    r"directed by|written by|produced by|based on|adapted|released|distributed|remake|sequel|it|its predecessor|as well|too)\b"
)


def premise(title: str, sentences: Sequence[str]) -> str:
    """Return what the story is about, as the rest of a sentence; empty where no sentence says so plainly."""
    for what in _offers(title, sentences):
        said = re.sub(r" \([A-Z][\w .'’-]+\)", "", what)  # who plays the part
        words = said.split()
        if UNCLEAR.search(said) or DANGLING.match(said) or not 3 <= len(words) <= 38:
            continue
        return said
    return ""


def note(sentences: Sequence[str]) -> str:
    """Return one more sentence on the film without its subject: what it won, how it was received, where it is set."""
    for before, sentence in pairwise(sentences):
        found = NOTED.match(sentence) or (
            None if OTHER.search(before) else RECEIVED.match(sentence)
        )
        if found is None or not WORTH.search(found["said"]) or ELSEWHERE.search(found["said"]):
            continue
        if 4 <= len(found["said"].split()) <= 34:
            return found["said"]
    return ""


def _offers(title: str, sentences: Sequence[str]) -> Iterable[str]:
    found = FIRST.match(sentences[0])
    if found is not None:
        yield found["what"].strip()
    for sentence in sentences:
        said = re.sub(rf"^{re.escape(title)} ", "It ", sentence)
        for pattern in ABOUT:
            if match := pattern.match(said):
                yield match["what"]
                break
