#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""usage: renewals.py SECONDS PID:IP PID:IP…   in the network of one of these hosts
While certificates are replaced: twice a second each member is asked for its health, which is a read by
quorum, with the newest files and over a new connection; another client keeps the connection that it made
first. Every few times etcdctl writes through one member and reads through the next. Prints what happened as JSON: calls, failures with their words, calls of the kept
connection, by host and file how often it changed, and the least that a certificate had left."""

import http.client
import json
import os
import ssl
import subprocess
import sys
import time

FILES = ("/var/lib/nodeseed/cert.pem", "/etc/etcd/pki/server.crt", "/etc/etcd/pki/peer.crt",
         "/etc/etcd/pki/client.crt")
WRITE_EVERY = 4


def connect(pid, ip):
    pki = f"/proc/{pid}/root/etc/etcd/pki"
    context = ssl.create_default_context(cafile=f"{pki}/ca.crt")
    context.load_cert_chain(f"{pki}/client.crt", f"{pki}/client.key")
    return http.client.HTTPSConnection(ip, 2379, context=context, timeout=10)


def ask_health(connection):
    connection.request("GET", "/health")
    answer = connection.getresponse()
    body = answer.read()
    if answer.status != 200 or json.loads(body).get("health") != "true":
        raise OSError(f"health: {answer.status} {body[:200]!r}")


def etcdctl(pid, ip, *arguments):
    pki = f"/proc/{pid}/root/etc/etcd/pki"
    return subprocess.run(["etcdctl", "--endpoints", f"https://{ip}:2379", "--cacert", f"{pki}/ca.crt", "--cert",
                           f"{pki}/client.crt", "--key", f"{pki}/client.key", "--command-timeout=20s", *arguments],
                          check=True, capture_output=True, text=True,
                          env={**os.environ, "ETCDCTL_API": "3"}).stdout.strip()


def main():
    seconds = int(sys.argv[1])
    hosts = [argument.split(":") for argument in sys.argv[2:]]
    serials = {ip: {path: set() for path in FILES} for _, ip in hosts}
    result = {"calls": 0, "kept": 0, "writes": 0, "failures": [], "least_s": seconds}
    kept = connect(*hosts[0])
    kept.connect()
    first = kept.sock
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        n = result["calls"] = result["calls"] + 1
        try:
            for host in hosts:
                connection = connect(*host)
                ask_health(connection)
                connection.close()
            ask_health(kept)
            result["kept"] += kept.sock is not None and kept.sock is first
            if n % WRITE_EVERY == 1:
                etcdctl(*hosts[n % len(hosts)], "put", "key", str(n))
                got = etcdctl(*hosts[(n + 1) % len(hosts)], "get", "key", "--print-value-only")
                if got != str(n):
                    raise OSError(f"wrote {n}, read {got}")
                result["writes"] += 1
        except (OSError, http.client.HTTPException, ValueError) as error:
            result["failures"].append(f"call {n}: {error}")
        except subprocess.CalledProcessError as error:
            result["failures"].append(f"call {n}: {error.stderr}")
        for pid, ip in hosts:
            for path in FILES:
                # The one parser of certificates that comes with Python.
                facts = ssl._ssl._test_decode_cert(f"/proc/{pid}/root{path}")  # pylint: disable=protected-access
                serials[ip][path].add(facts["serialNumber"])
                left = ssl.cert_time_to_seconds(facts["notAfter"]) - time.time()
                result["least_s"] = min(result["least_s"], round(left, 1))
        time.sleep(0.5)
    result["changes"] = {ip: {path: len(seen) - 1 for path, seen in paths.items()} for ip, paths in serials.items()}
    print(json.dumps(result))


main()
