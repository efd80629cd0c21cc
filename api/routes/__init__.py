"""HTTP doors: each route parses, calls one use case, and answers."""
