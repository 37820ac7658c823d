"""Whose word is taken for where a request comes from."""

from pathlib import Path

import pytest

from service.server import _also_mapped
from tests.closed import closed

WRONG = {"Authorization": "Bearer pr_guessed"}


@pytest.mark.process
async def test_a_trusted_proxy_says_the_address_and_the_scheme(tmp_path: Path) -> None:
    words = {"TRUSTED_PROXIES": "127.0.0.1, 10.0.0.0/8", "FAILED_SIGN_INS": "1/minute"}
    async with closed(tmp_path, **{f"PRESSROOM_{name}": value for name, value in words.items()}) as (server, keys):

        async def fails(*addresses: str) -> int:
            headers = WRONG | {"X-Forwarded-For": ", ".join(addresses)}
            return (await server.client.get("/articles/", headers=headers)).status_code

        assert await fails("192.0.2.1") == 401
        assert await fails("192.0.2.1", "10.0.0.7") == 429
        assert await fails("192.0.2.9", "192.0.2.1") == 429  # what the client claims itself changes nothing
        assert await fails("192.0.2.1", "192.0.2.2") == 401
        assert await fails("127.0.0.1", "192.0.2.2") == 429
        https = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.3"}
        answer = await server.client.post("/session", json={"key": keys["writer"]}, headers=https)
        cookie = answer.headers["Set-Cookie"]
        assert cookie.startswith("__Host-pressroom_session=")
        assert "; Secure" in cookie
        assert "Strict-Transport-Security" in answer.headers
        answer = await server.client.get("/articles/", headers=https | {"Cookie": cookie.partition(";")[0]})
        assert answer.status_code == 200
        plain = cookie.partition(";")[0].removeprefix("__Host-")  # which a neighbouring host could have set
        assert (await server.client.get("/articles/", headers=https | {"Cookie": plain})).status_code == 401


@pytest.mark.process
async def test_nobody_else_is_believed(tmp_path: Path) -> None:
    words = {"PRESSROOM_FAILED_SIGN_INS": "1/minute", "PRESSROOM_TRUSTED_PROXIES": "192.0.2.0/24"}
    async with closed(tmp_path, **words) as (server, keys):
        claimed: dict[str, str] = {}
        for number, status in enumerate([401, 429, 429]):
            claimed = {"X-Forwarded-For": f"192.0.2.{number}", "X-Forwarded-Proto": "https"}
            answer = await server.client.get("/articles/", headers=WRONG | claimed)
            assert answer.status_code == status
            assert "Strict-Transport-Security" not in answer.headers
        answer = await server.client.post("/session", json={"key": keys["writer"]}, headers=claimed)
        assert answer.headers["Set-Cookie"].startswith("pressroom_session=")
        assert "Secure" not in answer.headers["Set-Cookie"]


def test_a_socket_of_ipv6_knows_proxies_of_ipv4() -> None:
    assert _also_mapped(["10.0.0.0/8", "2001:db8::/32"]) == ["10.0.0.0/8", "2001:db8::/32", "::ffff:10.0.0.0/104"]
