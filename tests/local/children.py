"""What may be started instead of llama.cpp's server, and keeps or breaks its promises; and whether it still runs."""

import asyncio
import sys
from pathlib import Path

BEGIN = "import os, signal, sys, time\norder = sys.stdin.readline()\n"
SERVE = """
import json, threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

order = json.loads(order)

class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.0"

    def do_POST(self):
        assert self.headers["Authorization"] == "Bearer " + order["key"]
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.end_headers()
        delta = {"choices": [{"delta": {"content": f"from {os.getpid()}"}, "finish_reason": None}]}
        self.wfile.write(b"data: " + json.dumps(delta).encode() + b"\\n\\n")
        self.wfile.flush()
        if os.path.exists(order["file"] + ".dies"):
            os.remove(order["file"] + ".dies")
            os.kill(os.getpid(), signal.SIGKILL)
        end = {"choices": [{"delta": {}, "finish_reason": "stop"}]}
        self.wfile.write(b"data: " + json.dumps(end).encode() + b"\\n\\ndata: [DONE]\\n\\n")

    def log_message(self, *_):
        pass

server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
print(json.dumps({"port": server.server_port}), flush=True)
sys.stdin.read()
"""


def child(script: str) -> tuple[str, ...]:
    return sys.executable, "-c", BEGIN + script


async def gone(pid: int) -> None:
    async with asyncio.timeout(60):
        while alive(pid):
            await asyncio.sleep(0.01)


def alive(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()
