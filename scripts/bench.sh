#!/bin/bash
# Speed measured beside plain tools doing the same work; prints one table, writes build/bench.json.
set -euo pipefail
cd "$(dirname "$0")/.."
export PYTHONPATH=tests
exec .venv/bin/python -m bench.run "$@"
