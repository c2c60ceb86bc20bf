# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: Apache-2.0
# Claims, and pods that use them. Sourced after lib.sh, never run.

# claim NAME CLASS SIZE
claim() {
    kubectl apply -f - <<YAML >/dev/null
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: "$1"}
spec: {storageClassName: "$2", accessModes: [ReadWriteOnce], resources: {requests: {storage: "$3"}}}
YAML
}
phase_is() { equal "$1" "$(kubectl get "$2" -o jsonpath='{.status.phase}')"; }

# use_claim NAME CLAIM ARGUMENT…: a pod with the claim at /data that runs one program once. It is
# kube-proxy, the one image here whose program reads a file and writes one: its configuration.
use_claim() {
    local name=$1 claim=$2 arguments
    shift 2
    arguments=$(printf '%s\n' "$@" | jq -nR '[inputs]') # jq takes them for its own options otherwise
    jq -n --arg name "$name" --arg claim "$claim" --argjson arguments "$arguments" '{apiVersion: "v1", kind: "Pod", metadata: {name: $name},
        spec: {restartPolicy: "Never", terminationGracePeriodSeconds: 0,
            containers: [{name: "main", image: "k8s.gcr.io/kube-proxy:v1.20.2", imagePullPolicy: "Never",
                command: ["/usr/local/bin/kube-proxy"], args: $arguments,
                volumeMounts: [{name: "data", mountPath: "/data"}]}],
            volumes: [{name: "data", persistentVolumeClaim: {claimName: $claim}}]}}' |
        kubectl apply -f - >/dev/null
}
# What a pod left as its last words, among them the line CLUSTER-CIDR.
last_words() {
    kubectl get pod "$1" -o jsonpath='{.status.containerStatuses[0].state.terminated.message}' | grep "$2"
}
