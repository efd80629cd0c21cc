"""Writes the one-file HTML verifier to build/verifier/; verifier.py publishes its digest."""

from pathlib import Path

from api.web.verifier_page import build

TARGET = Path(__file__).resolve().parents[1] / "build" / "verifier" / "liuhen-verify.html"


def main() -> None:
    """The same bytes from the same sources, every time."""
    page = build()
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_bytes(page)


if __name__ == "__main__":
    main()
