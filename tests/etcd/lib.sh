# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: Apache-2.0
# A lab of hosts that run a real etcd: a network, mount, UTS and process namespace for each, on a bridge
# of the test's own, with the real seed-server as taskbox. Of the file system each host has a private
# layer, so that nothing of this machine changes. The only stand-in is tests/etcd/systemctl. Sourced
# first thing, with the test's own arguments; skips where it cannot be.
set -uo pipefail
if [ "$(id -u)" != 0 ] || ! command -v etcd >/dev/null || ! command -v etcdctl >/dev/null; then
    echo "1..0 # SKIP needs root and the packages etcd-server and etcd-client"
    exit 0
fi
if [ -z "${IN_NAMESPACE:-}" ]; then
    IN_NAMESPACE=1 exec unshare --mount --net --pid --fork --kill-child --mount-proc \
        --propagation private "$0" "$@"
fi

HERE=$PWD
BUILD=$(cd "$BUILD" && pwd)
WORK=$(mktemp -d /tmp/test-etcd.XXXXXX)
SERVER=192.168.0.1
count=0 status=0 server=
declare -A host_pid

# shellcheck disable=SC2329 # called by trap
cleanup() {
    trap - EXIT
    kill "${host_pid[@]}" "$server" 2>/dev/null
    rm -rf --one-file-system "$WORK"
}
trap cleanup EXIT

ok() {
    local what=$1
    shift
    count=$((count + 1))
    if "$@"; then
        echo "ok $count - $what"
    else
        echo "not ok $count - $what"
        echo "# wanted: $*; status $status"
        tail -n 25 "$WORK/said" "$WORK"/node*/run/test-units/*.log 2>/dev/null | cut -c1-300 | sed 's/^/#   /'
        tail -n 5 "$WORK/server.log" | sed 's/^/#   server: /'
    fi
}
said() { grep -qE -- "$1" "$WORK/said"; }

# ---- the taskbox ----
# taskbox VARIABLES: makes network and inventory, with lines for [all:vars].
taskbox() {
    ip link set lo up
    ip link add br0 type bridge
    ip addr add $SERVER/24 dev br0
    ip link set br0 up
    mkdir -p "$WORK/conf" "$WORK/state" "$WORK/artifacts"
    cat >"$WORK/conf/hosts.ini" <<INI
[all]
node1 ip=192.168.0.10 etcd_member_name=etcd1
node2 ip=192.168.0.20 etcd_member_name=etcd2
node3 ip=192.168.0.30 etcd_member_name=etcd3
node4 ip=192.168.0.40

[etcd]
node1
node2
node3

[kube-master]
node4

[kube-node]
node4

[k8s-cluster:children]
kube-master
kube-node

[all:vars]
seed_trust=first-use
$1
INI
}
# Starts it; its state is what was before.
taskbox_on() {
    "$BUILD/seed-server" --conf "$WORK/conf" --state "$WORK/state" --listen $SERVER:8080 \
        --tls-listen $SERVER:8443 --artifacts "$WORK/artifacts" --socket "$WORK/socket" \
        >>"$WORK/server.log" 2>&1 &
    server=$!
    for _ in $(seq 100); do
        curl -fs "http://$SERVER:8080/healthz" >/dev/null && break
        sleep 0.1
    done
    curl -fs "http://$SERVER:8080/ca.pem" >"$WORK/ca.pem"
    pin=$(openssl x509 -in "$WORK/ca.pem" -noout -pubkey | openssl pkey -pubin -outform DER | sha256sum | cut -d' ' -f1)
}

# ---- the hosts ----
# boot NAME ADDRESS: switches a machine on; its root is a private layer over this one's.
boot() {
    local name=$1 dir=$WORK/$1
    mkdir -p "$dir"
    # shellcheck disable=SC2016 # the inner shell's own variables
    unshare --mount --uts --net --propagation private bash -euc '
        dir=$1 name=$2 here=$3 build=$4
        mount -t tmpfs layer "$dir"
        mkdir "$dir"/{upper,work,root}
        mount -t overlay -o "lowerdir=/,upperdir=$dir/upper,workdir=$dir/work" overlay "$dir/root"
        cd "$dir/root"
        mount --rbind /dev dev
        mount -t proc proc proc
        mount -t sysfs sysfs sys
        mount -t tmpfs run run
        mkdir -p "./$here" "./$build"
        mount --bind "$here" "./$here"
        mount --bind "$build" "./$build"
        mount --bind "$here/tests/etcd/systemctl" usr/bin/systemctl
        mount --bind /dev/null proc/swaps # this machine keeps its swap
        rm -rf var/lib/etcd var/lib/nodeseed etc/etcd etc/nodeseed
        mkdir -p etc/nodeseed old
        cp "$dir/../seed-$name.yml" etc/nodeseed/seed.yml
        pivot_root . old
        umount -l /old
        hostname "$name"
        ip link set lo up
        touch /run/booted
        exec sleep infinity' boot "$dir" "$name" "$HERE" "$BUILD" >"$WORK/$name.boot" 2>&1 &
    host_pid[$name]=$!
    printf 'server: https://%s:8443\nplain: http://%s:8080\npin: %s\nhost: %s\n' $SERVER $SERVER "$pin" \
        "$name" >"$WORK/seed-$name.yml"
    for _ in $(seq 100); do
        on "$name" test -e /run/booted 2>/dev/null && break
        sleep 0.1
    done
    # an address that is set is the machine's own; one that the kernel made up names nobody
    ip link add "v$name" type veth peer name eth0 address "52:54:00:00:00:0${name#node}" \
        netns "${host_pid[$name]}"
    ip link set "v$name" master br0 up
    on "$name" ip addr add "$2/24" dev eth0
    on "$name" ip link set eth0 up
}
# on NAME COMMAND…: as the machine's root.
on() {
    local name=$1
    shift
    nsenter --target "${host_pid[$name]}" --mount --uts --net --root env --chdir=/ "$@"
}
bootstrap() {
    local name=$1
    shift
    on "$name" timeout 60 "$BUILD/seed-bootstrap" "$@" >"$WORK/said.$name" 2>&1
    status=$?
    cp "$WORK/said.$name" "$WORK/said"
    return $status
}
healthy() {
    on "$1" env ETCDCTL_API=3 etcdctl --endpoints "https://$2:2379" --cacert /etc/etcd/pki/ca.crt \
        --cert /etc/etcd/pki/client.crt --key /etc/etcd/pki/client.key "${@:3}" >"$WORK/said" 2>&1
}
etcd_pid() { on "$1" cat /run/test-units/etcd.service.pid; }
