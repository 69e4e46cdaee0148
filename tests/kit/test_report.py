"""A tier follows from the rules, and a scorecard is weighed, not believed."""

from pathlib import Path

from ammo_agents.plugins.manifest import Capabilities, Manifest
from ammo_agents.testing import Checked, Report, Tier
from ammo_agents.testing.checking import finished
from ammo_agents.testing.report import State, look
from ammo_agents.testing.rules import BY_ID, RULES, BrokenRuleError, ExemptRuleError, rules_of
from ammo_agents.testing.targets import Target


def report(**states: State) -> Report:
    named = {id.replace("_", "-"): state for id, state in states.items()}
    rows = tuple(Checked(rule=r, state=named.get(r.id, "pass"), reasons=("why",)) for r in RULES)
    return Report(name="x", where="here", checked=rows)


def test_a_tier_is_reached_when_all_rules_up_to_it_hold_or_do_not_apply() -> None:
    assert report().tier is Tier.PLATINUM
    assert report(bridges="fail").tier is Tier.GOLD
    assert report(seed_pack="fail", bridges="fail").tier is Tier.SILVER
    assert report(licence="unchecked").tier is Tier.BRONZE
    assert report(imports="fail").tier is Tier.NONE
    assert report(seed_pack="exempt").tier is Tier.PLATINUM


def test_what_comes_next_is_what_keeps_from_the_next_tier() -> None:
    steps = report(seed_pack="fail", bridges="fail").next_steps()
    assert [row.rule.id for row in steps] == ["seed-pack"]


def test_the_report_is_json_and_a_table_with_culprit_and_way_out() -> None:
    found = report(facts_sourced="fail")
    plain = found.plain()
    assert plain["tier"] == "none"
    assert plain["counts"]["fail"] == 1
    assert next(r for r in plain["rules"] if r["rule"] == "facts-sourced")["reasons"] == ["why"]
    assert "FAIL  bronze    facts-sourced" in found.text
    assert "way out: Source(name=" in found.text


def test_of_many_reasons_the_first_are_shown_and_the_rest_counted() -> None:
    row = Checked(rule=BY_ID["edges"], state="fail", reasons=tuple(f"edge {n}" for n in range(9)))
    assert "edge 4" in row.message
    assert "edge 5" not in row.message
    assert "… and 4 more" in row.message


async def test_what_a_plugin_raises_breaks_the_rule_and_is_named() -> None:
    async def raising(error: BaseException) -> None:
        raise error

    rule = BY_ID["knowledge"]
    assert (await look(rule, raising, KeyError("x"))).reasons == ("KeyError: 'x'",)
    assert (await look(rule, raising, SystemExit(3))).state == "fail"
    assert (await look(rule, raising, BrokenRuleError("a", "b"))).reasons == ("a", "b")
    assert (await look(rule, raising, ExemptRuleError("none"))).state == "exempt"


def weighed(card: dict[str, str], **states: State) -> dict[str, Checked]:
    manifest = Manifest(api="1", name="x", title="X", quality=card, capabilities=Capabilities())
    target = Target(name="x", where="here", manifest=manifest, root=Path())
    named = {id.replace("_", "-"): state for id, state in states.items()}
    rows = {
        r.id: Checked(rule=r, state=named.get(r.id, "pass"), reasons=("seen",))
        for r in rules_of("plugin")
        if r.id not in {"scorecard", "readme"}
    }
    return {row.rule.id: row for row in finished(target, rows).checked}


def test_a_claim_that_is_broken_breaks_the_scorecard() -> None:
    rows = weighed({"licence": "met"}, licence="fail")
    assert rows["scorecard"].reasons == ("it says licence = 'met', and that is broken: seen",)


def test_a_rule_that_nobody_looked_at_is_told_and_never_passed() -> None:
    rows = weighed({"readme": "met"})
    assert rows["readme"].state == "unchecked"
    assert "not known" in rows["scorecard"].reasons[0]


def test_only_a_rule_that_may_be_exempted_is() -> None:
    rows = weighed({"tests": "exempt: one method", "no-pth": "exempt: we like it"}, tests="fail", no_pth="fail")  # fmt: skip
    assert (rows["tests"].state, rows["tests"].reasons) == ("exempt", ("one method",))
    assert rows["no-pth"].state == "fail"
    assert "no-pth" in rows["scorecard"].reasons[0]


def test_an_unknown_rule_and_an_empty_scorecard_are_told() -> None:
    assert "'niceness', which is no rule" in weighed({"niceness": "met"})["scorecard"].reasons[0]
    assert "holds no [quality]" in weighed({})["scorecard"].reasons[0]
