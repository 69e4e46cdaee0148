"""The Coin subspace: crypto assets, their facts and their daily shifts."""
