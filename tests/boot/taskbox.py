# SPDX-License-Identifier: Apache-2.0
"""A taskbox small enough to lie: the part of the HTTP API that a node needs up to its config, over
TLS certificates of any date, with any answer replaced. For what the real server never does."""

import http.server
import json
import os
import ssl
import subprocess
import threading
import time


def openssl(*arguments, folder, text=None):
    return subprocess.run(["openssl", *arguments], cwd=folder, input=text, text=True, check=True,
                          capture_output=True).stdout


def spki(certificate, folder):
    """SHA-256 of the public key, in hex."""
    key = openssl("x509", "-in", certificate, "-pubkey", "-noout", folder=folder)
    der = subprocess.run(["openssl", "pkey", "-pubin", "-outform", "DER"], input=key.encode(),
                         check=True, capture_output=True).stdout
    return subprocess.run(["sha256sum"], input=der, check=True, capture_output=True).stdout[:64].decode()


class Authority:
    """A CA in a folder of its own, that signs from when to when it is told."""

    def __init__(self, folder, at):
        self.folder = folder
        os.makedirs(folder)
        with open(f"{folder}/ca.cnf", "w", encoding="ascii") as f:
            f.write("[ca]\ndefault_ca=d\n[d]\ndatabase=index\nserial=serial\nnew_certs_dir=.\n"
                    "default_md=sha256\npolicy=p\nunique_subject=no\ncopy_extensions=copy\n"
                    "[p]\ncommonName=supplied\n[req]\ndistinguished_name=n\n[n]\n"
                    "[v]\nbasicConstraints=critical,CA:TRUE\n")
        open(f"{folder}/index", "w", encoding="ascii").close()
        with open(f"{folder}/serial", "w", encoding="ascii") as f:
            f.write("01\n")
        self.key("ca")
        openssl("req", "-new", "-config", "ca.cnf", "-key", "ca.key", "-subj", "/CN=test CA", "-out",
                "ca.csr", folder=folder)
        self.sign("ca", at, "-selfsign", "-keyfile", "ca.key", "-extensions", "v")
        self.pin = spki("ca.crt", folder)

    def key(self, name):
        openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out",
                f"{name}.key", folder=self.folder)

    def sign(self, name, at, *more):
        def date(t):
            return time.strftime("%Y%m%d%H%M%SZ", time.gmtime(t))

        if not more:
            more = ("-cert", "ca.crt", "-keyfile", "ca.key")
        openssl("ca", "-batch", "-notext", "-config", "ca.cnf", "-startdate", date(at - 86400), "-enddate",
                date(at + 86400), "-in", f"{name}.csr", "-out", f"{name}.crt", *more,
                folder=self.folder)

    def issue(self, name, at, names=""):
        """NAME.crt for NAME.key."""
        self.key(name)
        extra = ("-addext", f"subjectAltName={names}") if names else ()
        openssl("req", "-new", "-config", "ca.cnf", "-key", f"{name}.key", "-subj", f"/CN={name}", *extra,
                "-out", f"{name}.csr", folder=self.folder)
        self.sign(name, at)


class File:
    """Bytes by HTTP, with Range. breaks: after how many bytes of the file a connection is cut off,
    one connection each. etag: what If-Range is held against; None: Range is not understood."""

    def __init__(self, data, etag=None, breaks=()):
        self.data = data
        self.etag = etag
        self.breaks = list(breaks)
        self.ranges = []  # what was asked for

    def send(self, handler):
        wanted = handler.headers.get("Range")
        self.ranges.append(wanted)
        begin = 0
        if wanted and self.etag and handler.headers.get("If-Range") == f'"{self.etag}"':
            begin = int(wanted.split("=")[1].split("-")[0])
        handler.send_response(206 if begin else 200)
        handler.send_header("Content-Length", str(len(self.data) - begin))
        handler.end_headers()
        end = self.breaks.pop(0) if self.breaks else len(self.data)
        try:
            handler.wfile.write(self.data[begin:max(begin, end)])
        except OSError:
            pass  # the client has hung up, which is its right
        if end < len(self.data):
            handler.close_connection = True
            handler.connection.close()


class Taskbox:
    """Serves on two ports of an address. at: its time in seconds since 1970. answers: {(method, path):
    function(body) -> (status, text, header lines…)} go first. names: of its certificate."""

    def __init__(self, folder, at=None, config=None, answers=None, names=None, address="127.0.0.1"):
        self.at = at or time.time()
        self.address = address
        self.config = config
        self.answers = answers or {}
        self.requests = []
        self.bodies = []
        self.paths = []  # the same with their queries
        self.headers = []  # the same with each request's headers
        self.files = {}  # path: File, on the plain plane
        self.away = False  # hangs up on everybody
        self.ca = Authority(folder, self.at)
        self.ca.issue("server", self.at, names or f"IP:{address}")
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(f"{folder}/server.crt", f"{folder}/server.key")
        self.plain = self.listen(None)
        self.tls = self.listen(tls)

    def listen(self, tls):
        box = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                path = self.path.split("?")[0]
                if box.away:
                    self.close_connection = True
                    return
                box.paths.append(self.path)
                box.requests.append((self.command, path))
                box.bodies.append(body.decode(errors="replace"))
                box.headers.append(((self.command, path), dict(self.headers)))
                if self.command == "GET" and path in box.files:
                    box.files[path].send(self)
                    return
                special = box.answers.get((self.command, self.path)) or box.answers.get((self.command, path))
                status, text, *lines = special(body) if special else box.answer(self.command, path, body)
                self.send_response(status)
                for line in lines:
                    self.send_header(*line.split(": ", 1))
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text.encode())

            do_POST = do_GET

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_):
                pass  # a client that does not trust us hangs up

        server = Server((self.address, 0), Handler)
        if tls:
            server.socket = tls.wrap_socket(server.socket, server_side=True,
                                            do_handshake_on_connect=False)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return server.server_address[1]

    def answer(self, method, path, body):
        folder = self.ca.folder
        if (method, path) == ("GET", "/ca.pem"):
            with open(f"{folder}/ca.crt", encoding="ascii") as f:
                return 200, f.read()
        if (method, path) == ("GET", "/v1/nonce"):
            return 200, json.dumps({"nonce": "0" * 64, "time": int(self.at * 1000)})
        if (method, path) == ("POST", "/v1/enrol"):
            return self.certify(json.loads(body)["csr"], self.at)
        if (method, path) == ("GET", "/v1/config"):
            return 200, json.dumps(self.config)
        if method == "POST":
            return 204, ""
        return 404, json.dumps({"error": "no such thing"})

    def certify(self, csr, at):
        """The answer to node1's request for a certificate that begins a day before at, and ends a day after."""
        folder = self.ca.folder
        with open(f"{folder}/node1.csr", "w", encoding="ascii") as f:
            f.write(csr)
        self.ca.sign("node1", at)
        with open(f"{folder}/node1.crt", encoding="ascii") as f, open(f"{folder}/ca.crt", encoding="ascii") as g:
            return 200, json.dumps({"host": "node1", "certificate": f.read(), "ca": g.read()})

    def seed(self, root, **more):
        """Writes ROOT/etc/nodeseed/seed.yml."""
        lines = {"server": f"https://{self.address}:{self.tls}", "plain": f"http://{self.address}:{self.plain}",
                 "pin": self.ca.pin, "host": "node1"} | more
        os.makedirs(f"{root}/etc/nodeseed", exist_ok=True)
        os.makedirs(f"{root}/sys/class/dmi/id", exist_ok=True)
        with open(f"{root}/sys/class/dmi/id/product_serial", "w", encoding="ascii") as f:
            f.write("SERIAL1\n")
        with open(f"{root}/etc/nodeseed/seed.yml", "w", encoding="ascii") as f:
            f.writelines(f"{name}: \"{value}\"\n" for name, value in lines.items())


CONFIG = {"version": 1, "plan": "p1", "cluster": {"id": "0b5b9f1c-6f3a-4d37-9d13-4c4a6c1e6d10"},
          "host": {"name": "node1", "roles": ["node"], "ip": "127.0.0.1"}}


def bootstrap(root, *arguments, timeout=60, env=None, program="seed-bootstrap"):
    """(exit status, stderr); status None: still running at the time limit, and ended."""
    command = [f"{os.environ.get('BUILD', 'build')}/{program}", "--root", root, *arguments]
    child = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env={**os.environ, **(env or {})})
    try:
        words = child.communicate(timeout=timeout)[1]
        return child.returncode, words
    except subprocess.TimeoutExpired:
        child.kill()
        return None, child.communicate()[1]


class Tap:
    def __init__(self):
        self.n = 0

    def check(self, good, what, more=""):
        self.n += 1
        print(f"{'ok' if good else 'not ok'} {self.n} - {what}", flush=True)
        if not good and more:
            print("\n".join(f"# {line}" for line in str(more).splitlines()), flush=True)

    def skip(self, what, why):
        self.n += 1
        print(f"ok {self.n} - {what} # SKIP {why}", flush=True)

    def end(self):
        """The last call: ends the program without waiting for threads that still serve somebody."""
        print(f"1..{self.n}", flush=True)
        os._exit(0)
