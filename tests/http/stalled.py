# SPDX-License-Identifier: Apache-2.0
"""Clients of a server that begin something and then do nothing more, from many addresses of
127.0.0.0/8. For tests and for the benchmark."""

import errno
import resource
import socket
import ssl

from rawclient import client_hello

HALF_HEAD = b"GET /healthz HTTP/1.1\r\nHost: seed\r\nX-Stalled: "
HALF_BODY = b"POST /healthz HTTP/1.1\r\nHost: seed\r\nContent-Length: 1000\r\n\r\nhalf"


def source(i):
    """127.64.0.0/10: nobody's."""
    return f"127.{64 + i // 65536 % 64}.{i // 256 % 256}.{i % 256}"


def allow_files(n):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < n:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(n, hard), hard))


class Stalled:
    """n peers, in turn: a TLS connection that says nothing, half a TLS handshake, half a plain head,
    half a plain body, half a head and half a body over TLS. sources: how many addresses they come
    from. Used as a context manager."""

    KINDS = ("silent", "half-hello", "half-head", "half-body", "tls-half-head", "tls-half-body")

    def __init__(self, plain_port, tls_port, n, sources=None, kinds=KINDS):
        self.plain_port, self.tls_port = plain_port, tls_port
        self.n, self.sources, self.kinds = n, sources or n, kinds
        self.peers = []
        self.hello = client_hello()
        self.context = ssl.create_default_context()
        self.context.check_hostname = False
        self.context.verify_mode = ssl.CERT_NONE

    def __enter__(self):
        allow_files(self.n + 1000)
        for i in range(self.n):
            self.open(i)
        return self

    def open(self, i):
        kind = self.kinds[i % len(self.kinds)]
        port = self.plain_port if kind in ("half-head", "half-body") else self.tls_port
        peer = socket.socket()
        self.peers.append(peer)
        peer.settimeout(60)
        peer.setsockopt(socket.IPPROTO_IP, 24, 1)  # IP_BIND_ADDRESS_NO_PORT
        peer.bind((source(i % self.sources), 0))
        peer.connect(("127.0.0.1", port))
        if kind.startswith("tls-"):
            peer = self.peers[-1] = self.context.wrap_socket(peer)
        said = {"half-hello": self.hello, "half-head": HALF_HEAD, "half-body": HALF_BODY,
                "tls-half-head": HALF_HEAD, "tls-half-body": HALF_BODY}.get(kind)
        if said:
            peer.sendall(said)
        peer.setblocking(False)

    def open_still(self):
        """How many the server has not ended. What it has said is dropped, as the bytes that they are:
        session tickets."""
        still = 0
        for peer in self.peers:
            try:
                while socket.socket.recv(peer, 65536):
                    pass
            except OSError as e:
                still += e.errno == errno.EAGAIN
        return still

    def __exit__(self, *unused):
        for peer in self.peers:
            peer.close()
