# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: Apache-2.0
# What the controller-manager makes for claims of the network's classes: images in a real Ceph, and calls to
# a stand-in for Heketi (heketi.py). Sourced after lib.sh, storage.sh and ceph.sh, never run.

heketi=$gateway:8088 heketi_cluster=630372ccdc720a92c681fb928f27b53f heketi_record=$run/heketi.json
jwt_key='key-of-heketi.json:"1"' # the quotes have to arrive as they are
ceph_pool=kube ceph_user=kube
ceph_admin_key=$(ceph-authtool --gen-print-key) ceph_user_key=$(ceph-authtool --gen-print-key) ||
    bail "no ceph-authtool: make check-lab installs it"

# The lines of vars.yml for both classes.
storage_lines() {
    cat <<END
ceph_rbd_enabled: true
ceph_rbd_is_default_class: true
ceph_rbd_monitors: ['$ceph_monitor']
ceph_rbd_admin_secret: '$ceph_admin_key'
ceph_rbd_pool: $ceph_pool
ceph_rbd_user_id: $ceph_user
ceph_rbd_user_secret: '$ceph_user_key'
glusterfs_provisioner_enabled: true
glusterfs_provisioner_resturl: 'http://$heketi'
glusterfs_provisioner_clusterid: $heketi_cluster
glusterfs_provisioner_restuser: kubernetes
glusterfs_provisioner_gidMin: 41000
glusterfs_provisioner_gidMax: 41001
jwt_admin_key: '$jwt_key'
END
}

# Both servers, in the lab's network.
storage_servers() {
    check "Ceph runs" ceph_up "$ceph_admin_key" "$ceph_user" "$ceph_user_key" "$ceph_pool"
    launch heketi tests/cluster/heketi.py "$heketi" "$jwt_key" "$gateway" "$heketi_record"
}

of_volume() { kubectl get pv "$volume" -o jsonpath="{.spec.rbd.$1}"; }
# rbd_is_provisioned CLAIM: makes the claim, and an image comes; sets volume.
rbd_is_provisioned() {
    check "Ceph has no image yet" equal "" "$(ceph_images $ceph_pool)"
    claim "$1" rbd 1Gi
    check "a claim of the class of RBD is bound" eventually 300 phase_is Bound "pvc/$1"
    volume=$(kubectl get pvc "$1" -o jsonpath='{.spec.volumeName}')
    check "and Ceph has one image, the volume's" equal "$(of_volume image)" "$(ceph_images $ceph_pool)"
    check "of format 2 and the claim's size, without features that an old kernel does not know" equal '2 1073741824 []' \
        "$(in_ceph rbd info --format json "$ceph_pool/$(of_volume image)" | jq -r '"\(.format) \(.size) \(.features)"')"
    check "which the user of the class maps" equal "$ceph_user ceph-rbd-user-secret" "$(of_volume user) $(of_volume secretRef.name)"
}
no_image() { equal "" "$(ceph_images $ceph_pool)"; }
rbd_is_released() {
    kubectl delete pvc "$1" >/dev/null
    check "with the claim the image goes" eventually 300 no_image
}

# asked METHOD PATH-PATTERN FILTER: of the requests that were signed with the key.
asked() {
    jq -rs --arg method "$1" --arg path "$2" \
        "[.[] | select(.method == \$method and (.path | test(\$path)) and .issuer == \"kubernetes\")] | $3" "$heketi_record"
}
deleted() { equal 1 "$(asked DELETE '^/volumes/[0-9a-f]{32}$' length)"; }
gluster_is_provisioned() {
    check "the stand-in for Heketi refuses who has not the key" equal 401 \
        "$(in_lab curl -s -o /dev/null -w '%{http_code}' -H 'Authorization: bearer e30.e30.e30' "http://$heketi/volumes")"
    claim shared glusterfs 2Gi
    check "a claim of the class of GlusterFS is bound" eventually 300 phase_is Bound pvc/shared
    check "Heketi was asked for one volume, signed with jwt_admin_key" equal 1 "$(asked POST '^/volumes$' length)"
    check "of the claim's size, in the cluster, replicated twice, with a group of the range" equal \
        "2 $heketi_cluster replicate 2 true" \
        "$(asked POST '^/volumes$' '.[0].body | "\(.size) \(.clusters[0]) \(.durability.type) \(
            .durability.replicate.replica) \(.gid == 41000 or .gid == 41001)"')"
    check "nobody asked without the key but the test" equal 1 \
        "$(jq -rs '[.[] | select(.issuer != "kubernetes")] | length' "$heketi_record")"
    check "the volume's servers are Heketi's nodes" equal "$gateway" "$(kubectl get endpoints -o json | jq -r \
        '.items[] | select(.metadata.name | startswith("glusterfs-dynamic-")) | .subsets[0].addresses[0].ip')"
    kubectl delete pvc shared >/dev/null
    check "with the claim the volume is deleted" eventually 300 deleted
}
