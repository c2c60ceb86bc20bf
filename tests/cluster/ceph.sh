# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: Apache-2.0
# A real Ceph of one monitor and one OSD in the lab's network, at the taskbox's address. Sourced after
# lib.sh, never run. Without a manager, which only counts.

ceph_dir=$run/ceph
ceph_monitor=$gateway:6789
in_ceph() { CEPH_CONF=$ceph_dir/ceph.conf timeout 120 ip netns exec "$netns" "$@"; }

# ceph_up ADMIN-KEY USER USER-KEY POOL: BlueStore on a sparse file; the user may do in the pool what it
# takes to map images.
ceph_up() {
    local admin_key=$1 user=$2 user_key=$3 pool=$4 fsid osd_uuid id
    fsid=$(</proc/sys/kernel/random/uuid) osd_uuid=$(</proc/sys/kernel/random/uuid)
    mkdir -p "$ceph_dir"/{mon,osd,run}
    cat >"$ceph_dir/ceph.conf" <<END
[global]
fsid = $fsid
mon_host = [v2:$gateway:3300,v1:$ceph_monitor]
public_addr = $gateway
auth_cluster_required = cephx
auth_service_required = cephx
auth_client_required = cephx
auth_allow_insecure_global_id_reclaim = false
osd_pool_default_size = 1
osd_pool_default_min_size = 1
mon_allow_pool_size_one = true
osd_crush_chooseleaf_type = 0
run_dir = $ceph_dir/run
admin_socket = $ceph_dir/run/\$name.asok
log_to_file = false
keyring = $ceph_dir/keyring
[mon]
mon_data = $ceph_dir/mon
mon_data_avail_crit = 1
[osd]
osd_data = $ceph_dir/osd
bluestore_block_size = 2147483648
osd_memory_target = 939524096
keyring = $ceph_dir/osd/keyring
END
    ceph-authtool --create-keyring "$ceph_dir/keyring" --gen-key -n mon. --cap mon 'allow *' >/dev/null
    ceph-authtool "$ceph_dir/keyring" -n client.admin --add-key "$admin_key" --cap mon 'allow *' --cap osd 'allow *' >/dev/null
    monmaptool --create --fsid "$fsid" --addv a "[v2:$gateway:3300,v1:$ceph_monitor]" "$ceph_dir/monmap" >/dev/null
    in_ceph ceph-mon --mkfs -i a --monmap "$ceph_dir/monmap" --keyring "$ceph_dir/keyring" || return 1
    launch ceph-mon env CEPH_CONF="$ceph_dir/ceph.conf" ceph-mon -f -i a
    id=$(in_ceph ceph osd new "$osd_uuid") || return 1
    in_ceph ceph auth get-or-create "osd.$id" mon 'allow profile osd' osd 'allow *' -o "$ceph_dir/osd/keyring" &&
        in_ceph ceph-osd --mkfs -i "$id" --osd-uuid "$osd_uuid" &&
        in_ceph ceph osd crush add "osd.$id" 1.0 root=default || return 1
    launch ceph-osd env CEPH_CONF="$ceph_dir/ceph.conf" ceph-osd -f -i "$id"
    ceph-authtool --create-keyring "$ceph_dir/user.keyring" -n "client.$user" --add-key "$user_key" \
        --cap mon 'profile rbd' --cap osd "profile rbd pool=$pool" >/dev/null
    in_ceph ceph auth import -i "$ceph_dir/user.keyring" && in_ceph ceph osd pool create "$pool" 8 8 replicated &&
        in_ceph ceph osd pool application enable "$pool" rbd
}

# The images of a pool, one a line.
ceph_images() { in_ceph rbd ls "$1"; }
