"""The report as a page people read: every figure with its n and interval, and first what may be said."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Plain = Mapping[str, Any]
KINDS = {
    "human": "People's choices",
    "simulated": "Simulated readers' choices",
    "rule": "Pairs made by a rule",
}


def card(report: Plain) -> str:
    """Return the Markdown card."""
    return "\n".join(_card(report)) + "\n"


def together(report: Plain) -> str:
    """Return the Markdown card of several seeds."""
    said = report["verdict"]
    lines = [f"# {len(report['seeds'])} seeds of one job", "", _verdict(said), ""]
    lines += ["| figure | mean over seeds | 95 % (Student) |", "|---|---|---|"]
    lines += [
        f"| {_words(name)} | {_n(one['value'])} | {_ends(one)} |"
        for name, one in report["figures"].items()
    ]
    for one in report["gates"]:
        lines += ["", f"## Gate, seed {one['seed']}", "", *_gate(one)]
    return "\n".join(lines) + "\n"


def evaluation(found: Plain) -> str:
    """Return what ``ammo train eval`` found, as a page."""
    lines = [f"# {found['adapter']} on {found['n']} pairs", "", found["says"]]
    for kind, one in found["preference"].items():
        lines += _preference(kind, one)
    return "\n".join(lines) + "\n"


def _card(report: Plain) -> Iterator[str]:
    yield f"# {report.get('name') or report.get('adapter') or 'An adapter'}"
    yield ""
    yield _verdict(report["verdict"])
    yield ""
    yield f"Adapter {report.get('adapter', '')} of run {report.get('run', '')}, seed {report.get('seed')}."
    yield from ("", "## Gate", "", *_gate(report["gate"]))
    yield from _data(report["data"])
    for kind, one in report.get("preference", {}).items():
        yield from _preference(kind, one)
    yield from _neutral(report.get("neutral"))
    yield from _behaviour(report)
    yield from _frozen(report.get("frozen"))
    yield from _rest(report)


def _verdict(said: Plain) -> str:
    return f"**{said['word'].capitalize()}.** {said['why']}."


def _gate(gate: Plain) -> Iterator[str]:
    yield "Passed." if gate["passed"] else "**Not passed: it stays a candidate.**"
    yield ""
    yield "| bar | must | measured | |"
    yield "|---|---|---|---|"
    for one in gate["checks"]:
        state = "cleared" if one["passed"] else "**not cleared**"
        yield f"| {one['name']} | {one['bar']} | {one['said']} | {state} |"


def _data(data: Plain) -> Iterator[str]:
    yield from ("", "## Data", "")
    yield f"{data['train']} pairs to train on, {data['test']} held out. {data['says']}"
    sources = ", ".join(f"{name} {n}" for name, n in data["sources"].items())
    yield f"Held out by source: {sources}."
    shared = ", ".join(f"{kind} {n}" for kind, n in data["overlap"].items())
    yield f"Shared with training (leak checker): {shared}."
    for name, value in _leaves(data.get("counts") or {}):
        yield f"- {name}: {value}"


def _leaves(found: Plain, path: str = "") -> Iterator[tuple[str, Any]]:
    for name, inner in found.items():
        where = f"{path}, {_words(name)}" if path else _words(name)
        if isinstance(inner, Mapping):
            yield from _leaves(inner, where)
        else:
            yield where, inner


def _preference(kind: str, one: Plain) -> Iterator[str]:
    yield from ("", f"## Preference: {KINDS.get(kind, kind)}", "")
    yield f"{one['n']} pairs, {one['people'] or 'no named'} people, {one['prompts']} prompts, {one['ties']} ties at 0.5."
    yield "A fresh adapter has accuracy 0.5 here, not 0: equal models tie. Reward accuracy is not behaviour."
    yield ""
    yield "| figure | value | 95 % | n |"
    yield "|---|---|---|---|"
    for name, label in (
        ("with_reference", "accuracy with reference (pairs)"),
        ("with_reference_clustered", "the same, interval over people or prompts"),
        ("macro", "accuracy, everybody counts once"),
        ("with_reference_per_token", "accuracy with reference, per token"),
        ("per_token", "accuracy per token, without reference"),
        ("summed", "accuracy by summed log-prob: sees mostly length"),
    ):
        yield _row(label, one["accuracy"][name])
    for name, figure in one["baselines"].items():
        yield _row(f"baseline: {_words(name)}", figure)
    yield _row(f"ahead of {_words(one['best_baseline'])}, pair by pair", one["lead"])
    yield _row("accuracy where length misleads", one["where_length_misleads"])
    yield _row("margin, nats (over β)", one["margin"])
    yield _row("chosen log-prob change a token, nats", one["chosen_drift"])
    yield _row("rejected log-prob change a token, nats", one["rejected_drift"])
    if one["displacement_alarm"]:
        yield ""
        yield "**Displacement alarm**: the chosen texts became less likely (arXiv 2502.07599)."


def _neutral(found: Plain | None) -> Iterator[str]:
    if not found:
        return
    yield from ("", "## What it was not asked to change", "", "| figure | value | 95 % | n |")
    yield "|---|---|---|---|"
    yield _row("KL(base, adapter) a token on neutral replies, nats", found["kl"])
    yield _row("mean change of a token's log-prob, nats", found["mean_abs_change"])


def _behaviour(report: Plain) -> Iterator[str]:
    found = report.get("behaviour") or {}
    if not found:
        return
    yield from ("", "## Behaviour on unseen prompts", "")
    seeds = ", ".join(map(str, found["seeds"]))
    yield f"{found['n']} replies to {found['prompts']} prompts, seeds {seeds}, written by {found.get('writer', 'somebody')}; the same seeds before and after."
    yield ""
    yield "| measure | before | after | change | 95 % |"
    yield "|---|---|---|---|---|"
    for name, one in found["measures"].items():
        if one is None:
            yield f"| {_words(name)} | not measured | | | |"
        else:
            yield f"| {_words(name)} | {_n(one['before']['value'])} | {_n(one['after']['value'])} | {_n(one['change']['value'])} | {_ends(one['change'])} |"
    for name, win in (report.get("win_rate") or {}).items():
        if win:
            yield from ("", _won(name, win))
    yield from ("", "### Samples, chosen by seed", "")
    for one in report.get("samples", ()):
        yield f"- **Prompt** {_line(_last(one['prompt']))}"
        yield f"  - before: {_line(one['before'])}"
        yield f"  - after: {_line(one['after'])}"


def _won(name: str, win: Plain) -> str:
    rate, accuracy = win["rate"], win["judge_accuracy"]
    trust = "" if win["judge_qualified"] else " The judge cannot be believed, so this says nothing."
    return (
        f"Win rate against the {name}, by preference models of held-out people, both orders: "
        f"{_n(rate['value'])} {_ends(rate)}, n {win['n']}, {win['ties']} ties. "
        f"The judge tells people's own unseen choices apart in {_n(accuracy['value'])} {_ends(accuracy)}.{trust}"
    )


def _frozen(found: Plain | None) -> Iterator[str]:
    if not found:
        return
    yield from ("", "## Frozen sets", "", "| set | before | after | change | 95 % | n |")
    yield "|---|---|---|---|---|---|"
    for name in ("preference", "grounding", "injection"):
        one = found[name]
        yield f"| {name} | {_n(one['before']['value'])} | {_n(one['after']['value'])} | {_n(one['change']['value'])} | {_ends(one['change'])} | {one['change']['n']} |"


def _rest(report: Plain) -> Iterator[str]:
    for title, name in (
        ("Cost", "cost"),
        ("Machine and versions", "machine"),
        ("Hashes", "hashes"),
    ):
        yield from ("", f"## {title}", "")
        for label, value in _leaves(report.get(name) or {}):
            yield f"- {label}: {value}"


def _row(label: str, figure: Plain) -> str:
    return f"| {label} | {_n(figure['value'])} | {_ends(figure)} | {figure['n']} |"


def _ends(figure: Plain) -> str:
    low, high = figure["low"], figure["high"]
    if low is None or high is None:
        return "no interval from one"
    return f"[{_n(low)}, {_n(high)}]"


def _n(value: float) -> str:
    return f"{value:.1f}" if abs(value) >= 100 else f"{value:.3f}"


def _words(name: str) -> str:
    return name.replace("_", " ").replace(".", ", ")


def _last(prompt: object) -> str:
    return str(prompt[-1]["content"]) if isinstance(prompt, list) and prompt else str(prompt)


def _line(text: str) -> str:
    """Return a text as one quoted line that cannot break the page."""
    flat = " ".join(text.split())
    for sign in "\\`*_<>[]|#":
        flat = flat.replace(sign, f"\\{sign}")
    return flat[:400] + ("…" if len(flat) > 400 else "") if flat else "(nothing)"
