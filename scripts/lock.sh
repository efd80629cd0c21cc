#!/bin/bash
# Compiles pyproject.toml into requirements.lock and requirements-test.lock: hashed, and free of any host's address.
# Present pins are kept; `scripts/lock.sh --upgrade` takes the newest. uv comes from PyPI, into .setup/lock-venv.
set -euo pipefail
cd "$(dirname "$0")/.."
uv=.setup/lock-venv/bin/uv
if ! [ -x $uv ]; then
    echo 'lock   uv into .setup/lock-venv' >&2
    /usr/bin/python3 -m venv --clear .setup/lock-venv
    .setup/lock-venv/bin/pip install --disable-pip-version-check --quiet --only-binary :all: uv
fi
for group in build test; do
    lock=requirements.lock
    [ $group = build ] || lock=requirements-test.lock
    echo "lock   $lock" >&2
    UV_CUSTOM_COMPILE_COMMAND='make lock' $uv pip compile pyproject.toml --group $group --universal -p 3.11 \
        --generate-hashes --no-emit-index-url --no-emit-find-links --quiet -o $lock "$@"
done
