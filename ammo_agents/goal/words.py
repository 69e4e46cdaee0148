"""Closed lists of English words that principles are checked with."""

from __future__ import annotations

import re

from ammo_agents.goal.lexicon import ABSOLUTE

DEEDS = """buy sell invest trade short hodl apply enrol enroll register subscribe join order book pay donate vote
click download install sign switch quit resign accept reject refuse choose pick try start stop avoid beware
consider remember read watch visit call contact ask tell check compare take get grab hurry act keep hold wait
learn study practise practice share follow like recommend trust ignore send write go come make do don't never
always let please"""
IMPERATIVES = frozenset(DEEDS.split())
"""Verbs that, at the head of a sentence, tell the reader to do something."""
_DOING = (
    "buy|sell|invest|trade|apply|enrol|enroll|register|subscribe|join|order|switch|quit|act|go|wait"
)
ADVICE = re.compile(
    rf"\b(?:you|readers?|everyone|everybody|investors|one|we) (?:should|must|ought to|need to|have to|had better|can now)\b"
    rf"|\b(?:should|must|ought to) (?:{_DOING}|be (?:bought|sold|avoided|considered))\b"
    rf"|\b(?:time|reason|chance|moment|opportunity|wise|smart|worth|best|better) to (?:{_DOING})\b"
    rf"|\bworth (?:buying|selling|trying|applying|joining|a look|your)\b"
    rf"|\b(?:recommend(?:s|ed)?|advis(?:e|es|ed) (?:you|to)|don['’]t miss|do not miss|must-(?:buy|have|see|read)|let['’]s)\b"
    rf"|\b(?:a|an) (?:strong |good |great |clear )?(?:buy|sell)\b",
    re.IGNORECASE,
)
"""Ways to say that the reader should do something."""
FORECAST = re.compile(
    r"\b(?:[Ww]ill|[Ss]hall|may|[Mm]ight|[Cc]ould|[Ll]ikely|[Pp]robably|[Pp]ossibly|[Pp]erhaps|[Ss]oon|[Tt]omorrow"
    r"|[Ee]xpect(?:s|ed|ing)?|[Pp]redict(?:s|ed|ing|ion|ions)?|[Ff]orecast(?:s|ed|ing)?|[Oo]utlook"
    r"|(?:is|are|was|were) (?:going|set|poised|bound|about|due) to|[Nn]ext (?:week|month|year|quarter|decade)"
    r"|in the (?:coming|future|next))\b"
)
"""Words that speak of what will or may come; the month is written May."""
SUPERLATIVES = (
    ABSOLUTE - frozenset("last only ever always every entire whole top bottom".split())
) | frozenset("unrivalled unmatched unbeatable ultimate leading foremost finest".split())
NO_SUPERLATIVES = frozenset(
    """interest forest west northwest southwest midwest test latest contest protest request harvest honest modest
    invest reinvest suggest digest arrest guest quest conquest tempest manifest attest inquest request crest
    everest ernest budapest bucharest trieste priest earnest behest divest molest detest infest ingest unrest
    pretest backtest retest bequest""".split()
)
"""Words that end like a superlative and are none."""
GIVEN_NAMES = frozenset(
    """Aaron Abdul Abdullah Abigail Adam Ahmed Aisha Alan Albert Alejandro Alex Alexander Alexandra Ali Alice Alicia
    Amanda Amir Amy Ana Andrea Andreas Andrew Angela Anita Ann Anna Anne Anthony Antonio Arjun Arthur Ashley Barbara
    Benjamin Bernd Beth Betty Bill Bob Brandon Brenda Brian Bruce Carl Carla Carlos Carmen Carol Caroline Catherine
    Charles Charlotte Chen Cheryl Chloe Chris Christian Christina Christine Christopher Claire Claudia Cynthia Daniel
    Daniela Dave David Deborah Denise Dennis Diana Diego Dmitri Donald Donna Dorothy Douglas Edward Elena Elizabeth
    Ella Emily Emma Eric Erik Eva Evelyn Fatima Fernando Frances Francis Francisco Frank Gabriel Gary George Gerald
    Gloria Grace Greg Gregory Hannah Hans Harold Harry Hassan Heather Helen Helena Henry Hiroshi Ian Ibrahim Ingrid
    Irene Isabel Isabella Ivan Jack Jacob Jacqueline James Jan Jane Janet Jason Jean Jeff Jeffrey Jennifer Jeremy
    Jessica Jim Joan Joe Johanna John Jonathan Jordan Jorge Jose José Joseph Joshua Juan Judith Judy Julia Julian
    Julie Justin Karen Karl Kate Katherine Kathleen Kathryn Katrin Keith Kelly Kenneth Kevin Kim Klaus Kyle Larry
    Laura Lauren Lee Leo Leon Linda Lisa Louis Louise Lucas Lucia Lucy Luis Luke Maria Marie Marion Mark Markus
    Martha Martin Mary Matthew Max Megan Mei Melissa Michael Michelle Miguel Mike Mohamed Mohammed Monika Muhammad
    Nancy Natalie Nathan Nicholas Nicole Nina Noah Nora Olga Olivia Oscar Pamela Patricia Patrick Paul Paula Pedro
    Peter Petra Philip Priya Rachel Rajesh Ralph Raymond Rebecca Ricardo Richard Robert Roger Ronald Rosa Roy Russell
    Ruth Ryan Samantha Samuel Sandra Sara Sarah Scott Sean Sergei Sharon Simon Sofia Sophia Sophie Stefan Stephanie
    Stephen Steve Steven Susan Svetlana Tatiana Teresa Terry Thomas Tim Timothy Tina Tom Tyler Ursula Vera Victor
    Victoria Vincent Virginia Walter Wayne Wei William Wolfgang Yuki Yusuf Zachary""".split()
)
"""Common given names: what tells a person's name from a place's or a firm's."""
