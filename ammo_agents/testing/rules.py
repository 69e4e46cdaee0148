"""What a good plugin keeps: every rule with its tier, its promise and its way out (docs/quality.md)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Literal

Part = Literal[
    "plugin", "subspace", "buddy", "model", "embedder", "store", "evidence", "aipp", "gym"
]
"""What a rule is about: the plugin as a whole, or one kind of thing that it offers."""


class Tier(IntEnum):
    """How far a plugin has come; each tier holds the rules of those below it."""

    NONE = 0
    """It does not keep the contract: AMMO disables it."""
    BRONZE = 1
    """It loads, and it keeps the contract."""
    SILVER = 2
    """It can be relied on: its world repeats, its facts are licensed, it refuses bad input, it has tests."""
    GOLD = 3
    """It is good: its buddies say nothing false whatever the model does, and a new home has its cards at once."""
    PLATINUM = 4
    """It is proven: signals that really happen, a real model's grounding rate, edges to other subspaces."""

    @property
    def word(self) -> str:
        """The tier as people write it: ``gold``."""
        return self.name.lower()


class BrokenRuleError(Exception):
    """A rule that is not kept; the reasons name the thing, what stands there, and what should."""

    def __init__(self, *reasons: str) -> None:
        super().__init__("\n".join(reasons))
        self.reasons = reasons


class ExemptRuleError(Exception):
    """A rule that does not apply here; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One promise that can be checked."""

    id: str
    """A slug; also the key in a scorecard."""
    part: Part
    tier: Tier
    says: str
    """The promise, as a sentence."""
    fix: str
    """The way out when it is broken."""
    waivable: bool = False
    """Whether a scorecard may say ``exempt: reason``."""


def _rules(part: Part, tier: Tier, *rows: tuple[str, str, str] | tuple[str, str, str, bool]) -> tuple[Rule, ...]:  # fmt: skip
    return tuple(
        Rule(id=r[0], part=part, tier=tier, says=r[1], fix=r[2], waivable=len(r) > 3) for r in rows
    )


RULES: tuple[Rule, ...] = (
    *_rules(
        "plugin", Tier.BRONZE,
        ("manifest-reads", "Its ammo.toml, if there is one, can be read and holds what it may hold.",
         "Correct the named line; docs/hooks.md shows a whole ammo.toml."),
        ("api", "It needs an API that this AMMO speaks.", 'Set api = "1" and keep to docs/hooks.md, or use the AMMO it was made for.'),
        ("name-agrees", "Its manifest and its entry point call it by one name, and one entry point claims it.",
         "Give ammo.toml, the entry point and the folder the same name, once."),
        ("names-free", "It takes no name that is taken: no plugin, subspace, package or standard module.",
         "Choose another name, or uninstall the other owner."),
        ("no-pth", "It ships no .pth file, which would run at every start of Python.", "Remove the .pth file from the package data."),
        ("paths-inside", "Every file of it stays in its own package.", "Build the wheel with an ordinary tool (python -m build); no member may lead outside."),
        ("network-declared", "Code that can reach the network is declared, host by host.",
         'List the hosts in ammo.toml: [capabilities] network = ["api.example.org"]; or drop the import.'),
        ("files-declared", "Files outside its own folder are declared.",
         'List them in ammo.toml: [capabilities] files = ["~/recipes"]; read your own data with importlib.resources.'),
        ("programs-declared", "Code that starts other programs, or runs a text as code, is declared.",
         "Set processes = true in [capabilities] of ammo.toml, or do the work in Python; never eval what others wrote."),
        ("native-declared", "Compiled code is declared.", "Set native = true in [capabilities] of ammo.toml, or ship pure Python."),
        ("imports", "Importing it ends at once, without an error and without ending the process.",
         "Do nothing at import: hooks register objects, and knowledge() loads when it is called."),
        ("hooks", "Its hooks exist in the contract and return what they promise.",
         "Compare the name, the arguments and the returned list with docs/hooks.md."),
        ("offers-agree", "Its hooks return exactly what the manifest says it offers.", "Bring [offers] of ammo.toml and the hooks in line."),
    ),
    *_rules(
        "plugin", Tier.SILVER,
        ("manifest", "It ships an ammo.toml, so that it can be judged before it is imported.",
         "Add ammo.toml to the package and to its package data; ammo subspace new writes one."),
        ("licence", "It says under which licence it may be used.", 'Set license = "Apache-2.0" (or another) in pyproject.toml.'),
        ("tests", "It ships tests that hold what it offers to the suites of ammo_agents.testing.",
         "Subclass the suite of each part: class TestRecipes(SubspaceSuite): subspace = recipes.", True),
        ("import-light", "Importing it loads no data and no heavy library.",
         "Import httpx, pandas and their like inside the function that needs them, in a module of their own.", True),
    ),
    *_rules(
        "plugin", Tier.GOLD,
        ("readme", "Its README says what it knows, from where, under which licence, and what it does not do.",
         "Write 80 words or more with the sources and their licences."),
        ("scorecard", "Its manifest holds a scorecard ([quality]), and what that claims is so.",
         'List rules as "met" or "exempt: reason", and take out what ammo check contradicts.'),
    ),
    *_rules(
        "subspace", Tier.BRONZE,
        ("knowledge", "knowledge() returns a Knowledge, in time.", "Return ammo_agents.records.Knowledge from what the package ships."),
        ("size", "What it knows fits: at most 50,000 entities and 200,000 facts, no text beyond 2,000 characters.",
         "Keep what people would read about; move the rest behind triggers or another subspace."),
        ("entities", "Every entity is its own: subspace/slug, there once, with a name.", "Use ids such as recipes/pancakes: lower-case letters, digits, hyphens."),
        ("edges", "Every edge leads from one of its entities to another.", "Add the missing entity or drop the edge."),
        ("text-plain", "Names, summaries and sentences are plain text: no control characters, no markup.",
         "Clean the text where it enters: it is shown to people and to models."),
        ("facts-sourced", "Every fact says where it comes from and who verified it.", 'Source(name="Tide table", verified_by="harbour office", licence="CC0-1.0").'),
        ("facts-slots", "Every number of a fact stands in a slot, and its words say its value.",
         "Frame: 'High water reached {high}.' with Quantity(name='high', value=4.2, unit='m', text='4.2 m')."),
        ("facts-id", "A fact's id follows from what it states.", "Use records.fact_id with the filled statement."),
        ("facts-own", "Facts speak of this subspace's own entities.", "Set subspace and entity to ones that knowledge() holds; mention others by mentions."),
        ("buddies", "Every Goal Buddy has an id of its own and is born of an entity.", "Give each buddy a fresh id and an entity of the graph, or leave buddies out."),
        ("actions", "Its acts have names of their own and a reward in [0, 1].", "Set reward between 0 (no) and 1 (yes), weight above 0 and at most 10."),
        ("fields", "Its card fields are slugs, there once, filled from facts that exist.", "Name a predicate and a quantity that its facts have."),
    ),
    *_rules(
        "subspace", Tier.SILVER,
        ("facts-licensed", "Every fact's source states a licence.", 'Fill Source.licence: "CC0-1.0", "CC-BY-4.0", "public domain".'),
        ("world-forward", "Its days only go forward, and no fact is told before its day.", "Date a fact on the day it became known; advance() moves one day on."),
        ("world-repeats", "Its world repeats: the same start tells the same facts, wherever one enters.",
         "Compute from data and from the day alone: no clock, no random numbers, no state of an earlier walk."),
        ("shifts", "A day's shifts come most surprising first, each with facts of its own entity.", "Sort by Shift.surprise, falling; group facts by entity."),
        ("wordings-sound", "Its wordings use the slots of their facts, state no number of their own and turn nothing round.",
         "Keep each slot where the fact's sentence has it: 'from {open} to {close}' never becomes 'from {close} to {open}'."),
        ("wordings-taught", "Facts with numbers have a wording with examples and titles, so that a small model can say them.",
         "Add Wording(examples=..., titles=...) for each predicate that is named."),
        ("bad-input", "Bad input is refused with a typed error or met with silence, never with a crash.",
         "Answer an unknown start, entity or title with a BadInputError (or None from match)."),
    ),
    *_rules(
        "subspace", Tier.GOLD,
        ("seed-pack", "It brings a seed pack, so that a new home has its cards at once, and every sentence of it stands.", "ammo seed make --subspace NAME -o seed/pack.zip; read the cards; offer it with Subspace.seed."),
        ("mods", "Its cards carry what this theme needs: fields from facts, or acts of their own.", "Declare Subspace.fields or Subspace.actions."),
        ("attribution", "It gives the notice that its data's licences ask for.", "Set Subspace.attribution.", True),
        ("near-duplicates", "At most one in ten of its cards is nearly another.", "Vary wordings (frames, titles) and give buddies facts of their own."),
    ),
    *_rules(
        "subspace", Tier.PLATINUM,
        ("bridges", "It knows edges to entities of other subspaces.", "Return edges from Subspace.bridges.", True),
        ("signals", "Signals really happen in it: shifts on at least one day in five of a month walked through.",
         "Give it triggers that replay dated data or ask a live source."),
        ("real-model", "A real model's cards are published with their grounding rate.",
         "Write the seed pack with a real model (20 cards or more) and state the grounding rate in the README."),
    ),
    *_rules(
        "buddy", Tier.BRONZE,
        ("buddy-result", "A buddy's work ends as Placed, Rejected or None, with an obedient model and with none.", "Return one of the three; raise nothing for an expected refusal."),
    ),
    *_rules(
        "buddy", Tier.SILVER,
        ("buddy-repeats", "The same stimulus, seed and model give the same card.", "Draw only from the stimulus' seed."),
        ("buddy-survives", "It survives a model that is empty, endless, broken, slow, foreign or gone.", "Let ModelError and BudgetError become Rejected or a realised line."),
        ("buddy-budget", "It books every call of the model, and stops when the budget says so.", "Add each Completion.usage up; end as Rejected(stage='budget') on a BudgetError."),
    ),
    *_rules(
        "buddy", Tier.GOLD,
        ("buddy-grounded", "Nothing false leaves it, whatever the model says: every sentence stands on the facts it cites.",
         "Let every sentence pass the gate (goal.ground.review); teach wordings that keep slots in place."),
        ("buddy-steadfast", "Instructions planted in requests and facts are data: it does not follow them.", "Put foreign text into a delimited block; publish only what the gate lets through."),
        ("buddy-speaks", "Of the buddies that know something, nine in ten write a card with an obedient model.", "Give entities facts with wordings, or leave their buddies out."),
    ),
    *_rules(
        "model", Tier.BRONZE,
        ("model-cards", "Its models are described: provider/name, a kind, a context or a dimension.", "Fill ModelCard: id 'provider/name', context > 0 or dim > 0."),
    ),
    *_rules("model", Tier.SILVER, ("model-contract", "Its language models keep ports.Model.", "Run ModelSuite in your tests; its messages say what was seen.", True)),
    *_rules("embedder", Tier.SILVER, ("embedder-contract", "Its embedders keep ports.Embedder.", "Run EmbedderSuite in your tests; its messages say what was seen.", True)),
    *_rules("store", Tier.SILVER, ("store-contract", "Its stores keep ports.Store.", "Run StoreSuite in your tests; its messages say what was seen.")),
    *_rules(
        "evidence", Tier.SILVER,
        ("evidence-contract", "Its checkers return a probability, the same for the same question, for any text.", "Return a float in [0, 1]; read text as data."),
    ),
    *_rules("aipp", Tier.SILVER, ("aipp-contract", "The server keeps the AI Preference Protocol.", "Run AippSuite; docs/aipp.md holds the promises.")),
    *_rules(
        "gym", Tier.SILVER,
        ("gym-contract", "reset and step keep ports.gym, and the same seed gives the same episode.", "Draw from the seed of reset alone; return one answer per agent."),
    ),
)  # fmt: skip
"""Every rule, by part and tier. Ids are stable: scorecards name them."""

BY_ID: Mapping[str, Rule] = {rule.id: rule for rule in RULES}


def rules_of(part: Part, upto: Tier = Tier.PLATINUM) -> tuple[Rule, ...]:
    """Return the rules about one part, of a tier and those below it."""
    return tuple(rule for rule in RULES if rule.part == part and rule.tier <= upto)


def criteria() -> str:
    """Return the rules as Markdown tables, a section per tier: what docs/quality.md shows."""
    lines: list[str] = []
    for tier in list(Tier)[1:]:
        lines += [f"### {tier.word.title()}", "", "| rule | about | promise | way out |", "|---|---|---|---|"]  # fmt: skip
        for rule in RULES:
            if rule.tier is tier:
                way = rule.fix + (" May be exempted." if rule.waivable else "")
                lines.append(f"| `{rule.id}` | {rule.part} | {rule.says} | {way} |")
        lines.append("")
    return "\n".join(lines)
