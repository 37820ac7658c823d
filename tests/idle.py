"""Web sockets that ask and then do nothing, as cheap as the system has them: a thousand fit into one test."""

import resource
import socket
from urllib.parse import urlsplit

from tests.server import Server

ASKED = (
    "GET {} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n"
)


def opened(server: Server, path: str, *, room: int = 4096) -> socket.socket:
    """A web socket as a browser asks for it, whose system takes only little that is not read."""
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room)
    made.settimeout(10)
    parts = urlsplit(server.url)
    made.connect((parts.hostname, parts.port))
    made.sendall(ASKED.format(path).encode())
    assert made.recv(12) == b"HTTP/1.1 101"
    return made


def many_files() -> None:
    """A thousand sockets are more than most systems let a process have unasked."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
