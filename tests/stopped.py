"""One process finds at once that another has stopped."""

from service.store.articles import Articles


async def found_stopped(seen_by: Articles, process: str) -> None:
    roll = await seen_by.call_roll({})
    await seen_by.call_roll({process: roll.beats[process]} if process in roll.beats else {})
