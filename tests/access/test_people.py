"""Where a token's claims let somebody in, and settings that don't go together."""

from typing import Any

import pytest

from service.access.people import demand_whole, person, private
from service.core.caller import Caller
from service.core.errors import Forbidden, SettingsError
from service.messages import say
from tests.papers import Papers

PAPERS = Papers()
ADA = {"sub": "ada"}


@pytest.mark.parametrize(
    ("claims", "settings", "expected"),
    [
        ({"workspace": "bees", "role": "writer", "name": "Ada"}, {}, ("bees", "writer", "Ada")),
        ({"workspace": "bees", "role": "writer"}, {}, ("bees", "writer", "ada")),
        ({"workspace": ["bees"], "role": ["offline_access", "reader", "admin"]}, {}, ("bees", "admin", "ada")),
        ({"a": {"b": {"c": ["writer"]}}, "https://x.example/w": "bees"},
         {"role_claim": "a.b.c", "workspace_claim": "https://x.example/w"}, ("bees", "writer", "ada")),
        ({}, {"workspace": "default", "role": "reader"}, ("default", "reader", "ada")),
        ({"workspace": "bees", "role": "emperor"}, {"role": "reader"}, ("bees", "reader", "ada")),
        ({"workspace": "bees", "role": "writer", "name": " \u202eA\nda" + "x" * 200}, {},
         ("bees", "writer", "Ada" + "x" * 97)),
    ],
)  # fmt: skip
def test_claims_open_a_workspace(claims: dict[str, Any], settings: dict[str, Any], expected: tuple[Any, ...]) -> None:
    workspace, role, name = expected
    assert person(ADA | claims, PAPERS.trusted(**settings)) == Caller(workspace, role, name, subject="ada")


@pytest.mark.parametrize(
    ("claims", "settings"),
    [
        ({"workspace": "bees"}, {}),
        ({"role": "admin"}, {}),
        ({"workspace": "bees", "role": "emperor"}, {}),
        ({"workspace": "bees", "role": {"admin": True}}, {}),
        ({"workspace": "bees", "role": 7}, {}),
        # A workspace that is unclear is not the one of those who have none.
        *(({"workspace": unclear, "role": "writer"}, {"workspace": "default"})
          for unclear in ("", " ", "b\nees", "b" * 37, ["bees", "wasps"], [], 7, {"bees": 1})),
    ],
)  # fmt: skip
def test_who_may_enter_nowhere_is_refused(claims: dict[str, Any], settings: dict[str, Any]) -> None:
    with pytest.raises(Forbidden) as refused:
        person(ADA | claims, PAPERS.trusted(**settings))
    assert refused.value.params == {"reason": "account"}


@pytest.mark.parametrize(
    ("settings", "auth", "reason"),
    [
        ({}, False, "oidc_without_auth"),
        ({"issuer": "", "client_id": ""}, True, "oidc_without_issuer"),
        ({"issuer": "", "audience": "", "client_secret": None}, True, "oidc_without_issuer"),
        ({"client_id": "", "audience": "", "client_secret": None}, True, "oidc_for_whom"),
        ({"client_id": ""}, True, "oidc_secret"),
        ({"issuer": "http://accounts.example.org"}, True, "oidc_not_private"),
    ],
)
def test_settings_that_do_not_go_together_are_one_line(settings: dict[str, Any], auth: bool, reason: str) -> None:
    with pytest.raises(SettingsError) as refused:
        demand_whole(PAPERS.trusted(**settings), auth=auth)
    assert refused.value.params["reason"] == reason
    assert "PRESSROOM_" in say(refused.value.sentence)


@pytest.mark.parametrize("auth", [True, False])
def test_settings_that_go_together_are_accepted(auth: bool) -> None:
    none = {"issuer": "", "audience": "", "client_id": "", "client_secret": None}
    demand_whole(PAPERS.trusted(**none), auth=auth)
    demand_whole(PAPERS.trusted(client_secret=None), auth=True)
    demand_whole(PAPERS.trusted(client_id="", client_secret=None), auth=True)


@pytest.mark.parametrize(
    ("url", "is_private"),
    [
        ("https://accounts.example.org/", True), ("http://127.0.0.1:8080/realms/a", True), ("http://[::1]/", True),
        ("http://localhost/", True), ("http://accounts.example.org/", False), ("http://127.0.0.1.example.org/", False),
        ("http://10.0.0.1/", False), ("ftp://localhost/", False), ("", False),
    ],
)  # fmt: skip
def test_others_can_read_what_is_sent_unencrypted_beyond_this_machine(url: str, is_private: bool) -> None:
    assert private(url) == is_private
