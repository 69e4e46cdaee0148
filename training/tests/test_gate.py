"""The report cannot be fooled: adapters that only look good, sides that are swapped, judges that judge nothing."""

import copy
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from ammo_training import card, gate, report
from ammo_training.behaviour import Reply
from ammo_training.heldout import couples, kind_of
from ammo_training.measures import Judged, LogProbs
from madeup import (
    PEOPLE,
    PROMPTS,
    N,
    Plain,
    failed,
    frozen,
    honest,
    made,
    pairs,
    replies,
    text,
    tuned,
    win,
)

from ammo_agents.aipp.pairs import Pair, Row
from ammo_agents.errors import BadInputError, LeakError


def test_an_adapter_that_deserves_it_passes_and_one_seed_is_not_called_better() -> None:
    found = made()
    assert failed(found) == []
    assert found["verdict"]["word"] == "not shown"
    assert "1 seed" in found["verdict"]["why"]


def test_three_seeds_that_all_pass_may_be_called_better() -> None:
    assert report.verdict([made(seed=s) for s in (7, 8, 9)])["word"] == "better"
    assert report.verdict([made(seed=7)] * 3)["word"] == "not shown", "one seed thrice is one seed"
    mixed = [made(seed=7), made(seed=8), made(seed=9, frozen=frozen(-0.1))]
    assert report.verdict(mixed)["word"] == "not better"


def longer(found: Sequence[Judged], base: LogProbs) -> LogProbs:
    return tuned(base, 0.3 * base.tokens)


def test_an_adapter_that_knows_only_length_does_not_pass_where_length_decides() -> None:
    """It is right as often as the length rule, so its lower bound is under it; and never where length misleads."""
    rng = np.random.default_rng(2)
    decided = [
        Judged(id=str(i), prompt=f"q{i}", person=f"p{i % PEOPLE}",
               chosen=text(rng, 14 if i % 4 else 6), rejected=text(rng, 10))
        for i in range(N)
    ]  # fmt: skip
    found = made(pairs=decided, tuned=longer)
    told = found["preference"]["human"]
    assert told["accuracy"]["with_reference"]["value"] == pytest.approx(0.75)
    assert told["best_baseline"] == "longer"
    assert told["where_length_misleads"]["value"] == 0.0
    assert "accuracy above every trivial baseline" in failed(found)


def constant(found: Sequence[Judged], base: LogProbs) -> LogProbs:
    return base


def backwards(found: Sequence[Judged], base: LogProbs) -> LogProbs:
    good = honest(found, base)
    return LogProbs(sums=2 * base.sums - good.sums, tokens=base.tokens)


@pytest.mark.parametrize(
    "scorer", [constant, backwards], ids=["constant", "base and tuned swapped"]
)
def test_a_scorer_that_says_nothing_or_the_contrary_does_not_pass(
    scorer: Callable[[Sequence[Judged], LogProbs], LogProbs],
) -> None:
    found = made(tuned=scorer)
    assert found["preference"]["human"]["accuracy"]["with_reference"]["value"] <= 0.5
    assert "accuracy above every trivial baseline" in failed(found)


def test_margins_bought_by_sinking_both_texts_do_not_pass() -> None:
    """The rejected text sinks faster than the chosen one: perfect accuracy, and the chosen text is lost."""

    def sunk(found: Sequence[Judged], base: LogProbs) -> LogProbs:
        return tuned(base, base.tokens * np.array([-0.5, -1.5]))

    found = made(tuned=sunk)
    assert found["preference"]["human"]["accuracy"]["with_reference"]["value"] > 0.9
    assert found["preference"]["human"]["displacement_alarm"] is True
    assert "chosen texts keep their log-prob" in failed(found)


def test_an_over_optimised_adapter_that_says_the_same_two_words_does_not_pass() -> None:
    found = made(after=replies(2, adapter="a_1", copies=PROMPTS))
    assert {"length", "distinct-2", "share: duplicates"} <= set(failed(found))


def test_meaning_shorter_excuses_shorter_and_nothing_else() -> None:
    meant = {"measure": "words", "wants": "less"}
    assert failed(made(intended=meant, after=replies(5, adapter="a_1", seed=4))) == []
    longer_now = made(intended=meant, after=replies(12, adapter="a_1", seed=4))
    assert "intended behaviour moved: words less" in failed(longer_now)
    looped = made(intended=meant, after=replies(3, adapter="a_1", copies=PROMPTS))
    assert {"distinct-2", "share: duplicates"} <= set(failed(looped))


def test_empty_answers_are_short_and_do_not_pass() -> None:
    found = made(intended={"measure": "words", "wants": "less"}, after=replies(0, adapter="a_1"))
    assert {"share: empty", "share: complete", "distinct-2"} <= set(failed(found))


def test_swapped_texts_under_forged_stamps_show_in_their_log_probs() -> None:
    found = made(gap=-0.4)
    assert failed(found) == ["replies are whose they are said to be"]


def test_a_judge_that_cannot_be_believed_shows_no_win() -> None:
    found = made(win_rate={"base": win(0.9, believed=False), "live": None})
    assert failed(found) == ["intended behaviour moved: win rate more"]


def test_losing_against_what_is_live_does_not_pass() -> None:
    found = made(win_rate={"base": win(), "live": win(0.3)})
    assert failed(found) == ["does not lose against the live"]


@pytest.mark.parametrize("name", ["preference", "grounding", "injection"])
def test_losing_on_a_frozen_set_does_not_pass(name: str) -> None:
    worse = {**frozen(), name: frozen(-0.05)[name]}
    (only,) = failed(made(frozen=worse))
    assert name in only


def test_what_may_be_chance_on_a_frozen_set_is_borne_up_to_ten_points() -> None:
    """One flip of sixteen drawn replies is six points; surely lost, or much lost, shuts the gate."""
    wide = frozen(-0.06)
    for one in wide.values():
        one["change"] |= {"low": -0.18, "high": 0.06}
    assert failed(made(frozen=wide)) == []
    for one in wide.values():
        one["change"] |= {"value": -0.12}
    assert len(failed(made(frozen=wide))) == 3


def test_too_few_pairs_or_nobody_measured_does_not_pass() -> None:
    assert "held-out pairs" in failed(made(pairs=pairs(n=120)))
    nothing = gate.judge({})
    assert not nothing.passed
    assert all(not bar.passed for bar in nothing.bars)
    assert not gate.Gate(bars=()).passed


def test_a_buddys_own_words_need_the_products_gate_to_have_read_them() -> None:
    """Without the grounding rate the gate stays shut for a target; with it, less support shuts it."""
    assert "grounding rate" in failed(made(target="coin/bitcoin"))
    before = [Reply(**{**fields(r), "supported": n < 23}) for n, r in enumerate(replies(9))]
    same = [Reply(**{**fields(r), "adapter": "a_1"}) for r in before]
    assert failed(made(target="coin/bitcoin", before=before, after=same)) == []
    less = [Reply(**{**fields(r), "supported": n < 18}) for n, r in enumerate(same)]
    assert failed(made(target="coin/bitcoin", before=before, after=less)) == ["grounding rate"]


def fields(reply: Reply) -> Plain:
    return {name: getattr(reply, name) for name in Reply.__dataclass_fields__}


def pair_of(n: int, *, user: str) -> Pair:
    rng = np.random.default_rng(n)
    return Pair(
        prompt=text(rng, 9),
        chosen=text(rng, 12),
        rejected=text(rng, 12),
        user=user,
    )


def test_a_test_set_that_was_trained_on_is_refused() -> None:
    train = [pair_of(n, user=f"p{n}") for n in range(8)]
    held = [pair_of(n, user=f"p{n}") for n in range(20, 28)]
    told = report.data(train, held, counts={}, personal=False)
    assert sum(told["overlap"].values()) == 0
    with pytest.raises(LeakError, match="was trained on"):
        report.data(train, [*held, train[0]], counts={}, personal=False)
    with pytest.raises(LeakError, match="1 by user"):
        report.data(train, [*held, pair_of(30, user="p3")], counts={}, personal=False)


def test_figures_of_people_readers_and_rules_stand_apart_and_people_decide() -> None:
    assert [kind_of(s) for s in ("human", "pandalm", "simulated", "rule:short")] == [
        "human", "human", "simulated", "rule",
    ]  # fmt: skip
    mixed = pairs()
    mixed[200:] = [Judged(**{**judged(p), "kind": "rule"}) for p in mixed[200:]]
    found = made(pairs=mixed)
    assert {k: v["n"] for k, v in found["preference"].items()} == {"human": 200, "rule": 200}
    assert found["primary"] == "human"


def judged(pair: Judged) -> Plain:
    return {name: getattr(pair, name) for name in Judged.__dataclass_fields__}


def test_single_rows_are_judged_within_a_person_and_never_across() -> None:
    rows = [
        Row(prompt=f"q{n}", completion=f"text {n}", label=n % 2 == 0, user=f"p{n // 4}")
        for n in range(12)
    ]
    found = couples(rows, seed=1)
    assert len(found) == 6
    whose = {row.completion: row.user for row in rows}
    assert all(whose[c.judged.chosen] == whose[c.judged.rejected] for c in found)


def test_seeds_are_joined_only_where_everything_else_is_the_same() -> None:
    one = made(seed=7, data={"overlap": {}, "test_sha256": "t"})
    two = made(seed=8, data={"overlap": {}, "test_sha256": "t"}, pairs=pairs())
    joined = report.together([one, two])
    macro = joined["figures"]["preference.human.accuracy.macro"]
    assert macro["n"] == 2
    assert macro["over"] == "seeds"
    with pytest.raises(BadInputError, match="name one twice"):
        report.together([one, one])
    other = copy.deepcopy(two) | {"data": {"overlap": {}, "test_sha256": "u"}}
    with pytest.raises(BadInputError, match="same held-out rows"):
        report.together([one, other])


def test_the_page_says_first_what_may_be_said_and_lets_no_text_break_it(tmp_path: Path) -> None:
    found = made(frozen=frozen(-0.1), samples=[{"prompt": "p", "before": "| # <b>x", "after": ""}])
    found["data"] |= {"train": 3, "test": 4, "says": "80 people.", "sources": {}, "counts": {}}
    report.keep(found, tmp_path)
    page = (tmp_path / "report.md").read_text(encoding="utf-8")
    assert page.splitlines()[2].startswith("**Not better.**")
    assert r"\| \# \<b\>x" in page
    assert "after: (nothing)" in page
    assert report.read(tmp_path) == found
    assert card.card(found) == page
