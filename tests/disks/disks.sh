# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# For the tests of this folder: loop devices in a mount namespace and a sysfs tree of the test's own,
# because loop devices have no serial. A test begins with
#   source "$(dirname "$0")/disks.sh"
# and ends with `finish`. It needs root and loop devices, and skips loudly without.
set -uo pipefail
if [ "$(id -u)" != 0 ] || ! [ -e /dev/loop-control ]; then
    echo "1..0 # SKIP needs root and loop devices"
    exit 0
fi
if [ -z "${IN_NAMESPACE:-}" ]; then
    IN_NAMESPACE=1 exec unshare --mount --propagation private "$0" "$@"
fi

TOOL=$PWD/$BUILD/tests/disks/disk_tool
WORK=$(mktemp -d /tmp/test-disks.XXXXXX)
mount -t tmpfs -o size=1g test-disks "$WORK" # many small syncs: not for this machine's disk
ROOT=$WORK/root
CLUSTER=cccccccc-0000-4000-8000-000000000003
# Of this run alone: the kernel mounts no two XFS of one UUID, in whatever namespaces they are.
# shellcheck disable=SC2034 # the tests use them
UUID=$(cat /proc/sys/kernel/random/uuid)
# shellcheck disable=SC2034
OTHER=$(cat /proc/sys/kernel/random/uuid)
count=0
loops=()

cleanup() {
    local d
    awk -v root="$WORK" 'index($5, root) == 1 { print $5 }' /proc/self/mountinfo | sort -r |
        while read -r d; do umount -l "$d"; done
    for d in "${loops[@]}"; do losetup -d "$d"; done
    rm -rf "$WORK"
}
trap cleanup EXIT

# ok WHAT CONDITION…: one line of TAP; says what the tool said when the condition does not hold.
ok() {
    local what=$1
    shift
    count=$((count + 1))
    if "$@"; then
        echo "ok $count - $what"
    else
        echo "not ok $count - $what"
        echo "# wanted: $*; status ${status:-?}, said:"
        sed 's/^/#   /' "$WORK/said" 2>/dev/null
    fi
}

finish() {
    echo "1..$count"
}

# new_root: an empty machine.
new_root() {
    awk -v root="$ROOT" 'index($5, root) == 1 { print $5 }' /proc/self/mountinfo | sort -r |
        while read -r d; do umount "$d"; done
    rm -rf "$ROOT"
    mkdir -p "$ROOT/etc" "$ROOT/run" "$ROOT/sys/block"
    ln -s /dev "$ROOT/dev"
    ln -s /proc "$ROOT/proc"
    ln -s /sys/dev "$ROOT/sys/dev"
    printf '# the machine'\''s own\n/dev/vda1 / ext4 errors=remount-ro 0 1\n' >"$ROOT/etc/fstab"
}

# new_disk NAME MIB: sets NAME to a blank loop device.
new_disk() {
    local file=$WORK/$1.img dev
    rm -f "$file"
    truncate -s "$2M" "$file"
    dev=$(losetup -f --show "$file") || exit 1
    loops+=("$dev")
    printf -v "$1" %s "$dev"
}

# plug DEV SERIAL [PCI]: the machine finds the device at that place.
plug() {
    local name=${1#/dev/} folder n
    folder=$ROOT/sys/devices/pci0000:00/0000:00:${3:-05.0}/virtio1/block/$name
    mkdir -p "$folder/holders"
    ln -sfn "$folder" "$ROOT/sys/block/$name"
    cat "/sys/block/$name/dev" >"$folder/dev"
    echo $(($(blockdev --getsize64 "$1") / 512)) >"$folder/size"
    echo 0 >"$folder/ro"
    echo "$2" >"$folder/serial"
    # partitions, as soon as the kernel has them
    for n in 1 2 3 4; do ln -sfn "/sys/block/$name/${name}p$n" "$folder/${name}p$n"; done
}

# want SERIAL UUID [POLICY [FS [LABEL]]]: one entry of "disks".
want() {
    printf '{"match":{"serial":"%s"},"policy":"%s","fs":"%s","label":"%s","uuid":"%s","mount":"/mnt/disks/%s"}' \
        "$1" "${3:-format-if-blank}" "${4:-ext4}" "${5:-}" "$2" "$2"
}

# config ENTRY…: what the host is told.
config() {
    local IFS=,
    printf '{"cluster":{"id":"%s"},"host":{"name":"%s"},"disks":[%s]}' \
        "${AS_CLUSTER:-$CLUSTER}" "${AS_HOST:-node1}" "$*" >"$WORK/config.json"
}

# step is-done|run: sets status.
step() {
    # the shell's own word about a killed program is not wanted
    { NODESEED_CUT_AT=${CUT:-} "$TOOL" "$ROOT" "$WORK/config.json" "$1" >"$WORK/said" 2>&1; } 2>/dev/null
    status=$?
}

json_is() { jq -e "$@" >/dev/null 2>&1; }
said() { grep -qF -- "$1" "$WORK/said"; }
hash_of() { sha256sum <"$1" | cut -d' ' -f1; }
uuid_on() { blkid -p -o value -s UUID "$1"; }
mounted_at() { [ "$(findmnt -rno TARGET "$1")" = "$ROOT$2" ]; }
write_at() { dd of="$1" bs=1 seek="$2" conv=notrunc status=none; }
