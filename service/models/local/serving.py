"""The process of a model inside Pressroom: llama.cpp's server on a free loopback port.

It takes its order as a line of standard input, tells its port as a line of standard output, and ends with its input.
llama.cpp's messages go to standard error.
"""

import ctypes
import os
import signal
import sys
from importlib import import_module
from typing import Any

import msgspec

SET_PDEATHSIG = 1
ERRORS = 1  # the level of llama.cpp's messages


class Order(msgspec.Struct, kw_only=True):
    file: str
    name: str
    key: str
    threads: int
    slots: int
    context: int  # tokens a slot


class Ready(msgspec.Struct):
    port: int


def main() -> None:
    _end_with_parent()
    told = os.dup(1)
    os.dup2(2, 1)
    line = sys.stdin.buffer.readline()
    if line:
        server = _served(msgspec.json.decode(line, type=Order))
        port = int(server.listening_address.rpartition(":")[2])
        os.write(told, msgspec.json.encode(Ready(port)) + b"\n")
        sys.stdin.buffer.read()
    os._exit(0)  # at once, whatever is being written


def _end_with_parent() -> None:
    """Loading a model holds the interpreter's lock, so that the end of the input would be noticed late."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(SET_PDEATHSIG, signal.SIGKILL)


def _served(order: Order) -> Any:
    llama: Any = import_module("xllamacpp")  # large, and only there with the extra `local`
    params = llama.CommonParams()
    params.model.path, params.model_alias = order.file, {order.name}
    params.hostnames, params.port, params.api_keys, params.ui = ["127.0.0.1"], 0, [order.key], False
    params.n_parallel, params.n_ctx = order.slots, order.slots * order.context
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = order.threads
    params.cache_ram_mib = 0  # it would keep old prompts in up to 8 GB
    params.use_jinja, params.verbosity = True, ERRORS
    return llama.Server(params)


if __name__ == "__main__":
    main()
