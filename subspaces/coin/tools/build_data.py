"""Builds the compact data the plugin ships, from a folder with the full sources; same input, same bytes.

Run: ``python subspaces/coin/tools/build_data.py --source DIR``, where DIR holds ``prices_daily.csv`` and ``coins.jsonl``.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import io
import json
from pathlib import Path

OUT = Path(__file__).parents[1] / "ammo_subspace_coin" / "data"
FIELDS = ("date", "symbol", "close", "volume_usd")
COINGECKO = {
    "AAVE": "aave",
    "ATOM": "cosmos",
    "BNB": "binancecoin",
    "BTC": "bitcoin",
    "CRO": "crypto-com-chain",
    "DOGE": "dogecoin",
    "DOT": "polkadot",
    "ETH": "ethereum",
    "LINK": "chainlink",
    "LTC": "litecoin",
    "SOL": "solana",
    "TRX": "tron",
    "UNI": "uniswap",
    "USDC": "usd-coin",
    "USDT": "tether",
    "WBTC": "wrapped-bitcoin",
    "XLM": "stellar",
    "XRP": "ripple",
}
"""Symbol → coingecko id. Symbols repeat among tokens, so descriptions are joined by the id."""


def pack_prices(source: Path) -> bytes:
    """Return the gzipped CSV of dates, symbols, closes and volumes, sorted, digits as in the source."""
    with source.open(encoding="utf-8", newline="") as file:
        rows = sorted(tuple(row[f] for f in FIELDS) for row in csv.DictReader(file))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("date", "symbol", "close", "volume"))
    writer.writerows(rows)
    return gzip.compress(text.getvalue().encode(), compresslevel=9, mtime=0)


def pick_descriptions(source: Path) -> str:
    """Return the descriptions of our coins as JSON, by symbol."""
    wanted = {gecko: symbol for symbol, gecko in COINGECKO.items()}
    found: dict[str, dict[str, str]] = {}
    with source.open(encoding="utf-8") as file:
        for line in file:
            record = json.loads(line)
            symbol = wanted.get(record["coingecko_id"] or "")
            if symbol is not None:
                found[symbol] = {
                    "coingecko_id": record["coingecko_id"],
                    "description": record["description"],
                    "extended_description": record["extended_description"],
                    "website": record["website"],
                }
    if set(found) != set(COINGECKO):
        raise SystemExit(f"no description of {sorted(set(COINGECKO) - set(found))} in {source}")
    notice = "Coin descriptions: Cosmos Chain Registry contributors, CC BY 4.0"
    whole = {"notice": notice, "coins": found}
    return json.dumps(whole, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def main() -> None:
    """Write ``prices.csv.gz`` and ``entities.json`` into the package."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--source", type=Path, required=True, help="folder with the full sources")
    parser.add_argument("--out", type=Path, default=OUT, help="folder to write to")
    options = parser.parse_args()
    options.out.mkdir(exist_ok=True)
    prices = pack_prices(options.source / "prices_daily.csv")
    (options.out / "prices.csv.gz").write_bytes(prices)
    described = pick_descriptions(options.source / "coins.jsonl")
    (options.out / "entities.json").write_text(described, encoding="utf-8")


if __name__ == "__main__":
    main()
