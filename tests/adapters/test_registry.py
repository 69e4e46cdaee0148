import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import made_adapters as made
import pytest

from ammo_agents.adapters.fitting import misfit, tenths
from ammo_agents.adapters.folder import AdapterFolder
from ammo_agents.adapters.manifest import AdapterManifest
from ammo_agents.adapters.registry import Registry
from ammo_agents.adapters.verdict import Check, Verdict, verdict_of
from ammo_agents.errors import (
    AdapterError,
    BadInputError,
    NotFoundError,
    RefusedError,
    TamperedError,
)
from ammo_agents.ledger import SqliteLedger
from ammo_agents.records import Mix, ModelCard, ModelFile

YES = Verdict(passed=True, checks=(Check(name="pairs", passed=True),))
NO = Verdict(passed=False, checks=(Check(name="pairs", passed=False, said="12"),), why="pairs: 12")
LOOSE = Verdict(
    passed=False, checks=(Check(name="grounding rate", passed=False, said="0.4"),), why="grounding"
)


@pytest.fixture
async def registry(tmp_path: Path) -> AsyncIterator[Registry]:
    ledger = await SqliteLedger.open(tmp_path / "ledger.db", free_space_mb=0)
    yield Registry(ledger.diary, AdapterFolder(tmp_path / "training" / "adapters"))
    await ledger.close()


@pytest.fixture
async def three(tmp_path: Path) -> list[AdapterManifest]:
    return [await asyncio.to_thread(made.kept, tmp_path, word) for word in ("one", "two", "three")]


async def test_the_narrowest_target_that_names_an_adapter_wins(
    registry: Registry, three: list[AdapterManifest]
) -> None:
    assert (await registry.live("coin", "bitcoin")).adapter == ""
    for target, one in zip(("*", "coin", "coin/bitcoin"), three, strict=True):
        await registry.promote(target, one.id, by="anna", gate=YES)
    assert (await registry.live("coin", "bitcoin")).adapter == three[2].id
    assert (await registry.live("coin", "coin/bitcoin")).adapter == three[2].id
    assert (await registry.live("coin", "solana")).adapter == three[1].id
    assert (await registry.live("coin")).adapter == three[1].id
    assert (await registry.live("movie", "alien")).adapter == three[0].id
    await registry.rollback("coin/bitcoin", by="anna")
    assert (await registry.live("coin", "bitcoin")).adapter == three[1].id


async def test_rollback_walks_back_step_by_step_to_the_base(
    registry: Registry, three: list[AdapterManifest]
) -> None:
    for one in (*three, three[0]):
        await registry.promote("coin", one.id, by="anna", gate=YES)
    for wanted in (three[2].id, three[1].id, three[0].id, ""):
        change = await registry.rollback("coin", by="anna", reason="worse")
        assert change.adapter == wanted == (await registry.live("coin")).adapter
    with pytest.raises(RefusedError, match="nothing is promoted"):
        await registry.rollback("coin", by="anna")
    acts = [change.act for change in await registry.history("coin")]
    assert acts == ["promote"] * 4 + ["rollback"] * 4


async def test_what_is_live_is_promoted_once(
    registry: Registry, three: list[AdapterManifest]
) -> None:
    one = await registry.promote("coin", three[0].id, by="anna", gate=YES)
    assert await registry.promote("coin", three[0].id, by="anna", gate=YES) == one
    assert len(await registry.history()) == 1


async def test_a_closed_gate_opens_for_a_reason_that_is_kept_and_never_for_less_grounding(
    registry: Registry, three: list[AdapterManifest]
) -> None:
    with pytest.raises(RefusedError, match="pairs: 12") as caught:
        await registry.promote("coin", three[0].id, by="anna", gate=NO)
    assert caught.value.exit_code == 3
    with pytest.raises(RefusedError):
        await registry.promote("coin", three[0].id, by="anna", gate=NO, reason="   ")
    change = await registry.promote("coin", three[0].id, by="anna", gate=NO, reason="a trial")
    assert (change.reason, change.gate["failed"]) == ("a trial", ["pairs"])
    with pytest.raises(RefusedError, match="sources"):
        await registry.promote("coin", three[1].id, by="anna", gate=LOOSE, reason="please")
    assert (await registry.live("coin")).adapter == three[0].id


async def test_an_altered_or_unknown_adapter_is_never_promoted_and_never_writes(
    registry: Registry, three: list[AdapterManifest]
) -> None:
    one, two, _ = three
    await registry.promote("coin", one.id, by="anna", gate=YES)
    for each in (one, two):
        await asyncio.to_thread((registry.folder.path(each.id) / "adapter.gguf").write_bytes, b"GGUFx")  # fmt: skip
    with pytest.raises(TamperedError):
        await registry.promote("coin", two.id, by="anna", gate=YES, reason="please")
    with pytest.raises(NotFoundError):
        await registry.promote("coin", "a_0123456789abcdef", by="anna", gate=YES)
    found = await registry.live("coin")
    assert found.adapter == ""
    assert "adapter.gguf" in found.fault


async def test_rollback_passes_over_what_may_no_longer_write(
    registry: Registry, three: list[AdapterManifest]
) -> None:
    for one in three:
        await registry.promote("coin", one.id, by="anna", gate=YES)
    await asyncio.to_thread((registry.folder.path(three[1].id) / "adapter.gguf").unlink)
    change = await registry.rollback("coin", by="anna")
    assert change.adapter == three[0].id
    assert "passed over" in change.reason
    assert (await registry.rollback("coin", by="anna")).adapter == ""


async def test_taint_reaches_every_descendant_and_closes_the_gate(
    registry: Registry, tmp_path: Path
) -> None:
    def family() -> list[AdapterManifest]:
        root = made.kept(tmp_path, "root", people=("p1",), events=("b_1",))
        child = made.kept(tmp_path, "child", parents=(root.id,), people=("p1", "p2"))
        # A grandchild whose manifest says nothing of the people before it.
        grandchild = made.kept(tmp_path, "grandchild", parents=(child.id,))
        other = made.kept(tmp_path, "other", people=("p3",), events=("b_9",))
        return [root, child, grandchild, other]

    *line, other = await asyncio.to_thread(family)
    await registry.promote("coin", line[2].id, by="anna", gate=YES)
    assert set(await registry.taint(reason="forgotten", people=["p1"])) == {m.id for m in line}
    assert await registry.taint(reason="forgotten", people=["p1"]) == ()
    found = await registry.live("coin")
    assert found.adapter == ""
    assert "tainted: forgotten" in found.fault
    for one in line:
        with pytest.raises(RefusedError, match="tainted"):
            await registry.promote("movie", one.id, by="anna", gate=YES, reason="please")
    await registry.promote("movie", other.id, by="anna", gate=YES)
    assert await registry.taint(reason="forgotten", events=["b_9"]) == (other.id,)


@pytest.mark.parametrize("target", ["", "@coin/bitcoin", "a/b/c", "coin/", "coin\n"])
async def test_a_target_that_is_none_is_refused(
    registry: Registry, three: list[AdapterManifest], target: str
) -> None:
    with pytest.raises(BadInputError):
        await registry.promote(target, three[0].id, by="anna", gate=YES)


async def test_the_gate_is_read_from_the_report_of_the_very_adapter(tmp_path: Path) -> None:
    def found() -> list[Verdict]:
        runs = tmp_path / "training" / "runs"
        good = made.kept(tmp_path, "good")
        short = made.kept(tmp_path, "short", bars=made.SHORT)
        loose = made.kept(tmp_path, "loose", bars=made.LOOSE)
        none = made.kept(tmp_path, "none", bars=None)
        empty = made.kept(tmp_path, "empty", bars=[])
        other = made.kept(tmp_path, "other")
        report = runs / other.run / "report.json"
        report.write_text(report.read_text("utf-8").replace(other.id, good.id), "utf-8")
        broken = made.kept(tmp_path, "broken")
        (runs / broken.run / "report.json").write_text("{", encoding="utf-8")
        away = made.kept(tmp_path, "away", bars=None)
        outside = AdapterFolder(tmp_path / "training" / "adapters").add(
            tmp_path / "training" / "given-away", made.manifest(run="../runs/run-good")
        )
        every = (good, short, loose, none, empty, other, broken, away, outside)
        return [verdict_of(runs, one) for one in every]

    good, short, loose, *rest = await asyncio.to_thread(found)
    assert good.passed
    assert not good.grounding_worse
    assert (short.passed, short.why) == (False, "held-out pairs: 12 pairs")
    assert loose.grounding_worse
    assert not any(one.passed for one in rest)
    assert all(one.why for one in rest)


def test_an_adapter_of_another_base_does_not_fit_and_both_are_named() -> None:
    file = ModelFile(name="m.gguf", size=1, sha256="cd" * 32)
    card = ModelCard(id="local/m", title="M", adapters=True, files=(file,))
    why = misfit(made.manifest(), card)
    assert "abababababab" in why
    assert "cdcdcdcdcdcd" in why
    assert misfit(made.manifest(base_sha256="cd" * 32), card) == ""
    assert "takes no adapters" in misfit(made.manifest(), ModelCard(id="a/b", title="B"))


def test_scales_are_served_in_tenths_and_odd_mixtures_refused() -> None:
    a, b = "a_000000000000000a", "a_000000000000000b"
    found = tenths([Mix(id=b, scale=0.449), Mix(id=a, scale=1.0), Mix(id="c", scale=0.04)])
    assert found == (Mix(id=a, scale=1.0), Mix(id=b, scale=0.4))
    for bad in ([Mix(id=a), Mix(id=a)], [Mix(id=a, scale=float("nan"))], [Mix(id=a, scale=-1)], [Mix(id=a, scale=99)]):  # fmt: skip
        with pytest.raises(AdapterError):
            tenths(bad)


PROMOTE = """
import asyncio, itertools, sys
from pathlib import Path
from ammo_agents.adapters.folder import AdapterFolder
from ammo_agents.adapters.registry import Registry
from ammo_agents.adapters.verdict import Check, Verdict
from ammo_agents.ledger import SqliteLedger

async def main():
    root, *ids = sys.argv[1:]
    ledger = await SqliteLedger.open(Path(root) / "ledger.db", free_space_mb=0)
    registry = Registry(ledger.diary, AdapterFolder(Path(root) / "training" / "adapters"))
    gate = Verdict(passed=True, checks=(Check(name="pairs", passed=True),))
    print("ready", flush=True)
    for id in itertools.cycle(ids):
        await registry.promote("coin", id, by="anna", gate=gate)
        print(id, flush=True)

asyncio.run(main())
"""


@pytest.mark.slow
@pytest.mark.parametrize("after", [0.0, 0.03, 0.07])
def test_a_kill_while_promoting_leaves_the_old_or_the_new(tmp_path: Path, after: float) -> None:
    ids = [made.kept(tmp_path, word).id for word in ("one", "two")]
    child = subprocess.Popen(
        [sys.executable, "-c", PROMOTE, str(tmp_path), *ids], stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    child.stdout.readline()
    try:
        child.wait(timeout=0.2 + after)
    except subprocess.TimeoutExpired:
        os.kill(child.pid, signal.SIGKILL)
    said = child.stdout.read().split()
    child.wait()
    child.stdout.close()

    async def found() -> tuple[str, int]:
        ledger = await SqliteLedger.open(tmp_path / "ledger.db", free_space_mb=0)
        registry = Registry(ledger.diary, AdapterFolder(tmp_path / "training" / "adapters"))
        live, changes = await registry.live("coin"), await registry.history("coin")
        assert live.fault == ""
        assert [change.adapter for change in changes] == [ids[n % 2] for n in range(len(changes))]
        await ledger.close()
        return live.adapter, len(changes)

    live, count = asyncio.run(found())
    assert count in {len(said), len(said) + 1}, "every promotion that was told of is kept"
    assert live == (ids[(count - 1) % 2] if count else "")
