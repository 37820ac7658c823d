"""A model on this machine or network is given more time."""

import pytest

from service.endpoint import ELSEWHERE, NEARBY, _limits
from service.settings import load


@pytest.mark.parametrize(
    ("url", "times"),
    [
        ("http://127.0.0.1:11434/v1", NEARBY),
        ("http://[::1]:8080/v1", NEARBY),
        ("http://localhost:1234/v1", NEARBY),
        ("http://192.168.1.20:8000/v1", NEARBY),
        ("http://ollama:11434/v1", NEARBY),
        ("http://models.lan/v1", NEARBY),
        ("https://api.openai.com/v1", ELSEWHERE),
        ("https://8.8.8.8/v1", ELSEWHERE),
    ],
)
def test_time_depends_on_where_the_model_is(url: str, times: tuple[float, ...]) -> None:
    limits = _limits(load(), url)
    assert (limits.first_token, limits.idle, limits.total) == times
    assert _limits(load(model_first_token_timeout=7.0), url).first_token == 7
