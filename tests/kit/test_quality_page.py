"""The page of criteria is what the code holds."""

from pathlib import Path

from ammo_agents.testing.rules import BY_ID, RULES, Tier, criteria

PAGE = Path(__file__).parents[2] / "docs" / "quality.md"


def test_the_page_lists_every_rule_as_the_code_has_it() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page[page.index("### Bronze") :].strip() == criteria().strip()


def test_every_rule_has_an_id_of_its_own_a_promise_and_a_way_out() -> None:
    assert len(BY_ID) == len(RULES)
    assert all(rule.says.endswith(".") and rule.fix and rule.tier > Tier.NONE for rule in RULES)
