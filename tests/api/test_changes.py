"""What changed between two versions, word by word."""

import pytest

from tests.api.test_input import is_problem
from tests.server import Server

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_the_words_that_changed_are_told(server: Server) -> None:
    job = await server.start_job("Changing")
    await server.watch(job)
    for version, text in enumerate(("One old word.\n\nThe end.", "One new word.\n\nThe end."), start=1):
        answer = await server.client.patch(f"/articles/{job}", json={"version": version, "content": text})
        assert answer.status_code == 200
    changes = (await server.client.get(f"/articles/{job}/versions/2/changes/3")).json()["changes"]
    assert changes == [
        {"kind": "same", "text": "One "},
        {"kind": "removed", "text": "old"},
        {"kind": "added", "text": "new"},
        {"kind": "same", "text": " word.\n\nThe end."},
    ]
    is_problem(await server.client.get(f"/articles/{job}/versions/2/changes/4"), 404, "not_found")
