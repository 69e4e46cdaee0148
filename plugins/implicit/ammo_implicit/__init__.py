"""Entity factors from likes, by the implicit library."""
