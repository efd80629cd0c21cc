"""Attacks on a throw-away archive: what prevents each, what finds it and when, and what nothing finds, as stated."""
