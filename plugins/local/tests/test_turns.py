import asyncio

from ammo_local.turns import Turns

from ammo_agents.records import Mix

A, B = (Mix(id="a_a"),), (Mix(id="a_b"),)


async def test_calls_of_one_set_go_together_and_others_wait_in_their_order() -> None:
    turns, seen = Turns(), []

    async def call(name: str, key: tuple[Mix, ...], until: asyncio.Event) -> None:
        async with turns.of(key):
            seen.append(name)
            await until.wait()

    first, rest = asyncio.Event(), asyncio.Event()
    tasks = [asyncio.create_task(call("a1", A, first)), asyncio.create_task(call("a2", A, first))]
    await asyncio.sleep(0)
    for name, key in (("b1", B), ("a3", A), ("b2", B)):
        tasks.append(asyncio.create_task(call(name, key, rest)))
        await asyncio.sleep(0)
    assert seen == ["a1", "a2"], "who comes while others wait stands behind them"
    first.set()
    await asyncio.sleep(0.01)
    assert seen == ["a1", "a2", "b1", "b2"]
    rest.set()
    await asyncio.gather(*tasks)
    assert seen == ["a1", "a2", "b1", "b2", "a3"]


async def test_who_has_waited_long_enough_goes_anyway() -> None:
    turns = Turns(patience_s=0.01)
    async with turns.of(A), turns.of(B):
        assert turns.now == A


async def test_a_call_that_is_given_up_while_it_waits_holds_nobody_up() -> None:
    turns = Turns()
    async with turns.of(A):
        waiting = asyncio.create_task(_through(turns))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
    async with asyncio.timeout(1), turns.of(B):
        assert turns.now == B


async def test_a_call_that_is_given_up_as_its_turn_comes_gives_it_back() -> None:
    turns = Turns()
    async with turns.of(A):
        waiting = asyncio.create_task(_through(turns))
        await asyncio.sleep(0)
    waiting.cancel()  # let in by who just left, and not yet awake
    await asyncio.gather(waiting, return_exceptions=True)
    async with asyncio.timeout(1), turns.of(A):
        assert turns.now == A


async def _through(turns: Turns) -> None:
    async with turns.of(B):
        await asyncio.sleep(0)
