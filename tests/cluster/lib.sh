# shellcheck shell=bash disable=SC2034
# SPDX-License-Identifier: Apache-2.0
# What tests of a whole cluster share: TAP, a lab of their own, kubectl. Sourced, never run.
# A test that fails leaves the lab's logs in BUILD/test-logs/NAME; the lab itself is taken down.

NODESEED_LAB=${NODESEED_LAB:-nodeseed-check}
export NODESEED_LAB
# shellcheck source=images/lab/lib.sh
. images/lab/lib.sh
set +e # a test looks at what fails

tests=0 failures=0
# check WHAT COMMAND…: one test; on failure what the command said is shown.
check() {
    local what=$1 said
    shift
    tests=$((tests + 1))
    if said=$("$@" 2>&1); then
        echo "ok $tests - $what"
    else
        failures=$((failures + 1))
        echo "not ok $tests - $what"
        # shellcheck disable=SC2001
        sed 's/^/# /' <<<"$said"
    fi
}
# Stops at a failure that leaves nothing to look at.
bail() {
    echo "Bail out! $*"
    exit 1
}

# eventually SECONDS COMMAND…: like COMMAND, tried until it succeeds; the last answer is what it says.
eventually() {
    local end=$((SECONDS + $1)) said
    shift
    until said=$("$@" 2>&1); do
        if [ $SECONDS -ge $end ]; then
            echo "$said"
            return 1
        fi
        sleep 2
    done
    [ -z "$said" ] || echo "$said"
}
equal() { [ "$1" = "$2" ] || { printf 'expected: %s\ngot:      %s\n' "$1" "$2"; return 1; }; }

kubectl() { images/lab/kubectl --request-timeout=60s "$@"; }

# state_of HOST FIELD: of seedctl's status.
state_of() { seedctl status --json | jq -r --arg host "$1" ".hosts[] | select(.name == \$host) | .$2"; }

# What only one machine's disk can tell, read while the machine is off: a copy of the journal's replay
# and nothing else is written, to a copy of the disk.
off_disk() {
    local image=$1 path=$2 copy=$run/off-disk.raw
    cp --sparse=always "$image" "$copy" && mkdir -p "$run/off-disk" || return 1
    # shellcheck disable=SC2016
    unshare --mount --propagation private bash -euc '
        mount -o loop "$1" "$2"; cat "$2/$3"; umount "$2"' off_disk "$copy" "$run/off-disk" "$path"
}

# secrets_stay HOST [TOKEN]: with the machine off, says what is wrong with how secrets are kept: on its disk
# private keys in files that others may read, or in a log; the same in what its console showed and what the
# taskbox logged; a token that was not scrubbed; TOKEN in any of these; core files.
secrets_stay() {
    local copy=$run/off-disk.raw start status
    qemu-img convert -O raw "$run/machines/$1/os.qcow2" "$copy" && mkdir -p "$run/off-disk" || return 1
    # the partition of / is the last one
    start=$(sfdisk --json "$copy" | jq '.partitiontable | .sectorsize * (.partitions | map(.start) | max)') || return 1
    # shellcheck disable=SC2016 # the inner shell's own variables
    unshare --mount --propagation private bash -uc '
        mount -o "loop,offset=$1" "$2" "$3" && cd "$3" || exit
        console=$4 logged=$5 token=$6
        places=(etc root home srv tmp var/lib/{cloud,etcd,kubelet,nodeseed} var/log var/tmp)
        logs=(tmp var/log var/tmp var/lib/nodeseed/logs etc/systemd etc/kubernetes/manifests "$console" "$logged")
        keys=0 bad=0
        while IFS= read -r file; do
            keys=$((keys + 1))
            case $(stat -c %a "$file") in
            600 | 400) ;;
            *) bad=1; stat -c "%n is %A" "$file" ;;
            esac
            line=$(sed -n -e "/PRIVATE KEY-----/ { n; p; q }" -e "s/^ *client-key-data: *\(.\{64\}\).*/\1/p" "$file" | head -n 1)
            [ -z "$line" ] || ! grep -rlaF -e "$line" "${logs[@]}" 2>/dev/null || bad=1
        done < <(grep -rlE "^-----BEGIN [A-Z ]*PRIVATE KEY-----|^ *client-key-data:" "${places[@]}" 2>/dev/null)
        [ -s "$console" ] && [ -n "$(find "$logged" -name "seed-server.log" -size +0)" ] ||
            { bad=1; echo "no console or no log of the taskbox to look at"; }
        # in seed.yml, in JSON, and in JSON as a text of the user-data
        ! grep -rlaE "token[^0-9A-Za-z]{1,12}[0-9a-f]{48}" etc/nodeseed var/lib/cloud "${logs[@]}" 2>/dev/null || bad=1
        [ -z "$token" ] || ! grep -rlaF -e "$token" "${places[@]}" "${logs[@]}" 2>/dev/null || bad=1
        ! find . -xdev -type f \( -name core -o -name "core.[0-9]*" -o -path "./var/lib/systemd/coredump/*" \) | grep . || bad=1
        echo "$keys files with private keys"
        [ $keys -ge 3 ] && [ $bad = 0 ]' secrets_stay "$start" "$copy" "$run/off-disk" \
        "$run/machines/$1/console.log" "$run/logs" "${2:-}"
    status=$?
    rm -f "$copy"
    return $status
}

# served_secrets: what is wrong with what the taskbox serves to whoever asks, the installer's initramfs and
# the OS image unpacked, and the keys of this taskbox looked for as well.
served_secrets() {
    local disk=$run/served.raw start status
    zstd -dqf --sparse "$run/artifacts/node.raw.zst" -o "$disk" && mkdir -p "$run/off-disk" || return 1
    start=$(sfdisk --json "$disk" | jq '.partitiontable | .sectorsize * (.partitions | map(.start) | max)') || return 1
    # shellcheck disable=SC2016
    unshare --mount --propagation private bash -euc 'mount -o "loop,ro,noload,offset=$1" "$2" "$3"
        exec python3 tests/cluster/served_secrets.py "$4" "$3" "${@:5}"' served_secrets "$start" "$disk" \
        "$run/off-disk" "$run/artifacts" "$run"/state/ca/*.key
    status=$?
    rm -f "$disk"
    return $status
}

# figures HOST…: from power-on, and each step.
figures() {
    local host on
    for host; do
        on=$(<"$run/machines/$host/switched-on")
        seedctl status --json | jq -r --arg host "$host" --argjson on "$on" '
            def tenth: . * 10 | round / 10;
            .hosts[] | select(.name == $host)
            | "# \(.name): ready \(.ready_ms / 1000 - $on | tenth) s after power-on; first seen \(
                .started_ms / 1000 - $on | tenth) s, then " +
              ([.steps | to_entries | sort_by(.value.at_ms)[] | "\(.key) \(.value.seconds | tenth)"] | join(", "))'
    done
    for host; do
        echo "# $host: $(images/lab/machine cpu "$host") CPU seconds"
    done
}

# What a machine's console showed since it was switched on, without the sequences by which firmware moves
# its cursor, in the middle of words too.
console() { tr -d '\000\r' <"$run/machines/$1/console.log" | sed 's/\x1b\[[0-9;]*[A-Za-z]//g'; }

# Takes the lab down; where something failed, its logs are kept before.
lab_down() {
    local logs=$build/test-logs/${0##*/} host
    if [ -d "$run" ] && [ $failures != 0 ]; then
        rm -rf "$logs"
        mkdir -p "$logs"
        cp -r "$run/logs" "$logs/" 2>/dev/null
        for host in "$run"/machines/*; do
            cp "$host/console.log" "$logs/console-${host##*/}.log" 2>/dev/null
            seedctl logs "${host##*/}" >"$logs/steps-${host##*/}.log" 2>&1
        done
        seedctl status --json >"$logs/status.json" 2>&1
        kubectl get all,nodes,events -A -o wide >"$logs/kubectl.txt" 2>&1
        echo "# logs: $logs"
    fi
    images/lab/down
}
done_testing() {
    echo "1..$tests"
    lab_down
    trap - EXIT
    [ $failures = 0 ]
}
# Whatever ends it before that.
trap 'failures=1; lab_down' EXIT
