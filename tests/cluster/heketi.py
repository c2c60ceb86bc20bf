#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A stand-in for Heketi, which is packaged nowhere: the part of its REST API that Kubernetes' provisioner of
GlusterFS calls (heketi's docs: API; v10), without any GlusterFS behind it. It holds each request's token
against the key as Heketi does, and records what it was asked, a JSON object a line.
usage: heketi.py ADDRESS:PORT KEY STORAGE-ADDRESS RECORD"""

import base64
import hashlib
import hmac
import http.server
import json
import sys
import time
import uuid

CLUSTER = "630372ccdc720a92c681fb928f27b53f"
NODE = "1f0a2b3c4d5e6f708192a3b4c5d6e7f8"


def unbase64(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Heketi(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    key = storage = record = None
    volumes = {}
    queue = {}  # operation: where its result is, or None

    def token(self):
        """The claims of the request's token (JWT, HS256), None when it is not signed with the key, not for
        this request or not for now."""
        word, _, token = self.headers.get("Authorization", "").partition(" ")
        try:
            head, claims, signature = token.split(".")
            good = hmac.new(self.key, f"{head}.{claims}".encode(), hashlib.sha256).digest()
            if (word.lower() != "bearer" or json.loads(unbase64(head))["alg"] != "HS256" or
                    not hmac.compare_digest(good, unbase64(signature))):
                return None
            claims = json.loads(unbase64(claims))
            asked = hashlib.sha256(f"{self.command}&{self.path}".encode()).hexdigest()
            if claims["qsh"] != asked or abs(claims["iat"] - time.time()) > 120 or claims["exp"] < time.time():
                return None
            return claims
        except (ValueError, KeyError, TypeError):
            return None

    def answer(self, status, value=None, **headers):
        body = b"" if value is None else json.dumps(value).encode()
        self.send_response(status)
        for name, text in headers.items():
            self.send_header(name.replace("_", "-"), text)
        if body:
            self.send_header("Content-Type", "application/json")
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def accepted(self, result):
        """Heketi's long operations: 202, and then a place to ask at."""
        operation = uuid.uuid4().hex
        self.queue[operation] = {"result": result, "asked": 0}
        self.answer(202, Location=f"/queue/{operation}")

    def handle_all(self):
        text = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = json.loads(text) if text else None
        claims = self.token()
        with open(self.record, "a", encoding="utf-8") as f:
            f.write(json.dumps({"method": self.command, "path": self.path, "body": body,
                                "issuer": claims and claims.get("iss")}) + "\n")
        if claims is None:
            return self.answer(401, "Invalid JWT token")
        parts = self.path.strip("/").split("/")
        method = getattr(self, f"{self.command}_{parts[0]}".lower(), None)
        return method(body, *parts[1:]) if method else self.answer(404, "no such resource")

    do_GET = do_POST = do_DELETE = handle_all

    def post_volumes(self, body):
        volume = uuid.uuid4().hex
        self.volumes[volume] = {"id": volume, "name": body.get("name") or f"vol_{volume}", "size": body["size"],
                                "cluster": CLUSTER, "durability": body.get("durability"),
                                "mount": {"glusterfs": {"hosts": [self.storage], "device": "", "options": {}}},
                                "bricks": []}
        self.accepted(f"/volumes/{volume}")

    def get_volumes(self, _, volume=None):
        if volume is None:
            return self.answer(200, {"volumes": list(self.volumes)})
        if volume not in self.volumes:
            return self.answer(404, "Id not found")
        return self.answer(200, self.volumes[volume])

    def delete_volumes(self, _, volume):
        if self.volumes.pop(volume, None) is None:
            return self.answer(404, "Id not found")
        return self.accepted(None)

    def get_queue(self, _, operation):
        found = self.queue.get(operation)
        if found is None:
            return self.answer(404, "Id not found")
        found["asked"] += 1
        if found["asked"] == 1:
            return self.answer(200, X_Pending="true")
        del self.queue[operation]
        if found["result"] is None:
            return self.answer(204)
        return self.answer(303, Location=found["result"])

    def get_clusters(self, _, cluster=None):
        if cluster is None:
            return self.answer(200, {"clusters": [CLUSTER]})
        return self.answer(200 if cluster == CLUSTER else 404, {"id": CLUSTER, "nodes": [NODE],
                                                                "volumes": list(self.volumes), "file": True})

    def get_nodes(self, _, node):
        return self.answer(200 if node == NODE else 404, {
            "id": NODE, "cluster": CLUSTER, "zone": 1, "state": "online", "devices": [],
            "hostnames": {"manage": [self.storage], "storage": [self.storage]}})


def main():
    listen, key, Heketi.storage, Heketi.record = sys.argv[1:]
    Heketi.key = key.encode()
    address, port = listen.rsplit(":", 1)
    http.server.ThreadingHTTPServer((address, int(port)), Heketi).serve_forever()


main()
