"""The User Buddy's sitting as a graph: recall → rank → present → wait → record → update → wait … (W11).

The graph only wires. Every effect is a callable of the context, made by `round`, which alone writes
the ledger; the checkpoint holds ids and plain JSON, one thread a sitting, deleted when it ends.
Losing the checkpoint file loses the thread of a talk and nothing that was acknowledged.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, TypedDict

from ammo_agents.errors import AmmoError, BadInputError
from ammo_agents.records import CreationId, FeedbackId, PersonId, Slate, SubspaceId
from ammo_agents.settings import set_environment
from ammo_agents.user.present import Presented
from ammo_agents.user.rank import Candidates

# LangGraph reads both at its import: strict decoding of checkpoints, and nothing sent to anybody.
set_environment("LANGGRAPH_STRICT_MSGPACK", "true")
set_environment("LANGSMITH_TRACING", "false")

from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver  # noqa: E402 - after the environment is set
from langgraph.graph import END, START, StateGraph  # noqa: E402
from langgraph.runtime import Runtime  # noqa: E402
from langgraph.types import Command, interrupt  # noqa: E402

STEPS = 25
"""Nodes one call may run; a sitting needs five to begin and three an act."""
KEPT = 2
"""Checkpoints an interrupted sitting keeps."""
LEAVE = "leave"
"""The gesture that ends a sitting."""

Plain = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gesture:
    """What a person did: an act about a card of the slate."""

    act: str
    creation: CreationId
    note: str = ""
    key: str = ""
    """Idempotency key of the request; empty = a new one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What keeping an act came to."""

    feedback: FeedbackId
    version: int
    """Acts folded into the preference now."""
    words: str = ""
    repeated: bool = False
    following: tuple[CreationId, ...] = ()
    """The next slate as it would be now."""


@dataclass(slots=True, kw_only=True)
class UserContext:
    """What a sitting may do, as `round` provides it."""

    person: PersonId
    subspace: SubspaceId
    recall: Callable[[], Awaitable[Candidates]]
    """Return what could be shown now."""
    rank: Callable[[Candidates], Awaitable[Slate]]
    """Choose; nothing is kept yet."""
    present: Callable[[Slate], Awaitable[Presented]]
    """Keep the slate as shown, idempotent by its id, and return it with its cards."""
    record: Callable[[Gesture], Awaitable[Said]]
    """Keep an act and the preference it leads to, in one transaction, idempotent by the gesture's key."""
    following: Callable[[], Awaitable[tuple[CreationId, ...]]] | None = None
    """Return the next slate as it would be now; None = nobody asks."""
    candidates: Candidates | None = field(default=None, init=False)
    slate: Slate | None = field(default=None, init=False)
    presented: Presented | None = field(default=None, init=False)
    said: Said | None = field(default=None, init=False)
    fault: AmmoError | None = field(default=None, init=False)

    def clear(self) -> None:
        """Forget what the last act came to."""
        self.said = self.fault = None


class UserState(TypedDict, total=False):
    """What is kept between steps: JSON types and ids only."""

    person: str
    subspace: str
    candidates: int
    slate: str
    cards: list[str]
    gesture: Plain
    acts: list[str]
    version: int
    following: list[str]


async def recall_node(state: UserState, runtime: Runtime[UserContext]) -> UserState:  # noqa: ARG001 - LangGraph's signature
    """Ask what could be shown."""
    context = runtime.context
    context.candidates = await context.recall()
    return {"candidates": len(context.candidates.ids)}


async def rank_node(state: UserState, runtime: Runtime[UserContext]) -> UserState:  # noqa: ARG001 - LangGraph's signature
    """Choose the slate."""
    context = runtime.context
    pool = context.candidates or await context.recall()
    context.slate = await context.rank(pool)
    return {"slate": context.slate.id, "cards": [s.creation for s in context.slate.slots]}


async def present_node(state: UserState, runtime: Runtime[UserContext]) -> UserState:
    """Show it; a slate that a restart has lost was never shown and is chosen anew."""
    context = runtime.context
    slate = context.slate
    if slate is None or slate.id != state["slate"]:
        slate = await context.rank(await context.recall())
    context.presented = await context.present(slate)
    return {"slate": slate.id, "cards": [s.creation for s in slate.slots], "acts": []}


async def wait_node(state: UserState) -> UserState:
    """Wait for the person, however long."""
    gesture: Plain = interrupt({"slate": state["slate"], "cards": state["cards"]})
    return {"gesture": gesture}


async def record_node(state: UserState, runtime: Runtime[UserContext]) -> UserState:
    """Keep the act; a refusal is the caller's to hear, and the sitting goes on."""
    context = runtime.context
    context.clear()
    try:
        context.said = await context.record(Gesture(**state["gesture"]))
    except AmmoError as error:
        context.fault = error
        return {}
    return {"acts": [*state["acts"], context.said.feedback], "version": context.said.version}


async def update_node(state: UserState, runtime: Runtime[UserContext]) -> UserState:  # noqa: ARG001 - LangGraph's signature
    """Note what the act changed."""
    context = runtime.context
    if context.said is None or context.following is None:
        return {}
    following = await context.following()
    context.said = replace(context.said, following=following)
    return {"following": list(following)}


def after_waiting(state: UserState) -> Literal["record", "__end__"]:
    """Go on until the person leaves."""
    return "__end__" if state["gesture"]["act"] == LEAVE else "record"


def wired() -> StateGraph[UserState, UserContext, UserState, UserState]:
    """Return the graph, not compiled."""
    graph: StateGraph[UserState, UserContext, UserState, UserState] = StateGraph(
        UserState, context_schema=UserContext
    )
    graph.add_node("recall", recall_node)
    graph.add_node("rank", rank_node)
    graph.add_node("present", present_node)
    graph.add_node("wait", wait_node)
    graph.add_node("record", record_node)
    graph.add_node("update", update_node)
    graph.add_edge(START, "recall")
    graph.add_edge("recall", "rank")
    graph.add_edge("rank", "present")
    graph.add_edge("present", "wait")
    graph.add_conditional_edges("wait", after_waiting, {"record": "record", "__end__": END})
    graph.add_edge("record", "update")
    graph.add_edge("update", "wait")
    return graph


class Sittings:
    """Starts, answers and ends sittings; made by `opened`."""

    def __init__(self, saver: AsyncSqliteSaver) -> None:
        self._saver = saver
        self._graph = wired().compile(checkpointer=saver)

    async def start(self, context: UserContext, *, run: str = "") -> tuple[str, Presented]:
        """Return the run's name and the slate it presents; an earlier sitting of this person ends.

        Raises:
            BadInputError: a run with a slash in its name.
        """
        run = run or uuid.uuid4().hex[:12]
        if "/" in run:
            raise BadInputError(f"a run cannot be called {run!r}", hint="Leave out the slash.")
        for thread in await self._threads(_owner(context)):
            await self._saver.adelete_thread(thread)
        first: UserState = {"person": context.person, "subspace": context.subspace}
        await self._graph.ainvoke(first, _config(context, run), context=context, durability="sync")
        await self._prune(context, run)
        if context.presented is None:
            raise BadInputError("the sitting presented nothing", hint="Start it again.")
        return run, context.presented

    async def respond(self, context: UserContext, run: str, gesture: Gesture) -> Said:
        """Keep an act of the person and return what it came to; the sitting waits for the next.

        A run that is not waiting (its checkpoint was lost, or it ended) keeps the act all the same.

        Raises:
            AmmoError: what `context.record` refused; the sitting goes on.
        """
        gesture = gesture if gesture.key else replace(gesture, key=uuid.uuid4().hex)
        if not await self.is_waiting(context, run):
            return await context.record(gesture)
        context.clear()
        await self._resume(context, run, _plain(gesture))
        await self._prune(context, run)
        if context.fault is not None:
            raise context.fault
        if context.said is None:
            return await context.record(gesture)
        return context.said

    async def finish(self, context: UserContext, run: str) -> None:
        """End the sitting and delete its thread; ending twice is harmless."""
        if await self.is_waiting(context, run):
            await self._resume(context, run, _plain(Gesture(act=LEAVE, creation=CreationId(""))))
        await self._saver.adelete_thread(thread_id(context.person, context.subspace, run))

    async def is_waiting(self, context: UserContext, run: str) -> bool:
        """Return whether the run waits for the person: only then may it be resumed."""
        state = await self._graph.aget_state(_config(context, run))
        return bool(state.interrupts)

    async def runs(self, person: PersonId, subspace: SubspaceId) -> list[str]:
        """Return the runs that are kept for a person in a subspace."""
        owner = thread_id(person, subspace, "")
        return [thread.removeprefix(owner) for thread in await self._threads(owner)]

    async def _resume(self, context: UserContext, run: str, gesture: Plain) -> None:
        await self._graph.ainvoke(
            Command(resume=gesture), _config(context, run), context=context, durability="sync"
        )

    async def _threads(self, owner: str) -> list[str]:
        await self._saver.setup()
        found = await self._saver.conn.execute_fetchall(
            "SELECT DISTINCT thread_id FROM checkpoints WHERE substr(thread_id, 1, ?) = ?",
            (len(owner), owner),
        )
        return sorted(str(row[0]) for row in found)

    async def _prune(self, context: UserContext, run: str) -> None:
        """Keep the newest checkpoints of a waiting run; the saver itself cannot."""
        thread = thread_id(context.person, context.subspace, run)
        async with self._saver.lock:
            for table in ("writes", "checkpoints"):
                await self._saver.conn.execute(
                    f"DELETE FROM {table} WHERE thread_id = ? AND checkpoint_id NOT IN "  # noqa: S608 - a constant
                    "(SELECT checkpoint_id FROM checkpoints WHERE thread_id = ? ORDER BY checkpoint_id DESC LIMIT ?)",
                    (thread, thread, KEPT),
                )
            await self._saver.conn.commit()


@asynccontextmanager
async def opened(checkpoints: Path) -> AsyncIterator[Sittings]:
    """Open the checkpoint file (made if there is none) and close it at the end."""
    await asyncio.to_thread(checkpoints.parent.mkdir, parents=True, exist_ok=True)
    async with AsyncSqliteSaver.from_conn_string(str(checkpoints)) as saver:
        yield Sittings(saver)


def thread_id(person: PersonId, subspace: SubspaceId, run: str) -> str:
    """Return ``user:<person>/<subspace>/sit/<run>``: one thread a sitting."""
    return f"user:{person}/{subspace}/sit/{run}"


def _owner(context: UserContext) -> str:
    return thread_id(context.person, context.subspace, "")


def _config(context: UserContext, run: str) -> Any:
    thread = thread_id(context.person, context.subspace, run)
    return {"configurable": {"thread_id": thread}, "recursion_limit": STEPS}


def _plain(gesture: Gesture) -> Plain:
    return {
        "act": gesture.act,
        "creation": gesture.creation,
        "note": gesture.note,
        "key": gesture.key,
    }
