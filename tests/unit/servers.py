#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Servers on loopback for tests of HTTP and TLS: usage servers.py FOLDER

Makes certificates in FOLDER with openssl(1), listens, writes FOLDER/ports ("name port" lines) when
all is ready, and serves until its standard input ends."""
import http.server
import json
import os
import socket
import socketserver
import ssl
import subprocess
import sys
import threading
import time
import warnings

warnings.simplefilter("ignore", DeprecationWarning)  # old TLS is offered on purpose

folder = sys.argv[1]


def path(name):
    return os.path.join(folder, name)


def openssl(*args):
    subprocess.run(("openssl",) + args, check=True, cwd=folder, stdout=subprocess.DEVNULL,
                   stderr=subprocess.PIPE)


def make_ca(name):
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
            "-keyout", name + ".key", "-out", name + ".crt", "-days", "10000", "-subj", "/CN=" + name)


def make_certificate(name, ca, sans, start="20200101000000Z", end="20400101000000Z"):
    """By `openssl ca`, which takes any dates."""
    base = path(name)
    with open(base + ".cnf", "w") as f:
        f.write("[ca]\ndefault_ca=d\n[d]\ndatabase=%s.db\nserial=%s.serial\nnew_certs_dir=%s\n"
                "default_md=sha256\npolicy=p\nx509_extensions=x\nunique_subject=no\n"
                "[p]\ncommonName=supplied\n[x]\nbasicConstraints=CA:false\n%s"
                % (base, base, folder, "subjectAltName=" + sans + "\n" if sans else ""))
    open(base + ".db", "w").close()
    with open(base + ".serial", "w") as f:
        f.write("%02X\n" % (abs(hash(name)) % 100 + 10))
    openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
            name + ".key", "-out", name + ".csr", "-subj", "/CN=" + name)
    openssl("ca", "-batch", "-notext", "-config", name + ".cnf", "-cert", ca + ".crt", "-keyfile",
            ca + ".key", "-in", name + ".csr", "-out", name + ".crt", "-startdate", start,
            "-enddate", end)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 20

    def log_message(self, *args):
        pass

    def answer(self, status, body=b"", **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        name, _, argument = self.path[1:].partition("/")
        getattr(self, "path_" + name)(argument, body)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do

    def path_echo(self, argument, body):
        seen = {"method": self.command, "headers": {k.lower(): v for k, v in self.headers.items()},
                "body": body.decode(), "connection": id(self.connection)}
        if isinstance(self.connection, ssl.SSLSocket):
            seen["tls"] = self.connection.version()
            seen["peer"] = str(self.connection.getpeercert() or "")
        self.answer(200, json.dumps(seen).encode())

    def path_status(self, argument, body):
        self.answer(int(argument), b"words of the server")

    def path_redirect(self, argument, body):
        self.answer(302, b"", Location="/echo")

    def path_retry(self, argument, body):
        self.answer(503, b"", Retry_After=argument)

    def path_etag(self, argument, body):
        self.answer(200, b"x", ETag=argument.replace("|", '"'))

    def path_file(self, argument, body):
        data, etag = b"0123456789", '"v1"'
        given = self.headers.get("Range", "")
        if given.startswith("bytes=") and self.headers.get("If-Range", etag) == etag:
            start = int(given[6:].rstrip("-"))
            self.answer(206, data[start:], ETag=etag,
                        Content_Range="bytes %d-9/10" % start)
        else:
            self.answer(200, data, ETag=etag)

    def path_large(self, argument, body):
        self.answer(200, b"x" * int(argument))

    def path_chunked(self, argument, body):
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for _ in range(int(argument)):
            self.wfile.write(b"1000\r\n" + b"y" * 4096 + b"\r\n")
        self.wfile.write(b"0\r\n\r\n")

    def path_cut(self, argument, body):
        self.send_response(200)
        self.send_header("Content-Length", "100")
        self.send_header("ETag", '"cut"')
        self.end_headers()
        self.wfile.write(b"0123456789")
        self.close_connection = True

    def path_slow(self, argument, body):
        time.sleep(float(argument))
        self.answer(200, b"late")

    def path_garbage(self, argument, body):
        self.wfile.write(b"SSH-2.0-OpenSSH_9.2\r\n")
        self.close_connection = True

    def path_line(self, argument, body):
        self.wfile.write(argument.replace("_", " ").encode() + b"\r\nContent-Length: 0\r\n\r\n")
        self.close_connection = True

    def path_close(self, argument, body):
        self.close_connection = True


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True

    def get_request(self):
        connection, address = super().get_request()
        return connection, address

    def finish_request(self, request, client_address):
        # The handshake belongs to the connection's own thread, and its failures to the client.
        try:
            if getattr(self, "tls", None):
                request.settimeout(20)
                request = self.tls.wrap_socket(request, server_side=True)
            super().finish_request(request, client_address)
        except OSError:
            pass
        finally:
            try:
                request.close()
            except OSError:
                pass


class UnixServer(Server):
    address_family = socket.AF_UNIX

    def server_bind(self):
        self.socket.bind(self.server_address)
        self.server_name, self.server_port = "unix", 0

    def get_request(self):
        connection, _ = self.socket.accept()
        return connection, ("unix", 0)


def serve(server):
    threading.Thread(target=server.serve_forever, daemon=True).start()


def listen(tls=None):
    server = Server(("127.0.0.1", 0), Handler)
    server.tls = tls
    serve(server)
    return server.server_address[1]


def context(name, client_ca=None, highest=None):
    c = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    c.load_cert_chain(path(name + ".crt"), path(name + ".key"))
    if client_ca:
        c.load_verify_locations(path(client_ca + ".crt"))
        c.verify_mode = ssl.CERT_REQUIRED
    if highest:
        c.minimum_version = ssl.TLSVersion.TLSv1
        c.maximum_version = highest
        c.set_ciphers("DEFAULT@SECLEVEL=0")
    return c


make_ca("ca")
make_ca("other-ca")
here = "DNS:localhost,IP:127.0.0.1"
make_certificate("good", "ca", here)
make_certificate("stranger", "other-ca", here)
make_certificate("elsewhere", "ca", "DNS:elsewhere.example,IP:127.0.0.2")
make_certificate("expired", "ca", here, end="20210101000000Z")
make_certificate("early", "ca", here, start="20390101000000Z")
make_certificate("early-stranger", "other-ca", here, start="20390101000000Z")
make_certificate("early-elsewhere", "ca", "DNS:elsewhere.example", start="20390101000000Z")
make_certificate("client", "ca", "")
make_certificate("other-client", "other-ca", "")

ports = {"plain": listen()}
for server in ("good", "stranger", "elsewhere", "expired", "early", "early-stranger",
               "early-elsewhere"):
    ports[server] = listen(context(server))
ports["mutual"] = listen(context("good", client_ca="ca"))
ports["tls12"] = listen(context("good", highest=ssl.TLSVersion.TLSv1_2))
ports["tls11"] = listen(context("good", highest=ssl.TLSVersion.TLSv1_1))
serve(UnixServer(path("socket"), Handler))

with open(path("ports.new"), "w") as f:
    for name, port in ports.items():
        f.write("%s %d\n" % (name, port))
os.rename(path("ports.new"), path("ports"))
sys.stdin.read()
