"""Skills for coding agents, as Markdown files: `ammo skill` prints them."""
