"""One shared embedding space: its embedder, its creations, its stores."""
