"""Replays people's ratings: how well would each method have served them (W14)."""
