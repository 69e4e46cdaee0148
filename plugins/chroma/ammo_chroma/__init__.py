"""The vector store of a MetaSpace on Chroma."""
