# shellcheck shell=bash disable=SC2034,SC2119,SC2120
# SPDX-License-Identifier: Apache-2.0
# What the scripts in this folder share. Sourced, never run.
set -euo pipefail
shopt -s inherit_errexit

# Results that are dear to make and safe to keep; NODESEED_CACHE moves them. Each entry's name ends in
# a key over the recipe that made it, so that a changed recipe never meets an old result.
cache=${NODESEED_CACHE:-/var/cache/nodeseed}
images=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }
die() {
    say "$*"
    exit 1
}
need_root() { [ "$(id -u)" = 0 ] || die "needs root, as in: sudo make up"; }

# recipe_key THING...: a short key. A THING is a function's name (its body counts, its comments do
# not), a file, or a plain word.
recipe_key() {
    local thing
    for thing; do
        if declare -F "$thing" >/dev/null; then
            declare -f "$thing"
        elif [ -f "$thing" ]; then
            sha256sum <"$thing"
        else
            printf '%s\n' "$thing"
        fi
    done | sha256sum | cut -c1-12
}

# cached NAME FUNCTION: sets `result` to the cache entry NAME. When it is not there yet, FUNCTION is
# run with an empty folder as its argument, and only what it finished becomes the entry: a build that
# was cut off never counts. Two builds of one entry at once wait for each other. Entries that nobody
# asked for in a month are removed.
cached() {
    result=$cache/$1
    if [ -e "$result" ]; then
        touch "$result" 2>/dev/null || true # someone else's cache may be used by all
        return 0
    fi
    mkdir -p "$cache"
    local lock temp
    exec {lock}>"$cache/.$1.lock"
    flock "$lock"
    if [ ! -e "$result" ]; then
        find "$cache" -maxdepth 1 -name ".$1.tmp.*" -exec rm -rf {} +
        temp=$(mktemp -d "$cache/.$1.tmp.XXXXXX")
        chmod 755 "$temp"
        "$2" "$temp"
        sync -f "$temp"
        touch "$temp"
        mv -T "$temp" "$result"
        find "$cache" -maxdepth 1 -name "${1%-*}-*" -mtime +30 -exec rm -rf {} +
    fi
    exec {lock}>&-
}

# debian_archives TYPE: the Debian archives that this machine's apt takes packages from, as lines of a
# sources.list; TYPE is deb or deb-src.
debian_archives() {
    local lines
    # shellcheck disable=SC2016
    lines=$(apt-get indextargets 'Created-By: Packages' 'Origin: Debian' --format \
        '[signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $(REPO_URI) $(RELEASE) $(COMPONENT)' |
        sort -u | sed "s/^/$1 /")
    [ -n "$lines" ] || die "apt knows no Debian archive: run apt-get update"
    echo "$lines"
}

# apt_settings: options for mmdebstrap. Its apt reads nothing of this machine's: how archives are reached
# is handed on.
apt_settings() {
    apt-config dump --format '%f "%v";%n' Acquire::http::Proxy Acquire::https::Proxy \
        Acquire::Check-Valid-Until Acquire::Check-Date | sed 's/^/--aptopt=/'
}

# debian_source PACKAGE FOLDER: fetches Debian's source package into FOLDER/tree, every file checked by
# apt's chain of signatures. Source indexes are kept in a list folder of our own: the machine's
# configuration of apt stays as it is.
debian_source() {
    local package=$1 folder=$2 lists=$cache/apt-sources
    mkdir -p "$lists/lists/partial" "$folder"
    debian_archives deb-src >"$lists/sources.list"
    local own=(-qq -o "Dir::Etc::SourceList=$lists/sources.list" -o Dir::Etc::SourceParts=/dev/null
        -o "Dir::State::Lists=$lists/lists" -o APT::Sandbox::User=root)
    apt-get "${own[@]}" update
    (cd "$folder" && apt-get "${own[@]}" source --download-only "$package" &&
        dpkg-source -x "${package}"_*.dsc tree >/dev/null) || die "cannot fetch source package $package"
}
