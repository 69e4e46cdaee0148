"""The cards that the subspace brings along: of its own buddies, and every sentence passes the gate of today."""

from ammo_subspace_edu.plugin import edu

from ammo_agents.goal.gate import judge
from ammo_agents.goal.licence import licence
from ammo_agents.records import Knowledge
from ammo_agents.round.seeds import unpack


def test_every_sentence_of_the_pack_stands_on_the_facts_it_cites(known: Knowledge) -> None:
    assert edu.seed is not None
    assert edu.buddies is not None
    pack = unpack(edu.seed())
    facts = {fact.id: fact for fact in pack.facts}
    entities = {entity.id: entity for entity in known.entities}
    buddies = {buddy.id for buddy in edu.buddies(known)}
    assert pack.creations
    assert len({c.title.text for c in pack.creations}) == len(pack.creations)
    for card in pack.creations:
        assert card.buddy in buddies
        assert card.model == "local/smollm2-135m"
        for claim in (card.title, card.hook, *card.claims):
            rules = [
                licence(facts[id], edu.wordings[facts[id].predicate], entities)
                for id in claim.facts
            ]
            assert judge(claim, rules, title=claim is card.title) is None, claim.text
