"""Signing in at an issuer: what it is asked, and answers that do not belong to what this browser has begun."""

import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from authlib.oauth2.rfc7636 import create_s256_code_challenge

from service.access import sign_in
from service.access.issuer import Issuer
from service.access.sign_in import Begun, SignIns
from service.core.caller import Caller
from service.core.errors import Forbidden, IssuerUnavailable, Unauthorized
from tests.papers import Papers, made

CALLBACK = "https://press.example.org/oidc/callback"


@pytest.fixture
def papers() -> Papers:
    return Papers()


@pytest.fixture
def sign_ins(papers: Papers) -> SignIns:
    return SignIns(Issuer(papers.trusted(), papers.transport), b"secret")


def asked(begun: Begun) -> dict[str, str]:
    return {name: value for name, [value] in parse_qs(urlsplit(begun.url).query).items()}


def answer(papers: Papers, begun: Begun, **claims: Any) -> dict[str, str]:
    """What the issuer would send the browser back with, and tell us."""
    said: dict[str, Any] = {"aud": "pressroom", "nonce": asked(begun)["nonce"]} | claims
    papers.answers = [
        httpx2.Response(200, json={"access_token": "x", "token_type": "Bearer", "id_token": papers.token(**said)})
    ]
    return {"code": "its code", "state": asked(begun)["state"]}


async def test_who_signs_in_goes_where_they_wanted_to_go(papers: Papers) -> None:
    sent: list[httpx2.Request] = []
    transport = httpx2.MockTransport(lambda request: sent.append(request) or papers.answer(request))
    sign_ins = SignIns(Issuer(papers.trusted(), transport), b"secret")
    begun = await sign_ins.begin(CALLBACK, "library.html?q=a")
    what = asked(begun)
    assert begun.url.startswith("https://accounts.example.org/authorize?")
    assert (what["response_type"], what["client_id"], what["scope"]) == ("code", "pressroom", "openid")
    assert (what["redirect_uri"], what["code_challenge_method"]) == (CALLBACK, "S256")
    who, to = await sign_ins.complete(CALLBACK, begun.sealed, answer(papers, begun) | {"iss": papers.url})
    assert (who, to) == (Caller("bees", "writer", "Ada", subject="ada"), "library.html?q=a")
    form = {name: value for name, [value] in parse_qs(sent[-1].content.decode()).items()}
    assert (form["code"], form["grant_type"], form["redirect_uri"]) == ("its code", "authorization_code", CALLBACK)
    assert create_s256_code_challenge(form["code_verifier"]) == what["code_challenge"]
    assert form["code_verifier"] not in begun.sealed


async def test_no_two_sign_ins_are_alike(sign_ins: SignIns) -> None:
    a, b = [await sign_ins.begin(CALLBACK, "") for _ in range(2)]
    assert all(asked(a)[name] != asked(b)[name] for name in ("state", "nonce", "code_challenge"))


@pytest.mark.parametrize("change", [{"state": "another"}, {"state": ""}, {"iss": "https://another.example"}])
async def test_an_answer_to_another_question_is_refused(
    papers: Papers, sign_ins: SignIns, change: dict[str, str]
) -> None:
    begun = await sign_ins.begin(CALLBACK, "")
    with pytest.raises(Unauthorized):
        await sign_ins.complete(CALLBACK, begun.sealed, answer(papers, begun) | change)
    assert len(papers.answers) == 1  # nobody was asked what the code stands for


async def test_what_another_browser_has_begun_is_refused(papers: Papers, sign_ins: SignIns) -> None:
    mine, theirs = [await sign_ins.begin(CALLBACK, "") for _ in range(2)]
    for sealed in ("", "x", mine.sealed[:-4] + "AAAA", theirs.sealed):
        with pytest.raises(Unauthorized):
            await sign_ins.complete(CALLBACK, sealed, answer(papers, mine))
    elsewhere = SignIns(sign_ins.issuer, b"another secret")
    with pytest.raises(Unauthorized):
        await elsewhere.complete(CALLBACK, mine.sealed, answer(papers, mine))


async def test_a_sign_in_takes_ten_minutes_at_most(
    papers: Papers, sign_ins: SignIns, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sign_in, "LASTS", -1)
    begun = await sign_ins.begin(CALLBACK, "")
    with pytest.raises(Unauthorized):
        await sign_ins.complete(CALLBACK, begun.sealed, answer(papers, begun))


async def test_an_issuer_that_says_that_it_names_itself_has_to(papers: Papers, sign_ins: SignIns) -> None:
    papers.about["authorization_response_iss_parameter_supported"] = True
    begun = await sign_ins.begin(CALLBACK, "")
    with pytest.raises(Unauthorized):
        await sign_ins.complete(CALLBACK, begun.sealed, answer(papers, begun))
    await sign_ins.complete(CALLBACK, begun.sealed, answer(papers, begun) | {"iss": papers.url})


@pytest.mark.parametrize(
    "claims",
    [
        {"nonce": "another"}, {"nonce": None}, {"aud": "another"}, {"aud": "pressroom-api"}, {"azp": "another"},
        {"aud": ["pressroom", "another"], "azp": "another"}, {"iss": "https://another.example"},
        {"exp": int(time.time()) - 120}, {"key": made("another")},
    ],
)  # fmt: skip
async def test_an_id_token_must_be_for_this_sign_in(papers: Papers, sign_ins: SignIns, claims: dict[str, Any]) -> None:
    begun = await sign_ins.begin(CALLBACK, "")
    with pytest.raises(Unauthorized):
        await sign_ins.complete(CALLBACK, begun.sealed, answer(papers, begun, **claims))


async def test_who_may_enter_nowhere_is_told_so(papers: Papers, sign_ins: SignIns) -> None:
    begun = await sign_ins.begin(CALLBACK, "")
    with pytest.raises(Forbidden):
        await sign_ins.complete(CALLBACK, begun.sealed, answer(papers, begun, role=None))


@pytest.mark.parametrize("change", [{"error": "access_denied"}, {"code": None}])
async def test_who_was_not_let_in_there_is_not_let_in_here(
    papers: Papers, sign_ins: SignIns, change: dict[str, Any]
) -> None:
    begun = await sign_ins.begin(CALLBACK, "")
    told = {name: value for name, value in (answer(papers, begun) | change).items() if value is not None}
    with pytest.raises(Unauthorized) as refused:
        await sign_ins.complete(CALLBACK, begun.sealed, told)
    assert refused.value.params == {"reason": "denied"}


@pytest.mark.parametrize(
    ("response", "error"),
    [
        (httpx2.Response(400, json={"error": "invalid_grant"}), Unauthorized),
        (httpx2.Response(401, json={"error": "invalid_client"}), Unauthorized),
        (httpx2.Response(200, json={"access_token": "x", "token_type": "Bearer"}), Unauthorized),
        (httpx2.Response(200, json={"id_token": ["x"], "access_token": "x"}), Unauthorized),
        (httpx2.Response(200, json=[]), IssuerUnavailable),
        (httpx2.Response(200, text="<html>"), IssuerUnavailable),
        (httpx2.Response(302, headers={"Location": "/elsewhere"}), IssuerUnavailable),
        (httpx2.Response(503, text="later"), IssuerUnavailable),
    ],
)
async def test_what_its_token_endpoint_may_answer(
    papers: Papers, sign_ins: SignIns, response: httpx2.Response, error: type[Exception]
) -> None:
    begun = await sign_ins.begin(CALLBACK, "")
    told = answer(papers, begun)
    papers.answers = [response]
    with pytest.raises(error):
        await sign_ins.complete(CALLBACK, begun.sealed, told)


async def test_an_issuer_that_is_down_is_said(papers: Papers, sign_ins: SignIns) -> None:
    begun = await sign_ins.begin(CALLBACK, "")
    told = answer(papers, begun)
    papers.down = True
    with pytest.raises(IssuerUnavailable):
        await sign_ins.complete(CALLBACK, begun.sealed, told)
    with pytest.raises(IssuerUnavailable):
        await SignIns(Issuer(papers.trusted(), papers.transport), b"secret").begin(CALLBACK, "")


async def test_one_can_sign_out_there_too_where_there_is_a_page_for_it(papers: Papers) -> None:
    sign_ins = SignIns(Issuer(papers.trusted(), papers.transport), b"secret")
    back = "https://press.example.org/sign-in.html"
    assert await sign_ins.farewell(back) is None
    papers.about["end_session_endpoint"] = "https://accounts.example.org/end"
    url = await SignIns(Issuer(papers.trusted(), papers.transport), b"secret").farewell(back)
    assert asked(Begun(url or "", "", "")) == {"client_id": "pressroom", "post_logout_redirect_uri": back}
    papers.down = True
    assert await SignIns(Issuer(papers.trusted(), papers.transport), b"secret").farewell(back) is None


@pytest.mark.parametrize("url", [None, "http://accounts.example.org/authorize"])
async def test_nobody_is_sent_where_others_can_listen(papers: Papers, sign_ins: SignIns, url: str | None) -> None:
    papers.about["authorization_endpoint"] = url
    with pytest.raises(IssuerUnavailable):
        await sign_ins.begin(CALLBACK, "")


@pytest.mark.parametrize(
    ("settings", "known", "header", "form"),
    [
        ({"client_secret": None}, ["none"], False, set()),
        ({}, ["client_secret_post"], False, {"client_secret"}),
        ({}, ["client_secret_post", "client_secret_basic"], True, set()),
    ],
)
async def test_who_we_are_is_shown_as_the_issuer_wants_it(
    papers: Papers, settings: dict[str, Any], known: list[str], header: bool, form: set[str]
) -> None:
    sent: list[httpx2.Request] = []
    transport = httpx2.MockTransport(lambda request: sent.append(request) or papers.answer(request))
    sign_ins = SignIns(Issuer(papers.trusted(**settings), transport), b"secret")
    papers.about["token_endpoint_auth_methods_supported"] = known
    begun = await sign_ins.begin(CALLBACK, "")
    await sign_ins.complete(CALLBACK, begun.sealed, answer(papers, begun))
    assert ("Authorization" in sent[-1].headers) == header
    assert parse_qs(sent[-1].content.decode()).keys() & {"client_secret"} == form
