"""Verify a receipt with nothing of the archive but this package."""

import sys

from archive.proof.command import main

if __name__ == "__main__":
    sys.exit(main("python -m archive.proof"))
