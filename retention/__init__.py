"""How long, by what rule, and whether the promise still holds."""
