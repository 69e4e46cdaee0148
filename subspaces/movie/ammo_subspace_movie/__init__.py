"""The Movie subspace: films, who made them, and how they hang together."""
