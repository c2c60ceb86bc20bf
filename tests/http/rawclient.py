# SPDX-License-Identifier: Apache-2.0
"""A client that sends the bytes it is told, on any plane, and says exactly what came back."""

import socket
import ssl
import struct

CLOSED = "closed"
PLANES = ("plain", "tls", "control")
FIRST = b"GET /healthz HTTP/1.1\r\nHost: seed\r\n"
POST = b"POST /healthz HTTP/1.1\r\nHost: seed\r\n"
GOOD = FIRST + b"\r\n"


def last(status):
    """That status, and then the end of the connection."""
    return str(status) + "!"


class Raw:
    """One connection. identity: a Node whose certificate is shown."""

    def __init__(self, server, plane, identity=None, timeout=10, source=None):
        if plane == "control":
            self.sock = socket.socket(socket.AF_UNIX)
            self.sock.settimeout(timeout)
            self.sock.connect(server.socket)
        else:
            port = server.tls_port if plane == "tls" else server.plain_port
            self.sock = socket.create_connection(("127.0.0.1", port), timeout,
                                                 source_address=source and (source, 0))
            self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if plane == "tls":
            context = ssl.create_default_context(cadata=server.ca)
            if identity:
                context.load_cert_chain(identity.certificate, identity.key)
            self.sock = context.wrap_socket(self.sock, server_hostname="127.0.0.1")
        self.data, self.ended = b"", False

    def send(self, data):
        """The server may end it before all is sent, and has its reasons."""
        try:
            self.sock.sendall(data)
        except OSError:
            pass

    def more(self):
        """False at the end."""
        try:
            piece = b"" if self.ended else self.sock.recv(65536)
        except TimeoutError:
            raise
        except OSError:
            piece = b""
        self.data += piece
        self.ended = self.ended or not piece
        return bool(piece)

    def answer(self, has_body=True):
        """The next answer's status, head and body; None when the connection ends before it."""
        while b"\r\n\r\n" not in self.data:
            if not self.more():
                return None
        head, _, rest = self.data.partition(b"\r\n\r\n")
        status = int(head.split(b" ")[1])
        fields = {line.split(b":")[0].lower(): line.partition(b":")[2].strip()
                  for line in head.split(b"\r\n")[1:]}
        length = int(fields.get(b"content-length", b"0")) if has_body and status != 304 else 0
        while len(rest) < length:
            if not self.more():
                return None
            rest = self.data.partition(b"\r\n\r\n")[2]
        self.data = rest[length:]
        return status, fields, rest[:length]

    def reset(self):
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close()

    def close(self):
        self.sock.close()


def outcome(raw, wanted, has_body=True):
    """What came, in the words of wanted: one expectation, or a list of them for pipelined requests."""
    got = []
    for one in wanted if isinstance(wanted, list) else [wanted]:
        try:
            answer = raw.answer(has_body)
            if answer is None:
                got.append(CLOSED)
            elif not str(one).endswith("!"):
                got.append(answer[0])
            else:
                following = raw.answer()
                got.append(last(answer[0]) if following is None
                           else f"{answer[0]}, then {following[0]}")
        except TimeoutError:
            got.append("nothing")
    return got if isinstance(wanted, list) else got[0]


class Honest:
    """A client of each plane that keeps its connection as long as it may."""

    def __init__(self, server):
        self.server, self.kept = server, {}

    def served(self, plane):
        for fresh in (False, True):
            if fresh or plane not in self.kept:
                self.kept[plane] = Raw(self.server, plane)
            self.kept[plane].send(b"GET /healthz HTTP/1.1\r\nHost: seed\r\n\r\n")
            answer = self.kept[plane].answer()
            if answer:
                return answer[0] == 200 and answer[2] == b"ok\n"
        return False


def client_hello():
    into, out = ssl.MemoryBIO(), ssl.MemoryBIO()
    try:
        ssl.create_default_context().wrap_bio(into, out, server_hostname="seed").do_handshake()
    except ssl.SSLWantReadError:
        return out.read()
