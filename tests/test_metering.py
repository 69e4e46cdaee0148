"""Budgets of model calls, against the real ledger (S10)."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ammo_agents.errors import BudgetError, ModelTimeoutError
from ammo_agents.ledger import SqliteLedger
from ammo_agents.metering import SPENDER, MeteredModel, worst_case
from ammo_agents.ports import BudgetLimits, Spent
from ammo_agents.records import Completion, Message, ModelCard, Piece, Prompt, Sampling, Usage
from ammo_agents.settings import Settings
from ammo_agents.testing import FixedClock, ScriptedModel

PROMPT = Prompt(messages=(Message(role="user", text="Say up"),))
SAMPLING = Sampling(max_tokens=8)
CARD = ModelCard(id="scripted/dear", title="Dear", price_in=1000.0, price_out=2000.0)
WORST = 22 + 8  # bytes of the prompt and of its frame, tokens allowed


class Spendthrift:
    """A model that uses all it may, and counts how often it is asked."""

    def __init__(self) -> None:
        self.card = CARD
        self.calls = 0

    async def complete(self, prompt: Prompt, sampling: Sampling) -> Completion:
        self.calls += 1
        await asyncio.sleep(0)
        usage = worst_case(self.card, prompt, sampling)
        return Completion(text="up", finish="stop", model=self.card.id, usage=usage)

    async def stream(self, prompt: Prompt, sampling: Sampling) -> AsyncIterator[Piece]:
        yield Piece(text="u")
        yield Piece(text="p", completion=await self.complete(prompt, sampling))

    async def close(self) -> None:
        """Do nothing."""


@pytest.fixture
async def ledger(tmp_path: Path) -> AsyncIterator[SqliteLedger]:
    opened = await SqliteLedger.open(tmp_path / "ledger.db", free_space_mb=0)
    yield opened
    await opened.close()


def metered(
    model: Spendthrift | ScriptedModel, ledger: SqliteLedger, **limits: float
) -> MeteredModel:
    return MeteredModel(model, ledger, SPENDER, BudgetLimits(**limits), FixedClock())  # type: ignore[arg-type]


async def spent(ledger: SqliteLedger) -> Spent:
    return await ledger.spent(SPENDER, FixedClock().now().date())


async def test_a_call_costs_what_the_model_used(ledger: SqliteLedger) -> None:
    model = metered(ScriptedModel(["up up up"], card=CARD), ledger, tokens=WORST)
    answer = await model.complete(PROMPT, SAMPLING)
    assert answer.text == "up up up"
    assert await spent(ledger) == Spent(tokens=2 + 3)


async def test_the_worst_case_is_every_byte_and_every_allowed_token() -> None:
    worst = worst_case(CARD, PROMPT, SAMPLING)
    assert worst == Usage(calls=1, tokens_in=22, tokens_out=8, money=0.022 + 0.016)


async def test_text_that_is_no_unicode_has_a_worst_case_too() -> None:
    broken = Prompt(messages=(Message(role="user", text="\ud800"),))
    assert worst_case(CARD, broken, SAMPLING).tokens_in == 3 + 16


async def test_a_call_beyond_the_tokens_of_the_day_is_not_made(ledger: SqliteLedger) -> None:
    inner = Spendthrift()
    model = metered(inner, ledger, tokens=WORST)
    await model.complete(PROMPT, SAMPLING)
    with pytest.raises(BudgetError):
        await model.complete(PROMPT, SAMPLING)
    assert inner.calls == 1


async def test_a_call_beyond_the_money_of_the_day_is_not_made(ledger: SqliteLedger) -> None:
    inner = Spendthrift()
    model = metered(inner, ledger, money=0.05)
    await model.complete(PROMPT, SAMPLING)
    with pytest.raises(BudgetError):
        await model.complete(PROMPT, SAMPLING)
    assert inner.calls == 1
    assert (await spent(ledger)).money == pytest.approx(0.038)


async def test_a_call_that_fails_keeps_its_worst_case(ledger: SqliteLedger) -> None:
    model = metered(ScriptedModel([ModelTimeoutError("nothing came")], card=CARD), ledger)
    with pytest.raises(ModelTimeoutError):
        await model.complete(PROMPT, SAMPLING)
    assert (await spent(ledger)).tokens == WORST


async def test_a_stream_is_settled_at_its_end(ledger: SqliteLedger) -> None:
    model = metered(ScriptedModel(["up up up"], card=CARD), ledger)
    assert "".join([p.text async for p in model.stream(PROMPT, SAMPLING)]).split() == ["up"] * 3
    assert (await spent(ledger)).tokens == 2 + 3


async def test_a_stream_that_is_left_early_keeps_its_worst_case(ledger: SqliteLedger) -> None:
    stream = metered(ScriptedModel(["up up up"], card=CARD), ledger).stream(PROMPT, SAMPLING)
    await anext(stream)
    await stream.aclose()  # type: ignore[attr-defined]
    assert (await spent(ledger)).tokens == WORST


async def test_32_tasks_on_a_budget_of_1000_calls_make_exactly_1000(ledger: SqliteLedger) -> None:
    inner = Spendthrift()
    model = metered(inner, ledger, tokens=1000 * WORST)

    async def spend() -> None:
        while True:
            try:
                await model.complete(PROMPT, SAMPLING)
            except BudgetError:
                return

    await asyncio.gather(*(spend() for _ in range(32)))
    assert inner.calls == 1000
    assert (await spent(ledger)).tokens == 1000 * WORST


async def test_the_settings_bound_all_buddies_together(ledger: SqliteLedger) -> None:
    settings = Settings(tokens_per_day=WORST - 1)
    model = MeteredModel.from_settings(Spendthrift(), ledger, settings, FixedClock())
    with pytest.raises(BudgetError):
        await model.complete(PROMPT, SAMPLING)


KILLED = """
import asyncio, os, signal, sys
from pathlib import Path
from ammo_agents.ledger import SqliteLedger
from ammo_agents.metering import MeteredModel, SPENDER
from ammo_agents.ports import BudgetLimits
from ammo_agents.records import Message, Prompt, Sampling
from ammo_agents.testing import FixedClock, ScriptedModel

def die(prompt, sampling):
    os.kill(os.getpid(), signal.SIGKILL)

async def main():
    ledger = await SqliteLedger.open(Path(sys.argv[1]), free_space_mb=0)
    model = MeteredModel(ScriptedModel(die), ledger, SPENDER, BudgetLimits(), FixedClock())
    await model.complete(Prompt(messages=(Message(role="user", text="Say up"),)), Sampling(max_tokens=8))

asyncio.run(main())
"""


def test_a_process_killed_in_a_call_leaves_the_reservation_counted(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    done = subprocess.run([sys.executable, "-c", KILLED, str(path)], check=False, timeout=50)
    assert done.returncode == -9

    async def read() -> Spent:
        ledger = await SqliteLedger.open(path, free_space_mb=0)
        try:
            return await spent(ledger)
        finally:
            await ledger.close()

    assert asyncio.run(read()).tokens == WORST
