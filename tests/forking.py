"""The process that has loaded everything, and of which each `pressroom` of the tests is a fork."""

import gc
import json
import os
import resource
import select
import signal
import socket
import sys
from contextlib import suppress
from importlib import import_module
from pkgutil import walk_packages
from typing import Any

import service
from tests.loopback import refuse_all_else

SELDOM = ("alembic.command", "alembic.config", "markdown_it", "nh3")  # what the house loads when it needs it
LARGEST = 1 << 20
WIDTH = 16  # of a figure that is told


def main(control: socket.socket) -> None:
    """Forks at each order, until nobody can give any."""
    refuse_all_else()
    for module in walk_packages(service.__path__, "service."):
        if "__main__" not in module.name:
            import_module(module.name)
    for name in SELDOM:
        import_module(name)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.collect()
    gc.freeze()  # what was loaded stays: to look through it would copy its memory into each fork
    while True:
        order, files, *_ = socket.recv_fds(control, LARGEST, 4)
        if not order:
            return
        if os.fork() == 0:
            control.close()
            _keep(json.loads(order), *files)
        for file in files:
            os.close(file)
        _reap()


def _reap() -> None:
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _keep(order: dict[str, Any], status: int, *standard: int) -> None:
    """Tell the pid of a `pressroom`, then how it ended; it ends with whoever ordered it."""
    pid = os.fork()
    if pid == 0:
        os.close(status)
        _become(order, standard)
        sys.exit(import_module(order["main"]).main(order["words"]))
    for file in standard:
        os.close(file)
    os.write(status, _figure(pid))
    watch = select.poll()
    watch.register(os.pidfd_open(pid), select.POLLIN)
    watch.register(status, 0)  # an error, once nobody can read it
    if status in dict(watch.poll()):
        os.kill(pid, signal.SIGKILL)
    _, ended = os.waitpid(pid, 0)
    os.write(status, _figure(os.waitstatus_to_exitcode(ended)))
    os._exit(0)


def _figure(number: int) -> bytes:
    return str(number).ljust(WIDTH).encode()


def _become(order: dict[str, Any], standard: tuple[int, ...]) -> None:
    """What a process has that was started by itself."""
    for number, file in enumerate(standard):
        os.dup2(file, number)
        os.close(file)
    os.chdir(order["folder"])
    os.environ.clear()
    os.environ.update(order["environment"])
    resource.setrlimit(resource.RLIMIT_NOFILE, order["files"])
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.argv[:] = ["pressroom", *order["words"]]


if __name__ == "__main__":
    main(socket.socket(fileno=int(sys.argv[1])))
