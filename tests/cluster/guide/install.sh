#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# On node1: what the README has an administrator do there once the programs, their units and the
# configuration are in place. The lab is told on a port how far it is: "serving", and at the end one line
# of JSON with the board and the administrator's kubeconfig.
set -euo pipefail
address=192.168.0.10
port=/dev/virtio-ports/lab
udevadm wait --timeout=300 $port

seedctl check --conf /etc/nodeseed --artifacts /srv/nodeseed --server "http://$address:8080" --alone
systemctl enable --now seed-server.service

card=$(ip -4 -oneline address show to $address | cut -d' ' -f2)
seedctl dnsmasq --conf /etc/nodeseed --interface "$card" --network 192.168.0.0/24 >/etc/dnsmasq.d/nodeseed.conf
systemctl restart dnsmasq.service

(umask 077 && printf '%s\n' "server: https://$address:8443" "plain: http://$address:8080" \
    "pin: $(seedctl ca --pin)" 'host: node1' >/etc/nodeseed/seed.yml)
systemctl start --no-block seed-bootstrap.service

echo serving >$port
result=0
seedctl status --watch --timeout 30m || result=$?
seedctl kubeconfig --output /root/kubeconfig || true
printf '{"result": %d, "status": %s, "kubeconfig": "%s"}\n' $result "$(seedctl status --json | tr -d '\n')" \
    "$(base64 --wrap=0 /root/kubeconfig)" >$port
