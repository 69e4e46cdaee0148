"""The model and the embedder that run on this machine: the default."""
