# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: Apache-2.0
# Scenarios of a machine whose two network cards are a bond with the address on a VLAN. Sourced after
# lib.sh, never run.
#
# The lab's bridge is that VLAN. What is untagged on the same cables is another network, br1, with DHCP
# for everybody, where a machine is until it was told better; the taskbox routes between the two.
vlan=42

# start_network: br1.
start_network() {
    ip -n "$netns" link add br1 type bridge && ip -n "$netns" address add 192.168.9.1/24 dev br1 &&
        ip -n "$netns" link set br1 up || return 1
    launch dnsmasq-start dnsmasq --conf-file=/dev/null --keep-in-foreground --port=0 --interface=br1 \
        --bind-interfaces --dhcp-authoritative --no-ping --dhcp-range=192.168.9.50,192.168.9.99 \
        --dhcp-leasefile="$run/start.leases" --dhcp-option=option:router,192.168.9.1 --log-facility=- \
        --log-dhcp --pid-file=
}

# two_cables HOST MAC MAC: its cards, and the switch at the other end.
two_cables() {
    local host=$1 folder=$run/machines/$1 number=0 mac tap
    shift
    mkdir -p "$folder"
    for tap in "t-$host:$bridge" "u-$host:br1"; do
        ip -n "$netns" tuntap add "${tap%:*}" mode tap && ip -n "$netns" link set "${tap%:*}" master "${tap#*:}" up ||
            return 1
    done
    for mac; do
        printf '%s\n' -netdev "dgram,id=cable$number,local.type=unix,local.path=$folder/card$number,$(
            )remote.type=unix,remote.path=$folder/port$number" \
            -device "virtio-net-pci,netdev=cable$number,id=card$number,mac=$mac,romfile="
        number=$((number + 1))
    done >"$folder/cards"
    launch "trunk-$host" "$PWD/images/lab/trunk" "$folder" $vlan "t-$host" "u-$host"
}

# cable HOST NUMBER true|false: plugs it in, or pulls it.
cable() {
    printf '{"execute":"qmp_capabilities"}\n{"execute":"set_link","arguments":{"name":"card%d","up":%s}}\n' "$2" "$3" |
        socat -t 5 - "UNIX-CONNECT:$run/machines/$1/qmp.sock" | grep -c '"return"' | grep -qx 2
}

answers() { in_lab ping -c 1 -W 2 "$1" >/dev/null; }
# stays SECONDS COMMAND…: succeeds all the time.
stays() {
    local end=$((SECONDS + $1)) said
    shift
    while [ $SECONDS -lt $end ]; do
        said=$("$@" 2>&1) || { echo "no longer: $said"; return 1; }
        sleep 1
    done
}
# lost ADDRESS SECONDS: how many of ten pings a second got no answer.
lost() { in_lab ping -q -i 0.1 -w "$2" "$1" | sed -n 's/^\([0-9]*\) packets transmitted, \([0-9]*\) received.*/\1 \2/p' |
    { read -r sent received && echo $((sent - received)); }; }
untagged_leases() { grep -c DHCPACK "$run/logs/dnsmasq-start.log"; }
mac_of() { ip -n "$netns" -o neigh show "$1" dev "$bridge" | sed -n 's/.*lladdr \([0-9a-f:]*\).*/\1/p'; }
