"""The web door: pages and APIs over the same views as the terminal."""
