"""The parts of canned sentences. Every scene fits every subject and every turn."""

import random
from collections.abc import Iterator

SCENES = (
    "On a quiet morning", "Seen from close by", "At the kitchen table", "After a long winter",
    "In a small café", "Without any hurry", "Between two trains", "For once", "By lamplight",
    "On second thoughts", "Somewhere near the coast", "With a pencil in hand", "Late in the afternoon",
    "At first glance", "Under a wide sky", "In the second row", "Against all advice", "Over a cup of tea",
    "Step by step", "In an old notebook", "Before the rain comes", "Halfway up the hill",
    "To everyone's surprise",
)  # fmt: skip

SUBJECTS = (
    "a patient observer", "the whole village", "every good teacher", "a naïve question", "the oldest map",
    "a curious child", "the night porter", "a careful gardener", "the second draft", "a borrowed ladder",
    "the quiet majority", "one honest mistake", "the local clockmaker", "a wandering cat", "the first page",
    "a handful of facts", "the river itself", "an unhurried reader", "the usual explanation",
    "a well-kept secret", "the morning post", "a simple drawing", "the last witness",
)  # fmt: skip

TURNS = (
    "shows that small causes add up", "leads back to where it all began",
    "says more than a thick book could", "turns a doubt into a plan", "makes room for one more thought",
    "changes the mood — and then the subject", "keeps its promise a little too well",
    "finds the one detail that matters", "puts the pieces into a new order",
    "raises more questions than it answers", "takes the long way round, and rightly so",
    "proves surprisingly hard to forget", "opens a door that nobody had tried",
    "draws a line from here to tomorrow", "gives the story its turning point",
    "settles an argument that nobody remembers", "leaves just enough to the imagination",
    "carries the tune for a while", "waits until the noise has passed",
    "asks for patience — and is given some", "points to the plain answer",
    "adds a pinch of salt to the matter", "ends up as the best example of all",
)  # fmt: skip

THINGS = (
    "seed", "rain", "light", "time", "care", "salt", "wind", "paper", "bread", "chalk", "rope", "glass",
    "copper", "honey", "thyme", "maps", "songs", "tea", "ink", "stone", "wool", "clay", "smoke",
    "jalapeños",
)  # fmt: skip

HOOKS = (
    "Now", "So", "Look", "Right", "Honestly", "You know what", "Believe it or not", "Oddly enough",
    "Here we go", "Between you and me", "Truth be told", "Mind you",
)  # fmt: skip

ASIDES = (
    "this is where it gets interesting", "let's slow down for a moment", "it helps to picture this",
    "here comes my favourite part", "you may have seen this before", "this bit deserves a second look",
    "we can start with the simple part", "nobody tells you this at school",
    "it pays to stay a little longer", "it all hangs together, I promise", "this is worth a cup of tea",
    "let's look behind the curtain",
)  # fmt: skip


def sentences(rng: random.Random, section: int) -> Iterator[str]:
    """Endless sentences. Sections whose numbers differ modulo 23 share none."""
    size = len(SCENES)
    for scene, subject in _pairs(rng, size):
        # A sentence's three places add up to its section's number, modulo `size`.
        turn = (section - scene - subject) % size
        yield f"{SCENES[scene]}, {SUBJECTS[subject]} {TURNS[turn]}."


def openers(rng: random.Random) -> Iterator[str]:
    """Endless conversational openings of paragraphs."""
    for hook, aside in _pairs(rng, len(HOOKS)):
        yield f"{HOOKS[hook]} — {ASIDES[aside]}."


def _pairs(rng: random.Random, size: int) -> Iterator[tuple[int, int]]:
    """Every pair of numbers below `size`, repeated endlessly; neighbours differ in both."""
    first, second = rng.sample(range(size), size), rng.sample(range(size), size)
    while True:
        for lap in range(size):
            for step in range(size):
                yield first[step], second[(step + lap) % size]
