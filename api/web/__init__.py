"""The pages a person sees: what they show, their words in two languages, and the browser's own code."""

from pathlib import Path

STATIC = Path(__file__).parent / "static"
