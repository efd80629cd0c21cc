#!/bin/bash
# The fresh machine trial: a bare Debian 12 in a folder, a clone of HEAD, `make demo ONCE=1`, `make test`, times.
# As root, with debootstrap and a network. scripts/try-chroot.sh [FOLDER] [TARGET…]
#   FOLDER   where the machine is built (default /var/tmp/liuhen-bookworm); KEEP=1 leaves it there afterwards
#   TARGET   make targets, one quoted word each (default: 'demo ONCE=1' 'setup' 'test'; setup shows what a repeat costs)
#   MIRROR   a Debian mirror; BIND  folders of this machine the new one shall see, read-only, separated by blanks
# The machine's configuration (package sources, certificate authorities, /etc/pip.conf, /etc/npmrc) is copied in;
# nothing from a home folder is.
set -euo pipefail
cd "$(dirname "$0")/.."
[ "$(id -u)" = 0 ] || { echo 'try-chroot: needs root' >&2; exit 2; }
command -v debootstrap >/dev/null || { echo 'try-chroot: apt-get install debootstrap' >&2; exit 2; }
folder=${1:-/var/tmp/liuhen-bookworm}
shift || true
targets=("$@")
[ $# -gt 0 ] || targets=('demo ONCE=1' 'setup' 'test')
mounts=()

attach() { # OPTION SOURCE TARGET
    mkdir -p "$folder$3"
    mount "$1" "$2" "$folder$3"
    mounts+=("$folder$3")
}

tidy() {
    local at
    for ((at = ${#mounts[@]} - 1; at >= 0; at--)); do
        umount "${mounts[at]}" || { echo "try-chroot: ${mounts[at]} is still in use; $folder is left" >&2; return; }
    done
    [ "${KEEP:-}" ] || rm -rf --one-file-system "$folder"
}
trap tidy EXIT

base() {
    [ -e "$folder/etc/debian_version" ] && return
    debootstrap --variant=minbase --include=git,make,python3,ca-certificates bookworm "$folder" ${MIRROR:+"$MIRROR"}
}

configure() {
    local file
    cp /etc/resolv.conf "$folder/etc/resolv.conf"
    for file in /etc/apt/sources.list /etc/apt/sources.list.d /etc/apt/apt.conf.d /etc/apt/preferences.d \
        /etc/apt/keyrings /etc/apt/trusted.gpg.d /usr/local/share/ca-certificates /etc/pip.conf /etc/npmrc; do
        [ ! -e "$file" ] || { mkdir -p "$folder$(dirname "$file")" && cp -a "$file" "$folder$(dirname "$file")/"; }
    done
    in_machine update-ca-certificates
}

in_machine() { chroot "$folder" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"; }

base >"${TMPDIR:-/tmp}/try-chroot-debootstrap.log" 2>&1
attach --bind /proc /proc
attach --bind /dev /dev
attach --bind /dev/pts /dev/pts
attach --bind /dev/shm /dev/shm
for shared in ${BIND:-}; do attach --rbind "$shared" "$shared"; done
configure >/dev/null
rm -rf "$folder/srv/liuhen"
git clone --quiet --no-hardlinks . "$folder/srv/liuhen"

report=()
status=0
for target in "${targets[@]}"; do
    echo "== make $target" >&2
    began=$SECONDS
    # shellcheck disable=SC2086  # a target may carry variables: 'demo ONCE=1'
    in_machine make --no-print-directory -C /srv/liuhen $target && outcome=0 || outcome=$?
    report+=("$(printf '%6d s  exit %d  make %s' $((SECONDS - began)) "$outcome" "$target")")
    [ "$outcome" = 0 ] || status=1
done
printf '%s\n' "${report[@]}"
exit $status
