"""Another host: a network of its own, joined to this one by a cable. It goes with the processes in it."""

import ipaddress
import os
import subprocess
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

BITS = 30
MOST = ipaddress.ip_network("198.18.0.0/15")  # for tests of networks: RFC 2544
AT = MOST.network_address + (os.getpid() << (32 - BITS)) % MOST.num_addresses  # others may run the same tests
HERE, THERE = f"{AT + 1}", f"{AT + 2}"
HERE_WITHIN = f"{HERE}/{BITS}"
MACS = {HERE: "02:00:00:00:00:01", THERE: "02:00:00:00:00:02"}
NOBODYS = "02:00:00:00:00:03"
OUR_END, THEIR_END = f"pr{os.getpid()}a", f"pr{os.getpid()}b"  # of the cable
ENDS_WITH_US = "setpriv", "--pdeathsig", "KILL"


@dataclass
class Network:
    _pid: int

    def inside(self, *command: str) -> list[str]:
        """The command, run on the other host. It ends with this process."""
        return [*ENDS_WITH_US, "nsenter", f"--net=/proc/{self._pid}/ns/net", *command]

    def unplug(self) -> None:
        _run(self.inside("ip", "link", "set", THEIR_END, "down"))

    def plug_in(self) -> None:
        _run(self.inside("ip", "link", "set", THEIR_END, "up"))
        self.deliver()

    def swallow(self) -> None:
        """Lose on the way whatever is sent."""
        self._send(to_them=NOBODYS, to_us=NOBODYS)

    def deliver(self) -> None:
        self._send(to_them=MACS[THERE], to_us=MACS[HERE])

    def _send(self, *, to_them: str, to_us: str) -> None:
        _run(_neighbour(THERE, to_them, OUR_END))
        _run(self.inside(*_neighbour(HERE, to_us, THEIR_END)))


@contextmanager
def network() -> Generator[Network]:
    """Skips the test where the kernel, or the rights one has, allow none."""
    try:
        process = subprocess.Popen([*ENDS_WITH_US, "unshare", "--net", "sleep", "infinity"])
    except FileNotFoundError as missing:
        pytest.skip(f"no network of its own can be made here: {missing}")
    try:
        yield _joined(process)
    finally:
        process.kill()
        process.wait()
        subprocess.run(["ip", "link", "del", OUR_END], check=False, stderr=subprocess.DEVNULL)  # does not wait for that


def _joined(process: subprocess.Popen[bytes]) -> Network:
    made, until = Network(process.pid), time.monotonic() + 10
    while _name(process.pid) in (_name("self"), None):
        if process.poll() is not None or time.monotonic() > until:
            pytest.skip("no network of its own can be made here: the kernel, or the rights one has, forbid it")
        time.sleep(0.01)
    ours = ["ip", "link", "add", OUR_END, "address", MACS[HERE]]
    theirs = ["type", "veth", "peer", "name", THEIR_END, "address", MACS[THERE], "netns", str(process.pid)]
    try:
        _run([*ours, *theirs])
        _run(["ip", "address", "add", HERE_WITHIN, "dev", OUR_END])
        _run(["ip", "link", "set", OUR_END, "up"])
        _run(made.inside("ip", "address", "add", f"{THERE}/{BITS}", "dev", THEIR_END))
        _run(made.inside("ip", "link", "set", "lo", "up"))
        made.plug_in()
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"no network of its own can be made here: {error}")
    return made


def _name(pid: int | str) -> str | None:
    """Of a process's network, as long as there is the process."""
    try:
        return os.readlink(f"/proc/{pid}/ns/net")
    except FileNotFoundError:
        return None


def _neighbour(address: str, mac: str, end: str) -> list[str]:
    return ["ip", "neigh", "replace", address, "lladdr", mac, "nud", "permanent", "dev", end]


def _run(command: list[str]) -> None:
    subprocess.run(command, check=True)
