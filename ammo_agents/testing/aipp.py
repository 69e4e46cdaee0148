"""The contract of an AiPP server as a check that any server can be run against over HTTP (docs/aipp.md).

::

    async with httpx.AsyncClient(base_url=url, headers={"Authorization": f"Bearer {token}"}) as you:
        report = await check_aipp(you, other=them)
        assert report.faults == () and report.unchecked == ()

From a shell: ``python -m ammo_agents.testing.aipp URL --token TOKEN [--other-token TOKEN]``. It needs a
person of its own with at least a dozen cards they have not seen: it votes, and takes its votes back.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from dataclasses import dataclass
from typing import Literal

import httpx
from pydantic import ValidationError

from ammo_agents.testing.aipp_exchange import (
    BrokenRuleError,
    Exchange,
    Rule,
    UncheckedRuleError,
)
from ammo_agents.testing.aipp_rules import RULES

State = Literal["kept", "broken", "unchecked"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What came of one rule."""

    rule: str
    promise: str
    """What the server must do."""
    state: State
    fault: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AippReport:
    """What `check_aipp` found, rule by rule. A server conforms when `faults` and `unchecked` are empty."""

    rules: tuple[Checked, ...]

    @property
    def faults(self) -> tuple[str, ...]:
        """The broken rules, each with what the server did instead."""
        return tuple(f"{r.rule}: {r.fault}" for r in self.rules if r.state == "broken")

    @property
    def unchecked(self) -> tuple[str, ...]:
        """The rules that could not be looked at, and why: they are not passed."""
        return tuple(f"{r.rule}: {r.fault}" for r in self.rules if r.state == "unchecked")

    @property
    def text(self) -> str:
        """The report, a line per rule."""
        marks = {"kept": "ok  ", "broken": "FAIL", "unchecked": "?   "}
        lines = [
            f"{marks[r.state]} {r.rule:24} {r.promise if r.state == 'kept' else r.fault}"
            for r in self.rules
        ]
        kept = sum(r.state == "kept" for r in self.rules)
        return "\n".join([*lines, f"{kept} of {len(self.rules)} rules kept"])


async def check_aipp(
    client: httpx.AsyncClient,
    *,
    other: httpx.AsyncClient | None = None,
    subspace: str | None = None,
) -> AippReport:
    """Return what the server at `client`'s base address breaks of the protocol.

    `client` and `other` carry the bearer tokens of two people; without `other` the rules about foreign
    ids stay unchecked, and are told as such.
    """
    exchange = Exchange(you=client, other=other, subspace=subspace)
    return AippReport(rules=tuple([await _checked(rule, exchange) for rule in RULES]))


async def _checked(rule: Rule, exchange: Exchange) -> Checked:
    name = getattr(rule, "__name__", "rule").replace("_", "-")
    promise = (rule.__doc__ or "").strip().splitlines()[0]
    state: State = "broken"
    try:
        await rule(exchange)
    except BrokenRuleError as broken:
        fault = str(broken)
    except UncheckedRuleError as missing:
        state, fault = "unchecked", str(missing)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        fault = f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    except (httpx.HTTPError, ValueError, KeyError, IndexError, TypeError) as error:
        fault = f"{type(error).__name__}: {error}"
    else:
        state, fault = "kept", ""
    return Checked(rule=name, promise=promise, state=state, fault=fault)


def main(words: list[str] | None = None) -> int:
    """Check a server and print the report; 0 = every rule was looked at and kept."""
    parser = argparse.ArgumentParser(
        prog="python -m ammo_agents.testing.aipp",
        description="Check that a server keeps the AI Preference Protocol.",
    )
    parser.add_argument("url", help="where the server listens: http://127.0.0.1:8642")
    parser.add_argument("--token", required=True, help="bearer token of the person that votes")
    parser.add_argument("--other-token", help="bearer token of somebody else")
    parser.add_argument("--subspace", help="where to ask for cards")
    given = parser.parse_args(words)

    async def run() -> AippReport:
        async with (
            _client(given.url, given.token) as you,
            _client(given.url, given.other_token or "") as them,
        ):
            return await check_aipp(
                you, other=them if given.other_token else None, subspace=given.subspace
            )

    report = asyncio.run(run())
    sys.stdout.write(report.text + os.linesep)
    return 1 if report.faults or report.unchecked else 0


def _client(url: str, token: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=60, trust_env=False
    )


if __name__ == "__main__":
    sys.exit(main())
