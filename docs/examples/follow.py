"""Starts an article, follows it even if the connection is lost, and prints it.

uv run python docs/examples/follow.py "Why rivers meander" http://127.0.0.1:8000
"""

import json
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import httpx2

TIMEOUT = httpx2.Timeout(10, read=60)  # a stream may be quiet for 15 seconds


def events(client: httpx2.Client, url: str) -> Iterator[dict[str, Any]]:
    """All events until the article is done or has failed."""
    last_id, wait = "", 1.0
    while True:
        lost = suppress(httpx2.TransportError)
        with lost, client.sse(url, headers={"Last-Event-ID": last_id}) as source:
            if source.response.status_code == 204:  # nothing comes after the last event
                return
            source.response.raise_for_status()
            for sent in source:
                wait = wait if sent.retry is None else sent.retry / 1000
                if not sent.data:
                    continue
                event = json.loads(sent.data)
                yield event
                if event["type"] in ("done", "error"):
                    return
                last_id = sent.id
        time.sleep(wait)


def main(topic: str, server: str = "http://127.0.0.1:8000") -> None:
    texts: dict[tuple[str, int | None], bytes] = {}
    with httpx2.Client(base_url=server, timeout=TIMEOUT) as client:
        job = client.post("/start-job", json={"topic": topic}).raise_for_status().json()
        for event in events(client, job["events_url"]):
            match event:
                case {"type": "stage"}:
                    print(f"{event['progress']:3} % {event['message']}", file=sys.stderr)
                case {"type": "token", "stage": stage, "section": section, "offset": offset, "text": text}:
                    # The one rule. Offsets count UTF-16 code units, which are two bytes each.
                    before = texts.get((stage, section), b"")[: 2 * offset]
                    texts[stage, section] = before + text.encode("utf-16-le")
                case {"type": "error"}:
                    sys.exit(event["message"])
    print(texts.get(("style", None), b"").decode("utf-16-le"))


if __name__ == "__main__":
    main(*sys.argv[1:])
