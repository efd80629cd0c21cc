"""Verify a receipt with nothing of the archive but this package."""

import argparse
import sys

from archive.proof.command import add_arguments, run

if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m archive.proof", description="Verify a receipt offline.")
    add_arguments(parser)
    sys.exit(run(parser.parse_args()))
