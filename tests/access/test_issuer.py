"""Which tokens are an issuer's own, and what it costs to find out."""

import asyncio
import base64
import hmac
import json
import time
from collections.abc import AsyncGenerator, Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from joserfc.jwk import Key, OctKey, OKPKey, RSAKey

from service.access import issuer as issuers
from service.access.gate import Gate
from service.access.issuer import Issuer
from service.access.sign_in import SignIns
from service.api.gatekeeper import Gatekeeper
from service.api.rooms import CallerOf
from service.core.errors import IssuerUnavailable, Unauthorized
from service.store.keys import Keys
from service.store.sqlite import SQLite
from tests.entering import entrance
from tests.migrated import prepare
from tests.papers import AUDIENCE, Papers, made

RSA = RSAKey.generate_key(2048, {"kid": "rsa"})
EDWARDS = OKPKey.generate_key("Ed25519", {"kid": "edwards"})
SHARED = OctKey.import_key("a secret that it should never have published", {"kid": "shared"})
NOW = int(time.time())


@pytest.fixture
def papers() -> Papers:
    papers = Papers()
    papers.published += [RSA, EDWARDS, SHARED]
    return papers


@pytest.fixture
def issuer(papers: Papers) -> Issuer:
    return Issuer(papers.trusted(), papers.transport)


@pytest.fixture
async def client(papers: Papers, issuer: Issuer, tmp_path: Path) -> AsyncGenerator[httpx2.AsyncClient]:
    """Whom a request is for, asked through the gatekeeper."""
    database = SQLite(prepare(tmp_path))
    gate = Gate(Keys(database), b"secret", SignIns(issuer, b"secret"))
    app = FastAPI()
    app.state.rooms = SimpleNamespace(entrance=entrance(gate))
    app.add_middleware(Gatekeeper)

    @app.get("/who")
    async def who(caller: CallerOf) -> list[Any]:
        return [caller.workspace, caller.role, caller.name, caller.key, caller.subject]

    @app.get("/healthz")
    async def healthz() -> None: ...

    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://x") as client:
        yield client
    database.close()


def bearing(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def part(value: Any) -> str:
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unsigned(papers: Papers, **header: Any) -> str:
    _, claims, signature = papers.token().split(".")
    return f"{part({'alg': 'ES256', 'kid': 'first'} | header)}.{claims}.{signature}"


def altered(papers: Papers, claims: Any) -> str:
    header, _, signature = papers.token().split(".")
    return f"{header}.{part(claims)}.{signature}"


def confused(papers: Papers) -> str:
    """Signed with the public key, as if it were a secret that both share."""
    said = f"{part({'alg': 'HS256', 'kid': 'rsa'})}.{part(claims_of(papers.token()))}"
    return f"{said}.{part(hmac.digest(RSA.as_pem(private=False), said.encode(), 'sha256'))}"


def claims_of(token: str) -> dict[str, Any]:
    return json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))


WRONG: dict[str, Callable[[Papers], str]] = {
    "nothing": lambda _: "",
    "no token": lambda _: "x",
    "three dots": lambda _: "...",
    "empty parts": lambda _: "..",
    "no JSON": lambda _: f"{part(b'{')}.{part({})}.{part(b'x')}",
    "a header that is a list": lambda _: f"{part([])}.{part({})}.{part(b'x')}",
    "a header without an algorithm": lambda p: unsigned(p, alg=None),
    "an algorithm that is a list": lambda p: unsigned(p, alg=["ES256"]),
    "no signature": lambda p: p.token().rpartition(".")[0] + ".",
    "alg none": lambda p: f"{part({'alg': 'none'})}.{part(claims_of(p.token()))}.",
    "alg None": lambda p: unsigned(p, alg="None"),
    "HS256 with the public key": confused,
    "HS256 with a secret that is published": lambda p: p.token(SHARED, {"alg": "HS256"}),
    "another algorithm than the key's": lambda p: unsigned(p, alg="RS256"),
    "another's key of the same name": lambda p: p.token(made("first")),
    "a key of its own in the header": lambda p: p.token(made("other"), {"jwk": made("other").as_dict(private=False)}),
    "a key elsewhere in the header": lambda p: p.token(made("other"), {"jku": "https://evil.example/keys"}),
    "other claims": lambda p: altered(p, claims_of(p.token()) | {"role": "admin"}),
    "an unknown critical extension": lambda p: unsigned(p, crit=["strange"], strange=1),
    "a critical extension that is not there": lambda p: unsigned(p, crit=["exp"]),
    "crit that is no list": lambda p: unsigned(p, crit=1),
    "a logout token": lambda p: p.token(header={"typ": "logout+jwt"}),
    "a type that is no text": lambda p: unsigned(p, typ=1),
    "a key id that is no text": lambda p: unsigned(p, kid={"a": 1}),
    "another issuer": lambda p: p.token(iss="https://accounts.example.org/"),
    "no issuer": lambda p: p.token(iss=None),
    "another audience": lambda p: p.token(aud="pressroom"),
    "other audiences": lambda p: p.token(aud=["a", "b"]),
    "an audience that is nested": lambda p: p.token(aud=[[AUDIENCE]]),
    "no audience": lambda p: p.token(aud=None),
    "expired": lambda p: p.token(exp=NOW - 120),
    "never expires": lambda p: p.token(exp=None),
    "an expiry that is text": lambda p: p.token(exp=str(NOW + 300)),
    "an expiry that is no number": lambda p: p.token(exp=float("nan")),
    "expires in the year 33658": lambda p: p.token(exp=10**12),
    "expires when no date is": lambda p: p.token(exp=1e20),
    "expires at a number of 300 digits": lambda p: p.token(exp=10**300),
    "is from when no date is": lambda p: p.token(iat=1e20),
    "is valid from when no date is": lambda p: p.token(nbf=10**300),
    "not yet valid": lambda p: p.token(nbf=NOW + 3_600),
    "of the future": lambda p: p.token(iat=NOW + 3_600),
    "no subject": lambda p: p.token(sub=None),
    "a subject that is no text": lambda p: p.token(sub=7),
    "a long subject": lambda p: p.token(sub="x" * 256),
    "claims that are a list": lambda p: altered(p, []),
    "8 KB": lambda p: p.token(filler="x" * 8_000),
    "8 KB of nested junk": lambda _: f"{part(b'[' * 5_900)}.x.x"[:8_000],
    "nested claims": lambda p: f"{p.token().split('.')[0]}.{part(b'[' * 5_000)}.{part(b'x' * 64)}",
    "encrypted": lambda _: f"{part({'alg': 'dir', 'enc': 'A256GCM'})}..x.x.x",
    "beyond ASCII": lambda p: p.token() + "é",
}  # fmt: skip


@pytest.mark.parametrize("wrong", WRONG)
async def test_a_wrong_token_opens_nothing(client: httpx2.AsyncClient, papers: Papers, wrong: str) -> None:
    headers = [(b"Authorization", b"Bearer " + WRONG[wrong](papers).encode("latin-1"))]
    answer = await client.get("/who", headers=headers)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "unauthorized"
    assert (await client.get("/healthz", headers=headers)).status_code == 200
    assert len(papers.asked) <= 2


@pytest.mark.filterwarnings("ignore:EdDSA is deprecated")
@pytest.mark.parametrize(
    ("key", "algorithm"),
    [(RSA, "RS256"), (RSA, "RS512"), (RSA, "PS256"), (None, "ES256"), (EDWARDS, "EdDSA"), (EDWARDS, "Ed25519")],
)
async def test_tokens_of_the_issuer_let_in(
    client: httpx2.AsyncClient, papers: Papers, key: Key | None, algorithm: str
) -> None:
    token = papers.token(key, {"alg": algorithm, "typ": "at+jwt", "strange": 1})
    assert (await client.get("/who", headers=bearing(token))).json() == ["bees", "writer", "Ada", None, "ada"]


@pytest.mark.parametrize("claims", [{"exp": -20}, {"nbf": 20}, {"iat": 20}])
async def test_clocks_may_differ_a_little(issuer: Issuer, papers: Papers, claims: dict[str, int]) -> None:
    told: dict[str, Any] = {name: int(time.time()) + seconds for name, seconds in claims.items()}
    assert (await issuer.claims(papers.token(**told), AUDIENCE))["sub"] == "ada"


async def test_a_token_may_be_for_others_too(issuer: Issuer, papers: Papers) -> None:
    assert await issuer.claims(papers.token(aud=["another", AUDIENCE], iat=None), AUDIENCE)


async def test_an_account_without_a_role_is_told_so(client: httpx2.AsyncClient, papers: Papers) -> None:
    answer = await client.get("/who", headers=bearing(papers.token(role=None)))
    assert (answer.status_code, answer.json()["params"]) == (403, {"reason": "account"})
    assert (await client.get("/healthz", headers=bearing(papers.token(role=None)))).status_code == 200


async def test_its_keys_are_asked_for_once(issuer: Issuer, papers: Papers) -> None:
    await asyncio.gather(*(issuer.claims(papers.token(), AUDIENCE) for _ in range(20)))
    assert len(papers.asked) == 2


async def test_a_new_key_is_asked_for_but_not_with_every_token(
    issuer: Issuer, papers: Papers, monkeypatch: pytest.MonkeyPatch
) -> None:
    await issuer.claims(papers.token(), AUDIENCE)
    before, papers.key = papers.key, made("second")
    papers.published = [papers.key]
    for n in range(20):  # strangers make keys up
        with pytest.raises(Unauthorized):
            await issuer.claims(papers.token(made(f"another {n}")), AUDIENCE)
    assert len(papers.asked) == 2
    monkeypatch.setattr(issuers, "PAUSE", 0)
    assert await issuer.claims(papers.token(), AUDIENCE)
    assert len(papers.asked) == 4
    monkeypatch.setattr(issuers, "PAUSE", 10)
    with pytest.raises(Unauthorized):
        await issuer.claims(papers.token(before), AUDIENCE)
    assert len(papers.asked) == 4


async def test_a_key_that_is_withdrawn_is_forgotten_in_time(
    issuer: Issuer, papers: Papers, monkeypatch: pytest.MonkeyPatch
) -> None:
    await issuer.claims(papers.token(), AUDIENCE)
    before, papers.key = papers.key, made("second")
    papers.published = [papers.key]
    assert await issuer.claims(papers.token(before), AUDIENCE)
    monkeypatch.setattr(issuers, "PAUSE", 0)
    monkeypatch.setattr(issuers, "RENEWED", 0)
    async with asyncio.timeout(60):
        with pytest.raises(Unauthorized):
            while True:  # its keys are renewed meanwhile
                await issuer.claims(papers.token(before), AUDIENCE)
                await asyncio.sleep(0)


async def test_an_issuer_that_is_down_is_needed_only_for_keys_that_are_not_known(
    client: httpx2.AsyncClient, papers: Papers, monkeypatch: pytest.MonkeyPatch
) -> None:
    papers.down = True
    answers = await asyncio.gather(*(client.get("/who", headers=bearing(papers.token())) for _ in range(9)))
    assert {answer.status_code for answer in answers} == {503}
    assert {answer.headers["Retry-After"] for answer in answers} == {"10"}
    assert answers[0].json()["code"] == "issuer_unavailable"
    assert len(papers.asked) == 1
    assert (await client.get("/who", headers=bearing("x.y.z"))).status_code == 401
    assert (await client.get("/who", headers=bearing("pr_x"))).status_code == 401
    assert (await client.get("/healthz", headers=bearing(papers.token()))).status_code == 200
    papers.down = False
    monkeypatch.setattr(issuers, "PAUSE", 0)
    assert (await client.get("/who", headers=bearing(papers.token()))).status_code == 200
    papers.down = True
    for renewed in (3_600, 0):
        monkeypatch.setattr(issuers, "RENEWED", renewed)
        assert (await client.get("/who", headers=bearing(papers.token()))).status_code == 200
    assert (await client.get("/who", headers=bearing(papers.token(made("new"))))).status_code == 503
    monkeypatch.setattr(issuers, "OUTDATED", 0)
    assert (await client.get("/who", headers=bearing(papers.token()))).status_code == 503


@pytest.mark.parametrize(
    "change",
    [
        {"issuer": "https://another.example"},
        {"jwks_uri": None},
        {"jwks_uri": "http://accounts.example.org/keys"},
        {"filler": "x" * 1_000_001},
    ],
)
async def test_what_it_tells_must_be_usable(issuer: Issuer, papers: Papers, change: dict[str, Any]) -> None:
    papers.about |= change
    with pytest.raises(IssuerUnavailable):
        await issuer.claims(papers.token(), AUDIENCE)


@pytest.mark.parametrize(
    ("status", "body", "headers"),
    [(500, "{}", {}), (302, "", {"Location": "/x"}), (200, "<html>", {}), (200, "[]", {})],
)
async def test_answers_that_tell_nothing_are_not_usable(
    papers: Papers, status: int, body: str, headers: dict[str, str]
) -> None:
    transport = httpx2.MockTransport(lambda _: httpx2.Response(status, text=body, headers=headers))
    with pytest.raises(IssuerUnavailable):
        await Issuer(papers.trusted(), transport).metadata()


async def test_a_single_key_needs_no_name(issuer: Issuer, papers: Papers) -> None:
    papers.published = [papers.key]
    assert (await issuer.claims(papers.token(header={"kid": None}), AUDIENCE))["sub"] == "ada"
