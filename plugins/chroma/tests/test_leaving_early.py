"""A close that does not wait for a store that is still being opened."""

from pathlib import Path

import pytest
from ammo_chroma.plugin import ChromaStores

from ammo_agents.metaspace.index import Index
from ammo_agents.ports import IndexRow
from ammo_agents.testing.stores import RowsLedger, unit_matrix


@pytest.mark.slow
@pytest.mark.parametrize("grace", [0.0, 0.3, 5.0])
async def test_a_close_in_the_middle_of_opening_leaves_nothing_that_harms(
    tmp_path: Path, grace: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ammo_agents.metaspace.index.GRACE_S", grace)
    ledger = RowsLedger()
    rows = unit_matrix(40)
    for i, row in enumerate(rows):
        ledger.put("creations", IndexRow(id=f"c_{i:02d}", vector=row, tags={"day": i}))
    for _ in range(3):
        index = await Index.open(ledger, ChromaStores(), tmp_path, dim=16, space="s")
        assert (await index.search("creations", rows[3], 1))[0].id == "c_03"
        await index.close()
    index = await Index.open(ledger, ChromaStores(), tmp_path, dim=16, space="s")
    await index.settled()
    assert index.health()["state"] == "ok"
    assert (await index.verify())["wrong"] == 0
    await index.close()
