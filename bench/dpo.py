"""DPO on public preferences: is it better on people and prompts it has never seen? Three seeds and the full report.

    python bench/dpo.py prepare --data DIR --out OUT              # splits, baselines; needs the embedder
    python bench/dpo.py run movies --out OUT --base BASE --seeds 7 8 9 [--train 96] [--test 240] [--set train.epochs=2]
    python bench/dpo.py run answers --out OUT --base BASE --seeds 7 8 9
    python bench/dpo.py judge --out OUT                           # win rates for what ran with --no-embedder
    python bench/dpo.py tell --out OUT [--json FILE]              # all seeds together, beside the baselines

BASE is a GGUF or a folder of safetensors. ``run`` needs neither the data nor a network, uses a GPU when there is one,
and goes on where it was: a seed whose adapter or report is there is not computed again. DIR holds ``preference/`` and
``movie/`` (see dpo_data.py); the data are for tests and benchmarks and what is trained on them is not shipped.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from ammo_training.files import read_json, sha256_of_json
from ammo_training.intervals import macro, mean, share
from ammo_training.measures import wins
from ammo_training.offline import set_offline
from dpo_data import Halves, by_person_time_text, by_text, films, item_means, liked, movie_pairs
from machine import machine

from ammo_agents.aipp.pairs import Pair, read, write
from ammo_agents.durable import write_json, write_text
from ammo_agents.ports import Embedder
from ammo_agents.settings import load as settings_of

SETS = {
    "movies": "pairs from film ratings: which of two films would this person rather be told about",
    "answers": "pandalm and qa-feedback: which of two answers do people prefer",
}
PACKAGES = ("numpy", "torch", "transformers", "trl", "peft", "safetensors")
SETTINGS = ("train.epochs=1", "train.batch=4", "train.learning_rate=0.0002", "loss.beta=0.1")
SHORT_QA = 900
"""Characters of a qa-feedback prompt that a CPU run takes; longer ones need a GPU (``--long``)."""


def prepare(asked: argparse.Namespace) -> None:
    """Write ``<set>.train.jsonl``, ``<set>.test.jsonl`` and ``<set>.json`` (split and baselines) below --out."""
    known = films(asked.data)
    halves = by_person_time_text(movie_pairs(asked.data, known), seed=asked.seed)
    rivals = {
        "item_mean_of_others": _order(item_means(halves.test, known, None)),
        "item_mean_of_trained_people": _order(
            item_means(halves.test, known, {p.user for p in halves.train})
        ),
        "cosine_to_liked_films": asyncio.run(_cosines(halves.test, known)),
    }
    _keep(asked.out, "movies", halves, rivals)
    answers = [
        pair
        for pair in read(asked.data / "preference" / "pairs.jsonl")
        if pair.source == "pandalm"
        or (pair.source == "qa-feedback" and (asked.long or len(pair.asked) <= SHORT_QA))
    ]
    _keep(asked.out, "answers", by_text(answers, share=0.4, seed=asked.seed), {})


def _order(scores: np.ndarray) -> list[float]:
    """Return 1, 0.5 or 0 for each pair; who has not rated one of both films says nothing: 0.5."""
    gap = np.nan_to_num(scores[:, 0] - scores[:, 1])
    return wins(gap, tie=1e-9).tolist()


async def _cosines(pairs: list[Pair], known: Any) -> list[float]:
    """Return the wins of: nearer to the mean of the films the prompt says the person liked."""
    embedder = await _embedder()
    asked = [[known.texts[film] for film in liked(pair, known)] for pair in pairs]
    texts = sorted({
        t for pair, near in zip(pairs, asked, strict=True) for t in (*pair.texts, *near)
    })
    rows = np.asarray(await embedder.embed(texts), np.float64)
    at = dict(zip(texts, rows, strict=True))
    gaps = []
    for pair, near in zip(pairs, asked, strict=True):
        centre = np.mean([at[t] for t in near], axis=0) if near else np.zeros(rows.shape[1])
        gaps.append(float(centre @ (at[pair.chosen] - at[pair.rejected])))
    return wins(np.array(gaps), tie=1e-9).tolist()


async def _embedder() -> Embedder:
    from ammo_local.provider import LocalModels  # noqa: PLC0415 - a GPU machine may have no plugin

    settings = settings_of().settings
    return await LocalModels(settings).open_embedder(settings.embedder)


def _keep(out: Path, name: str, halves: Halves, rivals: dict[str, list[float]]) -> None:
    write(out / f"{name}.train.jsonl", halves.train)
    write(out / f"{name}.test.jsonl", halves.test)
    by_id = {k: dict(zip([p.id for p in halves.test], v, strict=True)) for k, v in rivals.items()}
    held = {"split": halves.split, "left_out": halves.left_out, "rivals": by_id}
    write_json(out / f"{name}.json", held)
    people = [p.user or p.asked for p in halves.test]
    said = {k: share(v).value for k, v in rivals.items()}
    print(
        f"{name}: {len(halves.train)} to train on, {len(halves.test)} held out, {len(set(people))} people or prompts, {said}"
    )


def run(asked: argparse.Namespace) -> None:
    """Train and report one adapter a seed."""
    set_offline()
    from ammo_training.base_folder import Base  # noqa: PLC0415 - after the libraries are told to stay offline
    from ammo_training.convert_base import find_source, prepare  # noqa: PLC0415

    base: Base = prepare(find_source(str(asked.base), asked.out), asked.out / "bases")
    for seed in asked.seeds:
        folder = asked.out / asked.set / f"seed-{seed}"
        folder.mkdir(parents=True, exist_ok=True)
        train = _drawn(read(asked.out / f"{asked.set}.train.jsonl"), asked.train, seed)
        test = _drawn(read(asked.out / f"{asked.set}.test.jsonl"), asked.test, 0)
        if not (folder / "adapter" / "adapter_model.safetensors").is_file():
            _train(asked, base, train, folder, seed)
        if not (folder / "report.json").is_file():
            asyncio.run(_report(asked, base, (train, test), folder, seed))


def _drawn(pairs: list[Pair], most: int, seed: int) -> list[Pair]:
    """Return at most so many pairs, drawn by seed; 0 = all."""
    order = np.random.default_rng(seed).permutation(len(pairs)).tolist()
    return [pairs[i] for i in sorted(order[:most])] if most else pairs


def _train(
    asked: argparse.Namespace, base: Any, train: list[Pair], folder: Path, seed: int
) -> None:
    """Run the product's own trainer over the pairs and keep its adapter and its figures."""
    from ammo_training import reference, trainer  # noqa: PLC0415
    from ammo_training.columns import columns, ids_of, length_for  # noqa: PLC0415
    from ammo_training.config import as_json, resolve  # noqa: PLC0415
    from ammo_training.load import load  # noqa: PLC0415

    config = resolve(None, [*SETTINGS, *asked.settings], seed=seed)
    loaded = load(base, machine=config.machine)
    rows = [ids_of(pair, loaded.tokenizer) for pair in train]
    longest = length_for(rows, asked=config.train.max_length, context=1024)
    part, none = columns(rows, longest), columns([], longest)
    steps = config.train.steps or round(config.train.epochs * len(part.rows) / config.train.batch)
    made = trainer.build(config, loaded, [part, none], steps=steps, folder=folder / "state")
    began, cpu = time.monotonic(), time.process_time()
    found = reference.compute(made, made.train_dataset, trainer.names_of(config))
    trainer.with_reference(made, [{k: v.tolist() for k, v in found.items()}, {}])
    with trainer.scoring(config, made, loaded.where) as how:
        _say(
            f"{asked.set}, seed {seed}: {len(part.rows)} pairs, {steps} steps, at most {longest} tokens; {how}"
        )
        made.train()
    made.model.save_pretrained(folder / "adapter")
    cost = {"train_wall_s": time.monotonic() - began, "train_cpu_s": time.process_time() - cpu}
    write_json(
        folder / "training.json",
        {
            "config": as_json(config),
            "pairs": len(part.rows),
            "dropped": part.dropped,
            "steps": steps,
            "longest": longest,
            "device": loaded.where.device,
            "history": [line for line in made.state.log_history if "loss" in line],
            **cost,
        },
    )


async def _report(
    asked: argparse.Namespace,
    base: Any,
    halves: tuple[list[Pair], list[Pair]],
    folder: Path,
    seed: int,
) -> None:
    from ammo_training import report as reports  # noqa: PLC0415
    from ammo_training import reporting  # noqa: PLC0415
    from ammo_training.evaluation import Subject  # noqa: PLC0415
    from ammo_training.load import load  # noqa: PLC0415
    from ammo_training.options import Machine  # noqa: PLC0415
    from ammo_training.scoring import Scorer  # noqa: PLC0415
    from ammo_training.writing import TransformersWriter  # noqa: PLC0415

    train, test = halves
    trained, cost = read_json(folder / "training.json"), reporting.Cost()
    loaded = load(base, adapter=folder / "adapter", machine=Machine(dtype="float32"))
    scorer = Scorer(loaded.model, loaded.tokenizer, longest=1024)
    subject = Subject(
        scorer=scorer,
        adapter=f"{asked.set}-{seed}",
        base_sha256=base.sha256,
        writer=TransformersWriter(scorer),
        embedder=None if asked.no_embedder else await _embedder(),
        cache=asked.out / "cache",
        seed=seed,
        prompts=asked.prompts,
        told=_say,
    )
    told = read_json(asked.out / f"{asked.set}.json")
    parts = await reporting.measured(subject, test, keep=folder)
    head = reporting.head(
        run=f"{asked.set}-{seed}",
        adapter=subject.adapter,
        seed=seed,
        hashes={
            "base": base.sha256,
            "asked": sha256_of_json({**trained["config"], "seed": 0}),
        },
        data=reports.data(
            train, test, counts={k: told[k] for k in ("split", "left_out")}, personal=False
        ),
        more={
            "cost": {
                "training": {k: trained[k] for k in ("train_wall_s", "train_cpu_s", "steps")},
                "report": cost.plain(),
            },
            "trained_on": trained["device"],
        },
    )
    reports.keep(reports.assembled(head, parts), folder)


def judge(asked: argparse.Namespace) -> None:
    """Add win rates and spread to the reports of ``run --no-embedder``, and judge them anew."""
    set_offline()
    folders = sorted(p.parent for p in asked.out.glob("*/seed-*/report.json"))
    asyncio.run(_judged(asked.out, folders))


async def _judged(out: Path, folders: list[Path]) -> None:
    from dpo_judging import judged  # noqa: PLC0415

    for folder, word in [one async for one in judged(folders, out, await _embedder())]:
        _say(f"{folder}: {word}")


def tell(asked: argparse.Namespace) -> None:
    """Print every seed's report together, beside the baselines, and write one JSON."""
    from ammo_training import card  # noqa: PLC0415
    from ammo_training import report as reports  # noqa: PLC0415

    found: dict[str, Any] = {"machine": machine(*PACKAGES), "sets": {}}
    for name, what in SETS.items():
        folders = sorted(p.parent for p in (asked.out / name).glob("seed-*/report.json"))
        if not folders:
            continue
        every = [reports.read(folder) for folder in folders]
        joined = reports.together(every)
        rivals = _rivals(asked.out, name, folders)
        found["sets"][name] = {"what": what, "together": joined, "rivals": rivals}
        write_text(asked.out / f"{name}.md", card.together(joined))
        _print(name, joined, rivals)
    if asked.json:
        write_json(asked.json, found)


def _rivals(out: Path, name: str, folders: list[Path]) -> dict[str, Any]:
    """Return each rival on the very held-out pairs the reward was judged by, and the reward less the rival, by person."""
    told = read_json(out / f"{name}.json")["rivals"]
    if not told:
        return {}
    people = {p.id: p.user or p.asked for p in read(out / f"{name}.test.jsonl")}
    seeds = [json.loads((f / "heldout.json").read_text(encoding="utf-8")) for f in folders]
    ids = [row["id"] for row in seeds[0]]
    reward = np.mean([[row["reward"] for row in rows] for rows in seeds], axis=0)
    groups = [people[i] for i in ids]
    found: dict[str, Any] = {
        "reward": {
            "pairs": mean(reward, groups, over="people", seed=7).plain(),
            "people": macro(reward, groups, over="people", seed=7).plain(),
        }
    }
    for rival, by_id in told.items():
        theirs = np.array([by_id[i] for i in ids])
        less = mean(reward - theirs, groups, over="people", seed=7)
        found[rival] = {
            "pairs": share(theirs).plain(),
            "people": macro(theirs, groups, over="people", seed=7).plain(),
            "reward_less_this": less.plain(),
            "says": "beaten" if less.low > 0 else "not beaten",
        }
    return found


def _print(name: str, joined: dict[str, Any], rivals: dict[str, Any]) -> None:
    said = joined["verdict"]
    print(f"\n{name}: {said['word']} ({said['why']})")
    for key, one in joined["figures"].items():
        if key.endswith((".before", ".after")):
            continue
        print(
            f"  {key}: {one['value']:.3f} [{_end(one['low'])}, {_end(one['high'])}] seeds {one['n']}"
        )
    for key, one in rivals.items():
        less = one.get("reward_less_this")
        also = (
            f", reward less this {less['value']:+.3f} [{less['low']:.3f}, {less['high']:.3f}]"
            if less
            else ""
        )
        print(f"  {key}: {one['pairs']['value']:.3f} of pairs{also}")


def _end(value: float | None) -> str:
    return "?" if value is None else f"{value:.3f}"


def _say(words: str) -> None:
    sys.stderr.write(f"{time.strftime('%H:%M:%S')} {words}\n")
    sys.stderr.flush()


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    verbs = parser.add_subparsers()
    first = verbs.add_parser("prepare")
    first.add_argument("--data", type=Path, required=True)
    first.add_argument("--seed", type=int, default=7)
    first.add_argument("--long", action="store_true", help="also qa-feedback's long prompts")
    first.set_defaults(do=prepare)
    second = verbs.add_parser("run")
    second.add_argument("set", choices=sorted(SETS))
    second.add_argument("--base", type=Path, required=True)
    second.add_argument("--seeds", type=int, nargs="+", default=[7, 8, 9])
    second.add_argument("--train", type=int, default=0, help="pairs to train on; 0 = all")
    second.add_argument("--test", type=int, default=0, help="held-out pairs; 0 = all")
    second.add_argument("--prompts", type=int, default=20)
    second.add_argument("--set", dest="settings", action="append", default=[])
    second.add_argument("--no-embedder", action="store_true", help="no win rates, no spread")
    second.set_defaults(do=run)
    again = verbs.add_parser("judge")
    again.set_defaults(do=judge)
    third = verbs.add_parser("tell")
    third.add_argument("--json", type=Path)
    third.set_defaults(do=tell)
    for one in (first, second, again, third):
        one.add_argument("--out", type=Path, required=True)
    asked = parser.parse_args()
    if not hasattr(
        asked, "do"
    ):  # `make bench` runs every script bare; this one needs data that are not here
        parser.print_help()
        return
    asked.out.mkdir(parents=True, exist_ok=True)
    asked.do(asked)


if __name__ == "__main__":
    main()
