"""The Goal Buddy's graph. It only wires; the stages hold the logic. (W7, W8).

sense → ideate → retrieve → draft → ground → (revise → draft)* → compose → embed → estimate → publish | reject
A graph of one's own stands in for draft to compose; the gate reads its words like any others.
"""

from __future__ import annotations

from typing import Literal, TypedDict

from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import Runtime

from ammo_agents.adapters.voice import stamp_of
from ammo_agents.goal import structured, tiny
from ammo_agents.goal.aside import Failed
from ammo_agents.goal.compose import draft_of, finished
from ammo_agents.goal.ground import Bench, ground, review
from ammo_agents.goal.guest import known_to
from ammo_agents.goal.plan import FACTS_READ, Extras, Reviewed, Sheet, lines_of
from ammo_agents.goal.principles import named_in
from ammo_agents.goal.publish import Unplaced, creation_of, placed, refused, seen
from ammo_agents.goal.trigger import Stimulus, citable, ideate, retrieve
from ammo_agents.goal.work import GoalContext
from ammo_agents.ports import Brief
from ammo_agents.records import (
    Claim,
    Flag,
    GoalBuddy,
    Grounded,
    Idea,
    Placed,
    Rejected,
    Stage,
    Usage,
)

REVISIONS = 2
"""Times a writer may try again."""
RECURSION = 25
SHOWN = 200
"""Facts a graph of one's own is shown, at most."""


class GoalState(TypedDict, total=False):
    """What one run has come to."""

    buddy: GoalBuddy
    stimulus: Stimulus
    idea: Idea
    bench: Bench
    sheet: Sheet
    reviewed: Reviewed
    revision: int
    usage: Usage
    prompt: str
    extras: Extras
    grounded: Grounded
    placed: Placed
    rejected: Rejected


async def create(
    buddy: GoalBuddy, stimulus: Stimulus, context: GoalContext
) -> Placed | Rejected | None:
    """Return a creation with its place, or why there is none; None where the buddy has nothing to say.

    Faults of a model are values here: the attempt is `Rejected` (stage ``model`` or ``budget``) or its
    lines are realised; nothing half-made comes out.
    """
    state = await GRAPH.ainvoke(
        {"buddy": buddy, "stimulus": stimulus},
        config={"recursion_limit": RECURSION},
        context=context,
    )
    return state.get("rejected") or state.get("placed")


async def sense_node(state: GoalState, runtime: Runtime[GoalContext]) -> dict[str, object]:
    """Look at what woke the buddy."""
    _tell(state, runtime, "sense")
    return {"revision": 0, "usage": Usage(), "reviewed": Reviewed(), "extras": Extras()}


async def ideate_node(state: GoalState, runtime: Runtime[GoalContext]) -> dict[str, object]:
    """Choose the facts worth telling, by arithmetic."""
    _tell(state, runtime, "ideate")
    c = runtime.context
    idea = ideate(state["buddy"], state["stimulus"], c.known, c.recent)
    return {} if idea is None else {"idea": idea}


async def retrieve_node(state: GoalState, runtime: Runtime[GoalContext]) -> dict[str, object]:
    """Add context the writer can handle."""
    _tell(state, runtime, "retrieve")
    c, buddy = runtime.context, state["buddy"]
    capability = c.model.card.capability if c.model else "tiny"
    known = citable(buddy, c.known)
    most = FACTS_READ[capability]
    idea = retrieve(state["idea"], known, c.recent, most=most, topics=buddy.topics)
    facts = idea.facts
    if c.graph is not None:  # whoever it is: every word has to be licensed
        past = [fact for fact in known if fact.date <= idea.date]
        facts, capability = known_to(idea.facts, past, most=SHOWN), "tiny"
    bench = Bench.of(
        facts,
        c.wordings,
        c.entities,
        evidence=c.evidence,
        capability=capability,
        sources=buddy.sources,
        charter=c.charter,
    )
    keys = tuple(line.key for line in lines_of(idea)) if capability == "tiny" else ()
    return {"idea": idea, "bench": bench, "reviewed": Reviewed(open=keys)}


async def guest_node(state: GoalState, runtime: Runtime[GoalContext]) -> dict[str, object]:
    """Let a graph of one's own write, and read what it hands in like a stranger's."""
    _tell(state, runtime, "draft")
    c, bench = runtime.context, state["bench"]
    assert c.graph is not None
    brief = Brief(
        buddy=state["buddy"],
        idea=state["idea"],
        known=tuple(bench.facts.values()),
        wordings={p: w for p, w in c.wordings.items() if p in _predicates(bench)},
        titles=frozenset(c.titles),
        model=c.model,
    )
    handed = await c.graph.visit(brief, seconds=c.graph_seconds)
    if isinstance(handed, Failed):
        reason = f"the graph {c.graph.name!r} {handed.reason}"
        return {"rejected": _refuse(state, runtime, "draft", reason)}
    if handed.draft is None:
        return {}
    reviewed = Reviewed(flags=handed.flags, tried=handed.draft.tried)
    done: dict[str, object] = {"usage": handed.usage, "reviewed": reviewed}
    if handed.draft.title.text.lower() in c.titles:
        then: GoalState = {**state, "usage": handed.usage, "reviewed": reviewed}
        reason = "a living creation has this title"
        return done | {"rejected": _refuse(then, runtime, "duplicate", reason)}
    weighed = await ground(handed.draft, bench, limit=c.cost_limit, unsupported=handed.flags)
    return done | {"rejected" if isinstance(weighed, Rejected) else "grounded": weighed}


async def draft_node(state: GoalState, runtime: Runtime[GoalContext]) -> dict[str, object]:
    """Let the model write what is still open."""
    _tell(state, runtime, "draft" if not state["revision"] else "revise")
    model = runtime.context.model
    if model is None:
        return {"sheet": Sheet()}
    if model.card.capability == "tiny":
        wanted = [n for n in lines_of(state["idea"]) if n.key in state["reviewed"].open]
        sheet = await tiny.write(
            wanted,
            model,
            runtime.context.wordings,
            revision=state["revision"],
            seed=state["idea"].seed,
        )
    else:
        sheet = await structured.write(
            state["buddy"],
            state["idea"],
            model,
            flags=state["reviewed"].flags,
            revision=state["revision"],
        )
    done: dict[str, object] = {"sheet": sheet, "usage": state["usage"] + sheet.usage}
    if sheet.extras.question:
        done["extras"] = sheet.extras
    return done | {"prompt": sheet.prompt or state.get("prompt", "")}


async def ground_node(state: GoalState, runtime: Runtime[GoalContext]) -> dict[str, object]:
    """Keep the sentences that stand; hand back the lines that are open."""
    _tell(state, runtime, "ground")
    sheet = state["sheet"]
    if sheet.fault and not state["reviewed"].accepted:
        return {"rejected": _refuse(state, runtime, sheet.stage, sheet.fault)}
    reviewed = await review(
        sheet.variants, state["bench"], state["reviewed"], taken=runtime.context.titles
    )
    return {"reviewed": reviewed}


async def revise_node(state: GoalState) -> dict[str, object]:
    """Count the next try."""
    return {"revision": state["revision"] + 1}


async def compose_node(state: GoalState, runtime: Runtime[GoalContext]) -> dict[str, object]:
    """Put the draft together and weigh it as a whole."""
    c, reviewed, idea = runtime.context, state["reviewed"], state["idea"]
    planned = c.model is None or c.model.card.capability == "tiny"
    claims = await finished(idea, reviewed, state["bench"], taken=c.titles, planned=planned)
    work = Sheet(usage=state["usage"], prompt=state.get("prompt", ""), extras=state["extras"])
    writer = c.model.card.id if c.model else "realiser"
    draft = draft_of(idea, claims, work, model=writer, tried=reviewed.tried)
    if draft is None:
        reason = await _why_bare(idea, state["bench"])
        return {"rejected": _refuse(state, runtime, "ground", reason)}
    stood_by = () if planned else _stood_by(reviewed)
    match await ground(draft, state["bench"], limit=c.cost_limit, unsupported=stood_by):
        case Grounded() as grounded:
            return {"grounded": grounded}
        case Rejected() as rejected:
            return {"rejected": rejected}


async def embed_node(state: GoalState, runtime: Runtime[GoalContext]) -> dict[str, object]:
    """Find the place of the words; a place that is taken is a refusal."""
    _tell(state, runtime, "embed")
    c = runtime.context
    flags = state["reviewed"].flags
    adapter = stamp_of(c.model)
    creation = creation_of(state["grounded"], flags=flags, at=c.now(), adapter=adapter)
    rows = await c.embedder.embed([creation.text])
    match placed(creation, rows, c.space, c.living):
        case Placed() as found:
            return {"placed": found}
        case Unplaced(reason):
            return {"rejected": _refuse(state, runtime, "duplicate", reason)}


async def estimate_node(state: GoalState, runtime: Runtime[GoalContext]) -> dict[str, object]:
    """Estimate P(e ∈ S) and refuse what would not pay: U = P - λ·Cost (mathematics, 3.5)."""
    _tell(state, runtime, "estimate")
    c = runtime.context
    found, cost = state["placed"], state["grounded"].cost
    visibility = min(1.0, max(0.0, float(c.visibility(found.vector, found.creation.entity))))
    # A cost of zero never loses: an unseen true card costs nothing and may find its reader.
    if cost > 0 and visibility - c.cost_weight * cost < 0:
        reason = f"P {visibility:.3f} - {c.cost_weight:g} x cost {cost:.2f} is below 0"
        return {"rejected": _refuse(state, runtime, "visibility", reason)}
    return {"placed": seen(found, visibility)}


async def publish_node(state: GoalState, runtime: Runtime[GoalContext]) -> dict[str, object]:
    """Say that it is done; the round writes the ledger."""
    _tell(state, runtime, "publish")
    return {}


async def reject_node(state: GoalState, runtime: Runtime[GoalContext]) -> dict[str, object]:
    """Say that it is refused; nothing half-made leaves the graph."""
    _tell(state, runtime, "reject")
    return {}


def after_idea(state: GoalState) -> Literal["retrieve", "__end__"]:
    """Stay silent without an idea."""
    return "retrieve" if "idea" in state else "__end__"


def after_retrieve(_: GoalState, runtime: Runtime[GoalContext]) -> Literal["guest", "draft"]:
    """Let the buddy's own graph write, if it has one."""
    return "draft" if runtime.context.graph is None else "guest"


def after_guest(state: GoalState) -> Literal["embed", "reject", "__end__"]:
    """Embed what is grounded; stay silent where the graph did."""
    if "rejected" in state:
        return "reject"
    return "embed" if "grounded" in state else "__end__"


def after_ground(state: GoalState) -> Literal["revise", "compose", "reject"]:
    """Revise what is open, at most `REVISIONS` times, unless the model is the fault."""
    if "rejected" in state:
        return "reject"
    again = state["revision"] < REVISIONS and not state["sheet"].fault
    return "revise" if again and state["reviewed"].open and state["sheet"].prompt else "compose"


def after_compose(state: GoalState) -> Literal["embed", "reject"]:
    """Embed what is grounded."""
    return "reject" if "rejected" in state else "embed"


def after_embed(state: GoalState) -> Literal["estimate", "reject"]:
    """Estimate what has a place of its own."""
    return "reject" if "rejected" in state else "estimate"


def after_estimate(state: GoalState) -> Literal["publish", "reject"]:
    """Publish what pays."""
    return "reject" if "rejected" in state else "publish"


def build() -> CompiledStateGraph[GoalState, GoalContext, GoalState, GoalState]:
    """Return the compiled graph; without a checkpointer, because one run is seconds long and the round is idempotent."""
    graph = StateGraph(GoalState, context_schema=GoalContext)
    for node in (
        sense_node,
        ideate_node,
        retrieve_node,
        guest_node,
        draft_node,
        ground_node,
        revise_node,
        compose_node,
        embed_node,
        estimate_node,
        publish_node,
        reject_node,
    ):
        graph.add_node(node.__name__.removesuffix("_node"), node)
    graph.add_edge(START, "sense")
    graph.add_edge("sense", "ideate")
    graph.add_conditional_edges("ideate", after_idea)
    graph.add_conditional_edges("retrieve", after_retrieve)
    graph.add_conditional_edges("guest", after_guest)
    graph.add_edge("draft", "ground")
    graph.add_conditional_edges("ground", after_ground)
    graph.add_edge("revise", "draft")
    graph.add_conditional_edges("compose", after_compose)
    graph.add_conditional_edges("embed", after_embed)
    graph.add_conditional_edges("estimate", after_estimate)
    graph.add_edge("publish", END)
    graph.add_edge("reject", END)
    return graph.compile()


def _stood_by(reviewed: Reviewed) -> tuple[Flag, ...]:
    """Return the newest flag of each line that never passed: what a freer writer still states."""
    return tuple(reviewed.flags[-len(reviewed.open) :]) if reviewed.open else ()


async def _why_bare(idea: Idea, bench: Bench) -> str:
    """Return why not even the lead fact's own words may be said."""
    lead = idea.facts[0]
    reason = await bench.fault(Claim(text=lead.statement, facts=(lead.id,))) or ""
    return reason if named_in(reason) else "no title or claim could be supported"


def _predicates(bench: Bench) -> set[str]:
    return {fact.predicate for fact in bench.facts.values()}


def _refuse(state: GoalState, runtime: Runtime[GoalContext], stage: Stage, reason: str) -> Rejected:
    model = runtime.context.model
    return refused(
        state["idea"],
        stage,
        reason,
        reviewed=state["reviewed"],
        usage=state["usage"],
        model=model.card.id if model else "realiser",
    )


def _tell(state: GoalState, runtime: Runtime[GoalContext], step: str) -> None:
    if runtime.context.progress is not None:
        runtime.context.progress(state["buddy"].id, step)


GRAPH = build()
