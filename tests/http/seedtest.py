# SPDX-License-Identifier: Apache-2.0
"""A seed-server of one's own, nodes that talk to it, and TAP. Only Python's standard library and the
openssl program."""

import hashlib
import hmac
import http.client
import json
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time

BUILD = os.environ.get("BUILD", "build")

HOSTS = """[all]
node1 ip=192.168.0.10 etcd_member_name=etcd1
node2 ip=192.168.0.20 etcd_member_name=etcd2
node3 ip=192.168.0.30 etcd_member_name=etcd3
node4 ip=192.168.0.40

[kube-master]
node1
node2

[kube-node]
node1
node2
node3
node4

[etcd]
node1
node2
node3

[k8s-cluster:children]
kube-node
kube-master
"""

VARS = """kubernetes_version: 1.20.2
kube_network_plugin: bridge
seed_prefix: 24
seed_gateway: 192.168.0.1
seed_trust: first-use
seed_etcd_grace: 3s
loadbalancer_apiserver:
  address: 192.168.0.10
  port: 6443
"""


class Tap:
    """Counts and prints; done() prints the plan and ends the program."""

    def __init__(self):
        self.n = self.failed = 0

    def ok(self, good, what, detail=""):
        self.n += 1
        if not good:
            self.failed += 1
        print(f"{'ok' if good else 'not ok'} {self.n} - {what}", flush=True)
        if not good and detail != "":
            print("# " + str(detail).replace("\n", "\n# "), flush=True)
        return good

    def equal(self, got, wanted, what):
        return self.ok(got == wanted, what, f"got {got!r}, wanted {wanted!r}")

    def skip(self, what, why):
        self.n += 1
        print(f"ok {self.n} - {what} # SKIP {why}", flush=True)

    def done(self):
        print(f"1..{self.n}", flush=True)
        sys.exit(1 if self.failed else 0)


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def error(self):
        try:
            return self.json.get("error", "")
        except ValueError:
            return self.body.decode(errors="replace")


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path, timeout):
        super().__init__("localhost", timeout=timeout)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


def request(connection, method, path, body=None, headers=None):
    if isinstance(body, (dict, list)):
        body = json.dumps(body)
    connection.request(method, path, body=body, headers=headers or {})
    return Answer(connection.getresponse())


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Server:
    """hosts and vars are texts, artifacts {name: bytes}, or {name: (bytes, members)} for what is no
    program. Used as a context manager."""

    def __init__(self, hosts=HOSTS, variables=VARS, artifacts=None, options=(), env=None):
        self.folder = tempfile.mkdtemp(prefix="seedtest.")
        self.conf = os.path.join(self.folder, "conf")
        self.state = os.path.join(self.folder, "state")
        self.artifacts = os.path.join(self.folder, "artifacts")
        self.socket = os.path.join(self.folder, "control.sock")
        self.log = os.path.join(self.folder, "log")
        self.plain_port, self.tls_port = free_port(), free_port()
        self.options, self.env = list(options), env
        self.process = None
        for folder in (self.conf, self.artifacts, os.path.join(self.conf, "group_vars/all")):
            os.makedirs(folder)
        self.write("hosts.ini", hosts)
        self.write("vars.yml", variables)
        if artifacts:
            self.write_artifacts(artifacts)

    def write(self, name, text):
        """Replaces a file of the configuration folder whole."""
        path = os.path.join(self.conf, name)
        with open(path + ".new", "w") as f:
            f.write(text)
        os.rename(path + ".new", path)

    def write_artifacts(self, artifacts):
        items = []
        for name, data in artifacts.items():
            members = {"kind": "binary", "path": "/usr/local/bin/" + name, "mode": "0755"}
            if isinstance(data, tuple):
                data, members = data
            with open(os.path.join(self.artifacts, name), "wb") as f:
                f.write(data)
            items.append({"name": name, "file": name, "sha256": hashlib.sha256(data).hexdigest(),
                          "size": len(data), **members})
        self.write("group_vars/all/artifacts.json", json.dumps({"seed_artifacts": items}))

    def argv(self):
        return [os.path.join(BUILD, "seed-server"), "--conf", self.conf, "--state", self.state,
                "--listen", f"127.0.0.1:{self.plain_port}", "--tls-listen",
                f"127.0.0.1:{self.tls_port}", "--artifacts", self.artifacts, "--socket",
                self.socket] + self.options

    def start(self, wait=True):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(self.argv(), stderr=log, stdout=log,
                                            env={**os.environ, **(self.env or {})})
        deadline = time.monotonic() + 30
        while wait:
            if self.process.poll() is not None:
                raise RuntimeError("seed-server ended:\n" + self.log_text())
            try:
                if self.plain("GET", "/healthz").status == 200:
                    return self
            except OSError:
                pass
            if time.monotonic() > deadline:
                raise RuntimeError("seed-server does not answer:\n" + self.log_text())
            time.sleep(0.02)
        return self

    def stop(self, how=signal.SIGTERM):
        """The exit status."""
        if self.process is None:
            return None
        self.process.send_signal(how)
        try:
            status = self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            status = self.process.wait()
        self.process = None
        return status

    def __enter__(self):
        return self.start()

    def __exit__(self, *unused):
        self.stop()
        text = self.log_text()
        if "Sanitizer" in text or "runtime error:" in text:
            print("not ok - the sanitizers have something to say\n# " + text.replace("\n", "\n# "))
            sys.exit(1)
        shutil.rmtree(self.folder, ignore_errors=True)

    def log_text(self):
        with open(self.log, errors="replace") as f:
            return f.read()

    def plain(self, method, path, body=None, headers=None, timeout=20):
        connection = http.client.HTTPConnection("127.0.0.1", self.plain_port, timeout=timeout)
        try:
            return request(connection, method, path, body, headers)
        finally:
            connection.close()

    def admin(self, method, path, body=None, timeout=30):
        connection = UnixConnection(self.socket, timeout)
        try:
            return request(connection, method, path, body)
        finally:
            connection.close()

    def status(self):
        return self.admin("GET", "/admin/status").json

    def host(self, name):
        return next(h for h in self.status()["hosts"] if h["name"] == name)

    def wait_for(self, condition, seconds=10):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if condition():
                return True
            time.sleep(0.05)
        return False

    def ca_pem(self):
        return self.plain("GET", "/ca.pem").body.decode()

    def raw(self, data, port=None, timeout=10):
        """Sends bytes as they are on the plain plane; the whole answer."""
        with socket.create_connection(("127.0.0.1", port or self.plain_port), timeout) as s:
            s.sendall(data)
            answer = b""
            try:
                while True:
                    piece = s.recv(65536)
                    if not piece:
                        break
                    answer += piece
                    if b"\r\n\r\n" in answer and complete(answer):
                        break
            except (TimeoutError, ConnectionResetError):
                pass
            return answer


def complete(answer):
    head, _, body = answer.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)content-length: (\d+)", head)
    return length is not None and len(body) >= int(length.group(1))


def openssl(*args, data=None):
    done = subprocess.run(["openssl", *args], input=data, capture_output=True)
    if done.returncode:
        raise RuntimeError(done.stderr.decode())
    return done.stdout


class Node:
    """A machine with a key of its own. name is what it calls itself (None: it does not know)."""

    def __init__(self, server, name, macs=(), uuid="", serial="", key_args=None):
        self.server, self.name = server, name
        self.macs, self.uuid, self.serial = list(macs), uuid, serial
        self.folder = tempfile.mkdtemp(prefix="node.", dir=server.folder)
        self.key = os.path.join(self.folder, "key.pem")
        self.certificate = os.path.join(self.folder, "cert.pem")
        self.ca = os.path.join(self.folder, "ca.pem")
        with open(self.ca, "w") as f:
            f.write(server.ca_pem())
        openssl(*(key_args or ["genpkey", "-algorithm", "EC", "-pkeyopt",
                               "ec_paramgen_curve:P-256"]), "-out", self.key)
        self.csr = openssl("req", "-new", "-key", self.key, "-subj", "/CN=whatever").decode()
        self.connection = None

    def connect(self, with_certificate, timeout=90):
        context = ssl.create_default_context(cafile=self.ca)
        if with_certificate:
            context.load_cert_chain(self.certificate, self.key)
        return http.client.HTTPSConnection("127.0.0.1", self.server.tls_port, context=context,
                                           timeout=timeout)

    def call(self, method, path, body=None, headers=None, with_certificate=True, fresh=False):
        """One request, on a kept connection unless fresh."""
        if fresh or not with_certificate or self.connection is None:
            connection = self.connect(with_certificate)
        else:
            connection = self.connection
        answer = request(connection, method, path, body, headers)
        if fresh or not with_certificate:
            connection.close()
        else:
            self.connection = connection
        return answer

    def nonce(self):
        return self.call("GET", "/v1/nonce", with_certificate=False).json["nonce"]

    def proof(self, token, nonce):
        public = openssl("x509", "-in", self.ca, "-pubkey", "-noout")
        spki = openssl("pkey", "-pubin", "-outform", "DER", data=public)
        der = openssl("req", "-outform", "DER", data=self.csr.encode())
        covered = (b"enrol-v1" + nonce.encode() + hashlib.sha256(spki).digest() +
                   hashlib.sha256(der).digest())
        return hmac.new(token.encode(), covered, hashlib.sha256).hexdigest()

    def enrol_body(self, token=None, nonce=None):
        nonce = nonce or self.nonce()
        return {"version": 1, "nonce": nonce, "csr": self.csr, "host": self.name,
                "macs": self.macs, "uuid": self.uuid, "serial": self.serial, "boot_id": "boot-1",
                "proof": self.proof(token, nonce) if token else None}

    def enrol(self, token=None, body=None):
        answer = self.call("POST", "/v1/enrol", body or self.enrol_body(token),
                           with_certificate=False)
        if answer.status == 200:
            with open(self.certificate, "w") as f:
                f.write(answer.json["certificate"])
        return answer

    def report(self, step, state="done", message="", headers=None, **more):
        body = {"step": step, "state": state, "message": message, "progress": None,
                "boot_id": "boot-1", "seconds": 1.5, **more}
        return self.call("POST", "/v1/reports", body, headers)

    def gate(self, step, wait=0, headers=None):
        return self.call("GET", f"/v1/gates/{step}?wait={wait}", headers=headers)


# What a host with seed_boot=pxe needs of seed_artifacts.
BOOT_FILES = {
    "installer.vmlinuz": (b"kernel\n", {"kind": "boot"}),
    "installer.initrd": (b"initrd\n", {"kind": "boot"}),
    "grub-local.pxe": (b"grub\n", {"kind": "boot"}),
    "grub-local.efi": (b"grub for UEFI\n", {"kind": "boot"}),
    "debian": (b"\0" * 4096, {"kind": "os-image", "compression": "zstd", "raw_size": 4 << 20}),
}

# node4 boots by PXE.
PXE_MAC = "52:54:00:00:00:04"
PXE_HOSTS = HOSTS.replace("node4 ip=192.168.0.40",
                          f"node4 ip=192.168.0.40 seed_boot=pxe seed_mac={PXE_MAC} "
                          "\"seed_install_disk={'serial': 'OS4'}\"")


class Installer(Node):
    """The installer of a blank machine, with a key that it made in memory."""

    def __init__(self, server, macs=(PXE_MAC,), facts=None, **more):
        super().__init__(server, None, macs=macs, **more)
        self.facts = facts

    def enrol_body(self, token=None, nonce=None):
        return {**super().enrol_body(token, nonce), "purpose": "install", "facts": self.facts}

    def ask(self):
        return self.call("GET", "/v1/install")

    def hand_over(self, incarnation=1):
        return self.call("POST", "/v1/install/handover", {"incarnation": incarnation})

    def done(self, incarnation=1, root="6a2f1c1e-0b5e-4d38-9a3a-0123456789ab", firmware="bios"):
        return self.call("POST", "/v1/install/done", {
            "incarnation": incarnation, "root_uuid": root, "firmware": firmware,
            "disk": {"serial": "OS4", "wwn": "", "path": "pci-0", "size": 8 << 30}})

    def report(self, state="running", message="", **more):
        body = {"step": "install", "state": state, "message": message, "boot_id": "boot-1", **more}
        return self.call("POST", "/v1/install/reports", body)


def enrolled(server, *names):
    nodes = [Node(server, name) for name in names]
    for node in nodes:
        answer = node.enrol()
        if answer.status != 200:
            raise RuntimeError(f"{node.name} cannot enrol: {answer.status} {answer.error}")
    return nodes if len(nodes) > 1 else nodes[0]
