"""The coins of this subspace by symbol: names, slugs and what is certain about each."""

from __future__ import annotations

from dataclasses import dataclass

from ammo_agents.records import EntityId, SubspaceId

COIN = SubspaceId("coin")
MARKET = EntityId("coin/market")


@dataclass(frozen=True, slots=True)
class Coin:
    """One coin of the price table."""

    symbol: str
    name: str
    slug: str

    @property
    def id(self) -> EntityId:
        """Return its entity id."""
        return EntityId(f"{COIN}/{self.slug}")


COINS = {
    coin.symbol: coin
    for coin in (
        Coin("AAVE", "Aave", "aave"),
        Coin("ADA", "Cardano", "cardano"),
        Coin("ATOM", "Cosmos", "cosmos"),
        Coin("BNB", "Binance Coin", "binance-coin"),
        Coin("BTC", "Bitcoin", "bitcoin"),
        Coin("CRO", "Crypto.com Coin", "crypto-com-coin"),
        Coin("DOGE", "Dogecoin", "dogecoin"),
        Coin("DOT", "Polkadot", "polkadot"),
        Coin("EOS", "EOS", "eos"),
        Coin("ETH", "Ethereum", "ethereum"),
        Coin("LINK", "Chainlink", "chainlink"),
        Coin("LTC", "Litecoin", "litecoin"),
        Coin("MIOTA", "IOTA", "iota"),
        Coin("SOL", "Solana", "solana"),
        Coin("TRX", "TRON", "tron"),
        Coin("UNI", "Uniswap", "uniswap"),
        Coin("USDC", "USD Coin", "usd-coin"),
        Coin("USDT", "Tether", "tether"),
        Coin("WBTC", "Wrapped Bitcoin", "wrapped-bitcoin"),
        Coin("XEM", "NEM", "nem"),
        Coin("XLM", "Stellar", "stellar"),
        Coin("XMR", "Monero", "monero"),
        Coin("XRP", "XRP", "xrp"),
    )
}
"""Symbol → coin, for every column of the shipped prices."""
