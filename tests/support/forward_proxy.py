"""A forward proxy on loopback, and a server with a certificate of a test's own certificate authority."""

from __future__ import annotations

import select
import socket
import ssl
import threading
from collections.abc import Mapping
from types import TracebackType
from urllib.parse import urlsplit

import trustme

from tests.support.scripted_server import ScriptedServer


class ForwardProxy:
    """Forwards requests in absolute form, and tunnels after CONNECT. Records every request line and its headers.

    Args:
        hosts: Port on this machine of each host that it resolves; it refuses other hosts with 502.
        authorization: The ``Proxy-Authorization`` header that it requires, or an empty string.
    """

    def __init__(self, hosts: Mapping[str, int], authorization: str = "") -> None:
        self.heads: list[str] = []
        self._hosts = hosts
        self._authorization = authorization
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve, daemon=True)

    @property
    def address(self) -> str:
        """Host and port."""
        return f"127.0.0.1:{self._listener.getsockname()[1]}"

    @property
    def request_lines(self) -> list[str]:
        return [head.partition("\r\n")[0] for head in self.heads]

    def __enter__(self) -> ForwardProxy:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            with client:
                self._handle(client)

    def _handle(self, client: socket.socket) -> None:
        data = b""
        while b"\r\n\r\n" not in data:
            chunk = client.recv(65_536)
            if not chunk:
                return
            data += chunk
        head, _, rest = data.partition(b"\r\n\r\n")
        self.heads.append(head.decode("ascii"))
        method, target, protocol = self.request_lines[-1].split(" ")
        host = target.rpartition(":")[0] if method == "CONNECT" else urlsplit(target).hostname or ""
        if self._authorization and f"authorization: {self._authorization}".lower() not in self.heads[-1].lower():
            client.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n")
            return
        if host not in self._hosts:
            client.sendall(b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n")
            return
        with socket.create_connection(("127.0.0.1", self._hosts[host])) as server:
            if method == "CONNECT":
                client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            else:
                parts = urlsplit(target)
                path = f"{parts.path}?{parts.query}" if parts.query else parts.path
                lines = head.partition(b"\r\n")[2]
                server.sendall(f"{method} {path} {protocol}\r\n".encode() + lines + b"\r\n\r\n" + rest)
            _relay(client, server)


def _relay(first: socket.socket, second: socket.socket) -> None:
    """Pass bytes in both directions until one side closes."""
    while True:
        for source in select.select([first, second], [], [])[0]:
            target = second if source is first else first
            try:
                data = source.recv(65_536)
                if not data:
                    return
                target.sendall(data)
            except OSError:
                return


class TlsServer(ScriptedServer):
    """A `ScriptedServer` behind TLS.

    Args:
        authority: The certificate authority.
        host: The host name in the certificate.
        responses: Complete HTTP responses.
    """

    def __init__(self, authority: trustme.CA, host: str, *responses: bytes) -> None:
        super().__init__(responses)
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(host).configure_cert(self._context)
        self._listener = self._context.wrap_socket(self._listener, server_side=True)

    @property
    def port(self) -> int:
        port: int = self._listener.getsockname()[1]
        return port
