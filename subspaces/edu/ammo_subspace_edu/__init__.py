"""The Edu subspace: courses with their prerequisites, and how they hang together."""
