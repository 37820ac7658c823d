import socket

import pytest

from tests.loopback import BeyondLoopback


def test_no_test_can_reach_another_machine() -> None:
    with socket.socket() as out, pytest.raises(BeyondLoopback):
        out.connect(("192.0.2.1", 80))


def test_no_test_can_look_up_a_name() -> None:
    with pytest.raises(BeyondLoopback):
        socket.getaddrinfo("api.openai.com", 443)
