"""The reference dock agent: recorders in slots, a journal that survives power cuts, delivery, wiping last of all."""
