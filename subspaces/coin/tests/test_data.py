"""The data inside the package, and the script that makes them."""

import gzip
import json
import subprocess
import sys
from importlib import resources
from pathlib import Path

import pytest
from ammo_subspace_coin.coins import COINS
from ammo_subspace_coin.prices import Prices

BUILD = Path(__file__).parents[1] / "tools" / "build_data.py"


def test_the_shipped_data_are_small_and_name_their_source() -> None:
    folder = resources.files("ammo_subspace_coin").joinpath("data")
    sizes = [len(item.read_bytes()) for item in folder.iterdir() if item.is_file()]
    assert sum(sizes) < 1_500_000
    entities = json.loads(folder.joinpath("entities.json").read_text(encoding="utf-8"))
    assert entities["notice"] == "Coin descriptions: Cosmos Chain Registry contributors, CC BY 4.0"


def test_every_coin_of_the_prices_is_known_and_the_other_way_round(prices: Prices) -> None:
    assert set(prices.symbols) == set(COINS)
    assert (str(prices.first), str(prices.last)) == ("2013-04-29", "2020-12-31")
    assert int((~(prices.close != prices.close)).sum()) == 32_781


@pytest.mark.slow
def test_the_build_script_writes_the_same_bytes_from_the_same_sources(tmp_path: Path) -> None:
    shipped = resources.files("ammo_subspace_coin").joinpath("data")
    source = tmp_path / "source"
    source.mkdir()
    rows = gzip.decompress(shipped.joinpath("prices.csv.gz").read_bytes()).decode().splitlines()
    whole = ["date,symbol,name,open,high,low,close,volume_usd,market_cap_usd"]
    for row in reversed(rows[1:]):
        day, symbol, close, volume = row.split(",")
        whole.append(f"{day},{symbol},x,1,1,1,{close},{volume},1")
    (source / "prices_daily.csv").write_text("\n".join(whole), encoding="utf-8")
    described = json.loads(shipped.joinpath("entities.json").read_text(encoding="utf-8"))["coins"]
    lines = [json.dumps({"symbol": s, "name": s, **record}) for s, record in described.items()]
    (source / "coins.jsonl").write_text("\n".join(lines), encoding="utf-8")
    out = tmp_path / "out"
    command = [sys.executable, str(BUILD), "--source", str(source), "--out", str(out)]
    subprocess.run(command, check=True)
    for name in ("prices.csv.gz", "entities.json"):
        made, kept = (out / name).read_bytes(), shipped.joinpath(name).read_bytes()
        if name.endswith(".gz"):
            made, kept = gzip.decompress(made), gzip.decompress(kept)
        assert made == kept
