"""What is installed, read without importing any of it: manifests, trust by hash, and what keeps a plugin in its place (S2)."""
