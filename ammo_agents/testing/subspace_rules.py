"""The rules about a subspace, one function each; what they promise stands in `rules`."""

from __future__ import annotations

import asyncio
import datetime as dt
import re
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping

from ammo_agents.errors import AmmoError
from ammo_agents.ports import FeedOptions
from ammo_agents.records import Edge, Fact
from ammo_agents.round.seeds import Pack, unpack
from ammo_agents.testing import facts as looks
from ammo_agents.testing.cards import false_sentences
from ammo_agents.testing.report import need
from ammo_agents.testing.rules import BrokenRuleError, ExemptRuleError
from ammo_agents.testing.subspaces import repeat_faults
from ammo_agents.testing.wordings import untaught, wording_faults
from ammo_agents.testing.worlds import Study

FREE = ("cc0", "public domain", "pddl", "unlicense", "apache", "mit", "bsd", "own work", "0bsd")
"""Beginnings of licences that ask for no notice on a card."""
LIVELY = 0.2
"""Share of days with a shift that makes a world lively."""
REAL_CARDS = 20
SHARE = r"(?:\d\s*%|\d[\d,]* of \d)"
RATE = re.compile(rf"(?i)grounding rate[^.\n]{{0,200}}{SHARE}|{SHARE}[^.\n]{{0,200}}grounding rate")
"""A grounding rate with its number."""
BAD_STARTS = (dt.date.min, dt.date(1850, 1, 1), dt.date.max)
BAD_TITLES = ("", " ", "\x00\u202e", "'; DROP TABLE films; --", "x" * 10_000, "中文 🌊 naïve")


async def knowledge(study: Study) -> None:
    """It can be read, and it is a Knowledge."""
    await study.knowledge()


async def size(study: Study) -> None:
    """It fits."""
    need(looks.size_faults(await study.knowledge()))


async def entities(study: Study) -> None:
    """Ids, names, no twins."""
    need(looks.entity_faults(study.subspace, await study.knowledge()))


async def edges(study: Study) -> None:
    """No edge to nowhere."""
    need(looks.edge_faults(await study.knowledge()))


async def text_plain(study: Study) -> None:
    """No control characters, no markup."""
    need(looks.text_faults(await study.knowledge(), await study.facts()))


async def facts_sourced(study: Study) -> None:
    """Where from, and who verified it."""
    need(looks.named(await _some_facts(study), looks.source_faults))


async def facts_slots(study: Study) -> None:
    """Numbers in slots, words that say them."""
    need(looks.named(await _some_facts(study), looks.slot_faults))


async def facts_id(study: Study) -> None:
    """Ids follow from statements."""
    need(looks.named(await _some_facts(study), looks.id_faults))


async def facts_own(study: Study) -> None:
    """Of its own entities."""
    need(looks.own_faults(study.subspace, await study.facts(), await study.knowledge()))


async def buddies(study: Study) -> None:
    """One id each, born of an entity."""
    need(looks.buddy_faults(await study.buddies(), await study.knowledge()))


async def actions(study: Study) -> None:
    """Rewards in range."""
    if not study.subspace.actions:
        raise ExemptRuleError("it declares no acts of its own")
    need(looks.action_faults(study.subspace))


async def fields(study: Study) -> None:
    """Slugs, filled from what facts have."""
    if not study.subspace.fields:
        raise ExemptRuleError("it declares no card fields")
    need(looks.field_faults(study.subspace.fields, await study.facts()))


async def facts_licensed(study: Study) -> None:
    """A licence on every source."""

    def unlicensed(fact: Fact) -> list[str]:
        return [] if fact.source.licence.strip() else [f"its source {fact.source.name!r} states no licence"]  # fmt: skip

    need(looks.named(await _some_facts(study), unlicensed))


async def world_forward(study: Study) -> None:
    """Days go forward; no fact before its day."""
    need((await study.walked())[0].backward)


async def world_repeats(study: Study) -> None:
    """Two walks tell the same."""
    await study.enter(study.start)
    need(await repeat_faults(study))


async def shifts(study: Study) -> None:
    """Most surprising first, of one entity."""
    need((await study.walked())[0].uneven)


async def wordings_sound(study: Study) -> None:
    """Slots, no numbers, nothing turned round."""
    if not study.subspace.wordings:
        raise ExemptRuleError("it brings no wordings")
    need(wording_faults(study.subspace.wordings, await study.facts()))


async def wordings_taught(study: Study) -> None:
    """A wording for what has numbers."""
    need(untaught(study.subspace.wordings, await study.facts()))


async def bad_input(study: Study) -> None:
    """Typed refusals instead of crashes."""
    need([*await _bad_worlds(study), *_bad_titles(study)])


async def seed_pack(study: Study) -> None:
    """A pack that can be read, is of this subspace, and holds no false card."""
    pack = await _pack(study)
    facts = {fact.id: fact for fact in pack.facts}
    faults = []
    for card in pack.creations:
        found = await false_sentences(card, facts, study, capability="small")
        faults += [f"card {card.id}: {fault}" for fault in found]
    need(faults)


async def mods(study: Study) -> None:
    """Fields or acts."""
    if not study.subspace.actions and not study.subspace.fields:
        raise BrokenRuleError(f"subspace {study.subspace.id!r}: no fields and no acts of its own")


async def attribution(study: Study) -> None:
    """The notice that licences ask for."""
    licences = {f.source.licence for f in await study.facts() if f.source.licence}
    asking = sorted(one for one in licences if not one.lower().startswith(FREE))
    if not asking and not study.subspace.attribution:
        raise ExemptRuleError("none of its licences asks for a notice")
    if asking and not study.subspace.attribution.strip():
        raise BrokenRuleError(f"attribution is empty, and its facts are under {', '.join(asking)}")


async def bridges(study: Study) -> None:
    """Edges to others, from its own entities, without a crash when nobody else is there."""
    if study.subspace.bridges is None:
        raise BrokenRuleError(f"subspace {study.subspace.id!r}: bridges is None")
    known = await study.knowledge()
    own = {entity.id for entity in known.entities}
    found = await asyncio.to_thread(study.subspace.bridges, {})
    need([*_bridge_faults(found, own)])


async def signals(study: Study) -> None:
    """Shifts happen."""
    try:
        seen = (await study.walked())[0]
    except ExemptRuleError as reason:
        raise BrokenRuleError(str(reason)) from reason
    days = {shift.date for shift in seen.shifts}
    share = len(days) / max(1, len(seen.days))
    if study.subspace.origin != "data":
        raise BrokenRuleError(
            f"its origin is {study.subspace.origin!r}: what happens in it is made up"
        )
    if share < LIVELY:
        raise BrokenRuleError(
            f"{len(days)} of {len(seen.days)} days have a shift, at least {LIVELY:.0%} should"
        )


async def real_model(study: Study) -> None:
    """Cards of a real model in the seed pack, and their grounding rate in the README."""
    pack = await _pack(study)
    real = [c for c in pack.creations if not c.model.startswith(("scripted/", "realiser"))]
    faults = []
    if len(real) < REAL_CARDS:
        faults.append(f"{len(real)} cards of the seed pack are a real model's, {REAL_CARDS} needed")
    if not RATE.search(study.readme):
        faults.append(
            "the README states no grounding rate of a real model (grounding rate: 240 of 246)"
        )
    need(faults)


def _bridge_faults(found: Iterable[Edge], own: Collection[str]) -> Iterable[str]:
    for edge in found:
        if edge.source not in own:
            yield f"bridge {edge.source} -{edge.kind}-> {edge.target}: does not begin at an entity of its own"


async def _some_facts(study: Study) -> list[Fact]:
    found = await study.facts()
    if not found:
        raise ExemptRuleError("it has no facts yet")
    return found


async def _bad_worlds(study: Study) -> list[str]:
    make = study.subspace.triggers
    if make is None:
        return []
    asked = [FeedOptions(start=start) for start in BAD_STARTS]
    asked += [FeedOptions(only=("no-such-entity", "\x00"))]
    faults = []
    for options in asked:
        said = (
            f"triggers({f'start={options.start}' if options.start else f'only={options.only!r}'})"
        )
        try:
            world = await asyncio.to_thread(make, options)
            await world.advance()
            world.knowledge()
        except AmmoError:
            continue
        except (Exception, SystemExit) as error:  # noqa: BLE001 - the plugin boundary
            faults.append(
                f"{said}: {type(error).__name__}: {error}, where a BadInputError should say what is possible"
            )
    return faults


def _bad_titles(study: Study) -> list[str]:
    match = study.subspace.match
    faults = []
    for title in BAD_TITLES if match is not None else ():
        try:
            found: object = match(title, -1) if match is not None else None
        except AmmoError:
            continue
        except (Exception, SystemExit) as error:  # noqa: BLE001 - the plugin boundary
            faults.append(f"match({title[:40]!a}): {type(error).__name__}: {error}")
        else:
            if found is not None and not isinstance(found, str):
                faults.append(
                    f"match({title[:40]!a}): returned {type(found).__name__}, not an entity's id or None"
                )
    return faults


async def _pack(study: Study) -> Pack:
    seed = study.subspace.seed
    if seed is None:
        raise BrokenRuleError(f"subspace {study.subspace.id!r}: seed is None")
    blob: object = await asyncio.to_thread(seed)
    if not isinstance(blob, bytes):
        raise BrokenRuleError(f"seed() returned {type(blob).__name__}, not bytes")
    pack = await asyncio.to_thread(unpack, blob)
    if pack.subspace != study.subspace.id:
        raise BrokenRuleError(f"the pack is of {pack.subspace!r}, not of {study.subspace.id!r}")
    if not pack.creations:
        raise BrokenRuleError("the pack holds no card")
    return pack


CHECKS: Mapping[str, Callable[[Study], Awaitable[None]]] = {
    "knowledge": knowledge,
    "size": size,
    "entities": entities,
    "edges": edges,
    "text-plain": text_plain,
    "facts-sourced": facts_sourced,
    "facts-slots": facts_slots,
    "facts-id": facts_id,
    "facts-own": facts_own,
    "buddies": buddies,
    "actions": actions,
    "fields": fields,
    "facts-licensed": facts_licensed,
    "world-forward": world_forward,
    "world-repeats": world_repeats,
    "shifts": shifts,
    "wordings-sound": wordings_sound,
    "wordings-taught": wordings_taught,
    "bad-input": bad_input,
    "seed-pack": seed_pack,
    "mods": mods,
    "attribution": attribution,
    "bridges": bridges,
    "signals": signals,
    "real-model": real_model,
}
"""Rule id → how it is looked at; ``near-duplicates`` stands with the buddies, who write."""
