"""How a tiny model writes: one sentence with letters for its numbers a call, filled back by the program."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence

import numpy as np

from ammo_agents.errors import BudgetError, ModelError
from ammo_agents.goal.lexicon import GLUE
from ammo_agents.goal.licence import licence
from ammo_agents.goal.plan import Line, Sheet, Variant
from ammo_agents.goal.realise import fill
from ammo_agents.ports import Model, Wording
from ammo_agents.records import SLOT, Claim, Fact, Message, Prompt, Sampling, Usage
from ammo_agents.texts import text

STAND_INS = ("Alpha", "Omega", "Sigma")
"""Names in the prompt; the real ones come back with the numbers. Odd names trip a tiny model up."""
TEXTS = ("goal/say", "goal/title")
SHOTS = 3
SETS = 3
"""Different sets of examples for one kind of fact: few, so that the model's prompt cache knows them all."""
AT_ONCE = 2
"""Calls in flight."""
TEMPERATURES = (0.5, 0.7, 0.9)
"""By revision: later tries are freer."""
SAMPLES = (1, 2, 2)
"""Variants of a line asked for, by revision."""
TOKENS = {"title": 24, "sentence": 72}
LETTER = re.compile(r"\[([A-Z])\]")


async def write(
    lines: Sequence[Line],
    model: Model,
    wordings: Mapping[str, Wording],
    *,
    revision: int,
    seed: int,
) -> Sheet:
    """Return variants for the lines that are open; a fault of a call leaves its line without one."""
    for name in TEXTS:  # read off the loop once; then they are cached
        await asyncio.to_thread(text, name)
    jobs = [(line, n) for line in lines for n in range(SAMPLES[revision])]
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(line: Line, n: int) -> Sheet:
        async with gate:
            return await _say(
                line,
                model,
                wordings.get(line.fact.predicate),
                seed=seed + 101 * revision + n,
                temperature=TEMPERATURES[revision],
            )

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one(line, n)) for line, n in jobs]
    sheets = [task.result() for task in tasks]
    faults = [s for s in sheets if s.fault]
    return Sheet(
        variants=tuple(v for s in sheets for v in s.variants),
        usage=sum((s.usage for s in sheets), start=Usage()),
        prompt=next((s.prompt for s in sheets if s.prompt), ""),
        fault=faults[0].fault if len(faults) == len(sheets) and faults else "",
        stage=faults[0].stage if faults else "model",
    )


async def _say(
    line: Line, model: Model, wording: Wording | None, *, seed: int, temperature: float
) -> Sheet:
    rng = np.random.default_rng([seed & 0xFFFFFFFF, len(line.key), ord(line.key[-1])])
    task = Task(line.fact, wording or Wording(), title=line.role == "title", rng=rng)
    sampling = Sampling(
        max_tokens=TOKENS[line.role],
        temperature=temperature,
        seed=int(rng.integers(2**31)),
        stop=("\n",),
        grammar=task.grammar() if model.card.grammar else "",
    )
    try:
        done = await model.complete(task.prompt, sampling)
    except (ModelError, BudgetError) as error:
        return Sheet.failed(error, prompt=task.prompt.fingerprint)
    said = task.filled(done.text) if done.finish == "stop" or done.text.endswith(".") else ""
    claim = Claim(text=said, facts=(line.fact.id,))
    offered = (Variant(key=line.key, claim=claim, avoid=line.fact.statement),)
    return Sheet(variants=offered if said else (), usage=done.usage, prompt=task.prompt.fingerprint)


class Task:
    """One sentence to write: its prompt, its letters, and the way back from letters to numbers."""

    def __init__(
        self, fact: Fact, wording: Wording, *, title: bool, rng: np.random.Generator
    ) -> None:
        self.fact = fact
        self.title = title
        self._wording = wording
        self._names: dict[str, str] = {}
        self._letters: dict[str, str] = {}
        for q in fact.quantities:
            if q.unit == "name" and len(self._names) < len(STAND_INS):
                self._names[q.name] = STAND_INS[len(self._names)]
            else:
                self._letters[q.name] = f"[{chr(ord('A') + len(self._letters))}]"
        self.prompt = self._prompt(rng)

    def lettered(self, frame: str) -> str:
        """Return a frame as the model sees it."""
        marks = {**self._names, **self._letters}
        said = SLOT.sub(lambda m: marks.get(m.group(1), m.group(0)), frame)
        return said[:1].upper() + said[1:]

    def filled(self, said: str) -> str:
        """Return the model's sentence with the real names and numbers; odd letters stay and are caught."""
        said = " ".join(said.split()).strip("\"' ")
        if self.title:
            said = said.rstrip(".")
        slots = {letter[1]: name for name, letter in self._letters.items()}
        said = LETTER.sub(lambda m: "{" + slots[m[1]] + "}" if m[1] in slots else m[0], said)
        for slot, name in self._names.items():
            said = re.sub(rf"\b{name}\b", "{" + slot + "}", said)
        known = {q.name for q in self.fact.quantities}
        return fill(said, self.fact) if set(SLOT.findall(said)) <= known else said

    def grammar(self) -> str:
        """Return a GBNF grammar that lets only licensed words, names and letters through."""
        known = licence(self.fact, self._wording, {})
        marks = sorted([*self._names.values(), *self._letters.values()])
        words = sorted(
            w for w in known.words | GLUE if w.isascii() and w.replace("'", "").isalpha()
        )
        heads = [*(w.capitalize() for w in words), *marks]
        least, most = (1, 9) if self.title else (4, 34)
        end = "" if self.title else ' "."'
        return "\n".join([
            f"root ::= head (sep item){{{least},{most}}}{end}",
            'sep ::= " " | ", "' + (' | ": "' if self.title else ' | "; "'),
            "head ::= " + " | ".join(f'"{w}"' for w in heads),
            "item ::= " + " | ".join(f'"{w}"' for w in [*words, *marks]),
        ])

    def _prompt(self, rng: np.random.Generator) -> Prompt:
        note = text("goal/title" if self.title else "goal/say")
        shots = self._shots(rng)
        turns = [Message(role="system", text=note.body)]
        for source, said in shots:
            turns += [Message(role="user", text=source), Message(role="assistant", text=said)]
        turns.append(Message(role="user", text=self.lettered(self.fact.frame)))
        return Prompt(messages=tuple(turns), fingerprint=note.fingerprint)

    def _shots(self, rng: np.random.Generator) -> list[tuple[str, str]]:
        """Return a few true pairs of this predicate, or pairs that show the task where it has none."""
        known = {q.name for q in self.fact.quantities}
        sources = [self.fact.frame, *self._wording.frames]
        if self.title:
            pairs = [(self.fact.frame, t) for t in self._wording.titles]
        else:
            pairs = list(self._wording.examples) or [(sources[0], f) for f in sources[1:]]
        pairs = [p for p in pairs if set(SLOT.findall(p[0] + p[1])) <= known]
        if not pairs:
            return list(PLAIN_TITLES if self.title else PLAIN)
        first = int(rng.integers(SETS)) * SHOTS
        picked = list(dict.fromkeys((first + n) % len(pairs) for n in range(SHOTS)))
        return [(self.lettered(pairs[i][0]), self.lettered(pairs[i][1])) for i in picked]


PLAIN = (
    (
        "Sigma is a library for reading and writing tables.",
        "Sigma is a library that reads and writes tables.",
    ),
    ("Sigma was founded in Rome by two brothers.", "Two brothers founded Sigma in Rome."),
    ("Sigma lets its users share files safely.", "With Sigma, users share files safely."),
)
PLAIN_TITLES = (
    ("Sigma is a library for reading and writing tables.", "Sigma: a library for tables"),
    ("Sigma was founded in Rome by two brothers.", "Two brothers founded Sigma"),
    ("Sigma lets its users share files safely.", "Sigma lets users share files"),
)
