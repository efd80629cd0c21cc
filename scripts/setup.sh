#!/bin/bash
# Installs what a make target needs, in order, each step once: scripts/setup.sh demo|test|bench
# State lies in .setup/ (stamps, logs). A step whose inputs have not changed costs nothing and prints nothing.
set -euo pipefail
cd "$(dirname "$0")/.."
here=$PWD
mode=${1:?usage: scripts/setup.sh demo|test|bench}
mkdir -p .setup/stamps .setup/log
[ "${DEBUG:-}" ] && set -x

say() { printf 'setup  %s\n' "$*" >&2; }
die() { printf 'setup  failed: %s\n' "$*" >&2; exit 1; }

# quietly NAME COMMAND…: output goes to .setup/log/NAME.log; on failure its end is shown.
quietly() {
    local log=.setup/log/$1.log
    shift
    "$@" >"$log" 2>&1 || { tail -n 25 "$log" >&2; die "this did not work: $* (all of it: $log)"; }
}

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

# --- Debian packages: only those whose command (or file) is missing ------------------------------------------

wanted() {
    printf '%s\n' ffmpeg=ffmpeg ffprobe=ffmpeg bwrap=bubblewrap openssl=openssl
    [ "$mode" = demo ] && return
    printf '%s\n' chromium=chromium strace=strace curl=curl systemd-analyze=systemd lftp=lftp /usr/sbin/sshd=openssh-server \
        sftp=openssh-client /usr/lib/python3/dist-packages/pyftpdlib=python3-pyftpdlib \
        "/usr/lib/$(uname -m)-linux-gnu/libatomic.so.1=libatomic1" \
        /usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc=fonts-noto-cjk
    [ "$mode" = bench ] && echo aws=awscli
    return 0
}

missing_packages() {
    local need name
    "$python" -c 'import ensurepip, venv' 2>/dev/null || [ -x .venv/bin/pip ] || echo python3-venv
    while read -r need; do
        name=${need%%=*}
        case $name in
            /*) [ -e "$name" ] || echo "${need#*=}" ;;
            *) command -v "$name" >/dev/null || echo "${need#*=}" ;;
        esac
    done < <(wanted)
}

apt_install() {
    command -v apt-get >/dev/null || die "these are needed and there is no apt-get to install them with: $*"
    [ "$(id -u)" = 0 ] || command -v sudo >/dev/null ||
        die "neither root nor sudo; let an administrator run: apt-get install $*"
    say "Debian packages: $*"
    local apt=(env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3)
    quietly apt-update as_root "${apt[@]}" update
    case " $* " in *" openssh-server "*) hush_daemons ;; esac
    quietly apt-install as_root "${apt[@]}" install -y --no-install-recommends "$@"
}

# A server the tests start by themselves on loopback must not be started by its installation on every interface.
hush_daemons() {
    [ -e /usr/sbin/policy-rc.d ] && return
    trap 'as_root rm -f /usr/sbin/policy-rc.d' EXIT
    printf '#!/bin/sh\nexit 101\n' | as_root tee /usr/sbin/policy-rc.d >/dev/null
    as_root chmod 755 /usr/sbin/policy-rc.d
}

# --- Python: Debian's own first, then the first one on the PATH that is new enough ---------------------------

find_python() {
    local candidate
    for candidate in /usr/bin/python3 python3 python3.13 python3.12 python3.11; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$candidate"
            return
        fi
    done
    die "no Python 3.11 or newer found; on Debian 12: apt-get install python3"
}

# A virtual environment knows its own path: one that was moved or lost its Python is made anew.
venv_is_ours() {
    grep -qF "$here/.venv" .venv/bin/activate 2>/dev/null &&
        .venv/bin/python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

make_venv() {
    venv_is_ours && [ -x .venv/bin/pip ] && return
    say "Python environment .venv ($("$python" --version), $python)"
    rm -f .setup/stamps/libraries-* .setup/stamps/project
    quietly venv "$python" -m venv --clear .venv
}

digest_of() { cat "$@" | sha256sum | cut -c1-64; }
is_done() { [ "$(cat ".setup/stamps/$1" 2>/dev/null)" = "$2" ]; }
mark_done() { printf '%s\n' "$2" >".setup/stamps/$1"; }

# Wheels only: installing runs nobody's code, and every byte is in the lock by its hash.
install_libraries() {
    local lock=requirements.lock kind=demo
    [ "$mode" = demo ] || { lock=requirements-test.lock kind=test; }
    is_done libraries-$kind "$(digest_of $lock)" && return
    say "Python libraries from $lock (pinned and hashed; a minute or two)"
    quietly libraries .venv/bin/python -m pip install --disable-pip-version-check --no-input --no-compile \
        --no-deps --only-binary :all: --require-hashes -r $lock
    mark_done libraries-demo "$(digest_of requirements.lock)" # the test lock holds all of it
    [ $kind = demo ] || mark_done libraries-test "$(digest_of $lock)"
}

install_project() {
    is_done project "$(digest_of pyproject.toml)" && [ -x .venv/bin/liuhen ] && return
    say "the liuhen command"
    quietly project .venv/bin/python -m pip install --disable-pip-version-check --no-input --no-index \
        --no-deps --no-build-isolation --editable .
    mark_done project "$(digest_of pyproject.toml)"
}

# Knows itself whether it is up to date. A Node that brings its own list of certificate authorities must still trust
# the machine's.
fetch_assets() {
    local authorities=/etc/ssl/certs/ca-certificates.crt
    [ ! -e $authorities ] || export NODE_EXTRA_CA_CERTS=${NODE_EXTRA_CA_CERTS:-$authorities}
    bash scripts/assets.sh || die "the browser libraries are not there (see above)"
}

# nginx is unpacked beside us, not installed: installing it would start a web server on this machine.
unpack_nginx() {
    [ "$mode" = demo ] || command -v nginx >/dev/null || [ -x .setup/nginx/usr/sbin/nginx ] && return
    command -v apt-get >/dev/null || die "nginx is needed to check docker/nginx/liuhen.conf"
    say "nginx, unpacked under .setup/ to check the configuration with"
    rm -rf .setup/nginx && mkdir -p .setup/nginx
    apt-cache show nginx >/dev/null 2>&1 || quietly apt-update as_root apt-get -q update
    quietly nginx bash -c 'cd .setup/nginx && apt-get -q download nginx && dpkg-deb -x nginx_*.deb .'
}

exec 9>.setup/lock
flock 9 # two makes at once: the second waits, then finds all done
python=$(find_python)
mapfile -t packages < <(missing_packages | sort -u)
[ ${#packages[@]} = 0 ] || apt_install "${packages[@]}"
make_venv
install_libraries
fetch_assets
install_project
unpack_nginx
