# shellcheck shell=bash disable=SC2034,SC2119,SC2120
# SPDX-License-Identifier: Apache-2.0
# What the lab's scripts share: names, processes, facts about hosts. Sourced, never run.
# shellcheck source=images/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

# NODESEED_LAB names the lab, so that two can run side by side. Everything a lab makes is in these two
# folders and its network namespace.
lab=${NODESEED_LAB:-nodeseed}
run=/var/lib/$lab-lab
control=/run/$lab/seed-server.sock
netns=$lab-lab
bridge=br0

top=$(cd "$images/.." && pwd)
build=$top/${BUILD:-build}
conf=$run/conf
gateway=192.168.0.1
network=192.168.0.0/24
plain_port=8080
tls_port=8443

in_lab() { ip netns exec "$netns" "$@"; }
export NODESEED_SOCKET=$control # for seedctl
seedctl() { "$build/seedctl" "$@"; }

# started PID: when that process was started, in clock ticks since boot; fails when there is none (a
# zombie is none).
started() {
    local stat
    stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
    read -ra stat <<<"${stat##*) }"
    [ "${stat[0]}" != Z ] || return 1
    echo "${stat[19]}"
}

# launch NAME COMMAND…: a process of the lab's in its namespace, told apart by PID and start time, so
# that none but our own is ever ended. Output goes to logs/NAME.log.
launch() {
    local name=$1
    shift
    mkdir -p "$run/pids" "$run/logs"
    # shellcheck disable=SC2016
    setsid --fork bash -c 'echo $$ >"$1.new" && mv "$1.new" "$1" && shift && exec "$@"' launch \
        "$run/pids/$name.pid" ip netns exec "$netns" "$@" >>"$run/logs/$name.log" 2>&1 </dev/null
    within 10 "$name to start" test -s "$run/pids/$name.pid"
    local pid
    pid=$(<"$run/pids/$name.pid")
    echo "$pid $(started "$pid")" >"$run/pids/$name" || die "$name ended at once: see $run/logs/$name.log"
    rm "$run/pids/$name.pid"
}

# pid_of NAME: its PID while it runs; fails otherwise.
pid_of() {
    local pid ticks
    [ -f "$run/pids/$1" ] && read -r pid ticks <"$run/pids/$1" && [ "$(started "$pid")" = "$ticks" ] &&
        echo "$pid"
}
running() { pid_of "$1" >/dev/null; }

# finish NAME: asks it to end, then makes it.
finish() {
    local pid i
    if pid=$(pid_of "$1"); then
        kill "$pid" 2>/dev/null || true
        for ((i = 0; i < 100; i++)); do
            running "$1" || break
            sleep 0.1
        done
        ! running "$1" || kill -KILL "$pid" 2>/dev/null || true
    fi
    rm -f "$run/pids/$1"
}

# quietly COMMAND…: its warnings, which were shown once, only count when it fails.
quietly() {
    local said
    said=$(mktemp)
    if ! "$@" 2>"$said"; then
        cat "$said" >&2
        rm "$said"
        return 1
    fi
    rm "$said"
}

# within SECONDS WHAT COMMAND…: until COMMAND succeeds; after SECONDS the script ends, naming WHAT.
within() {
    local end=$((SECONDS + $1)) what=$2
    shift 2
    until "$@" >/dev/null 2>&1; do
        [ $SECONDS -lt $end ] || die "waited in vain for $what"
        sleep 0.2
    done
}

# host_facts [HOST]: a line for each host that is a machine of the lab's: NAME IP MAC BOOT OS-SERIAL
# DATA-SERIAL…, the serials of its disks. What it has none of is "-": the first serial where it is not
# installed, address and MAC of a taskbox that is a member itself, which is listed only by its name.
host_facts() {
    quietly seedctl inventory "$conf/hosts.ini" | jq -r --arg host "${1:-}" '._meta.hostvars | to_entries[]
        | .value.seed_boot //= (if .value.ansible_connection == "local" then "local" else null end)
        | select((.value.seed_boot | IN("pxe", "image", "cloud-init") or . == "local" and $host != "")
            and ($host == "" or .key == $host))
        | [.key, .value.ip // "-", .value.seed_mac // "-", .value.seed_boot,
            (if .value.seed_boot == "pxe" then .value.seed_install_disk.serial else "-" end), (.value.seed_data_disks // [] | .[].match.serial // empty)]
        | join(" ")'
}
