# shellcheck shell=bash disable=SC2034,SC2154,SC2015,SC2317
# SPDX-License-Identifier: Apache-2.0
# Scenarios of one machine that is etcd, master and node, from a cloud image that has nothing of
# Kubernetes: etcd, containerd, runc, CNI plugins, kubelet and kubeadm come as artifacts. Sourced after
# lib.sh, never run.

# taskbox LINE…: a taskbox whose inventory has node1, with the lines in group_vars; sets pin. The artifacts
# are made with the words of the array artifact_options, where there is one.
taskbox() {
    local programs artifacts folder=$run/served
    images/lab/down
    mkdir -p "$run" "$conf/group_vars/all" "$folder"
    chmod 711 "$run"
    programs=$(images/kubernetes) && artifacts=$(images/artifacts ${artifact_options[@]+"${artifact_options[@]}"} "$programs" \
        "$(images/runtime)") || bail "no artifacts"
    # What cloud-init fetches before anything else is ours, so beside the others.
    cp --link "$artifacts"/* "$folder/" 2>/dev/null || cp "$artifacts"/* "$folder/"
    cp "$build/seed-bootstrap" "$folder/"
    jq --arg sha256 "$(sha256sum <"$build/seed-bootstrap" | cut -d' ' -f1)" \
        --argjson size "$(stat -c %s "$build/seed-bootstrap")" \
        '.seed_artifacts += [{name: "seed-bootstrap", kind: "boot", sha256: $sha256, size: $size}]' \
        "$artifacts/artifacts.json" >"$conf/group_vars/all/artifacts.json"
    ln -s "$folder" "$run/artifacts"
    ln -s "$programs/kubectl" "$run/kubectl"
    cat >"$conf/hosts.ini" <<'END'
[all]
node1 ip=192.168.0.10 seed_mac=52:54:00:00:00:10
[kube-master]
node1
[kube-node]
node1
[etcd]
node1
END
    printf '%s\n' 'kube_network_plugin: bridge' 'seed_pod_gateway: 192.168.0.1' 'seed_timeout_factor: 10' "$@" \
        >"$conf/group_vars/all/machines.yml"
    images/lab/network up && images/lab/taskbox on && images/lab/network hosts || bail "no taskbox"
    pin=$(seedctl ca --pin)
    images/lab/accelerator >/dev/null
}

seed_yml() {
    printf '%s\n' "server: https://$gateway:$tls_port" "plain: http://$gateway:$plain_port" "pin: $pin"
}

# machine_disk IMAGE: node1's disk is a difference to it.
machine_disk() {
    mkdir -p "$run/machines/node1"
    qemu-img create -q -f qcow2 -b "$1" -F raw "$run/machines/node1/os.qcow2" 8G
}

# until_ready MINUTES: switches node1 on and waits for the cluster.
until_ready() {
    images/lab/machine on node1 || bail "node1 cannot be switched on"
    seedctl status --watch --timeout "$1m" >"$build/test-logs/watch.log" 2>&1
}
node_line() {
    kubectl get node node1 -o json | jq -r '"\(.metadata.name) \(.status.nodeInfo.kubeletVersion) \(
        .status.nodeInfo.osImage) \(.status.nodeInfo.containerRuntimeVersion) \(
        .status.conditions[] | select(.type == "Ready") | .status)"'
}
boot_id() { kubectl get node node1 -o jsonpath='{.status.nodeInfo.bootID}'; }
# log_file NAME: a file below /var/log of node1, by way of its kubelet.
log_file() { kubectl get --raw "/api/v1/nodes/node1/proxy/logs/$1"; }

is_ready() { equal "$1" "$(node_line)"; }
proxy_runs() {
    equal 1 "$(kubectl -n kube-system get daemonset kube-proxy -o jsonpath='{.status.numberReady}')"
}
# pod_answers: one pod of the pause image gets an address that answers from the taskbox.
pod_answers() {
    local ip
    kubectl get pod one >/dev/null 2>&1 ||
        kubectl run one --image=k8s.gcr.io/pause:3.2 --image-pull-policy=Never >/dev/null
    ip=$(kubectl get pod one -o jsonpath='{.status.podIP}')
    [ -n "$ip" ] && in_lab ping -c 1 -W 10 "$ip" >/dev/null
}
# cluster_works WHAT-THE-NODE-SAYS
cluster_works() {
    check "the node is Ready" eventually 120 is_ready "$1"
    check "kube-proxy is ready" eventually 600 proxy_runs
    check "a pod's address answers from the taskbox" eventually 600 pod_answers
}

# boots_alone: a power cut, and the second boot with the taskbox switched off.
boots_alone() {
    local before on
    before=$(boot_id)
    sync
    images/lab/machine off node1
    images/lab/taskbox off
    images/lab/machine on node1
    on=$SECONDS
    another_boot() { [ "$(boot_id)" != "$before" ] && [[ $(node_line) == *True ]]; }
    check "it boots again with the taskbox switched off, and is Ready" eventually 900 another_boot
    echo "# Ready $((SECONDS - on)) s after power-on, without the taskbox"
}
