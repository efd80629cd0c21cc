"""Real sample recordings shipped for the demo and the tests; origins and licences in LICENSES.md."""

from pathlib import Path

SAMPLES = Path(__file__).parent
