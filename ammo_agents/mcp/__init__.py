"""The door for other agents: AMMO's verbs as tools of the Model Context Protocol."""
