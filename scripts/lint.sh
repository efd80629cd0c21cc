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
run deptry .
