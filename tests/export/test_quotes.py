import time

import pytest

from service.export.quotes import curled
from service.export.typesetting import typesetting


@pytest.mark.parametrize(
    ("language", "text", "set"),
    [
        ("en", "\"It's the 'best' of it,\" she said in the '90s.", "“It’s the ‘best’ of it,” she said in the ’90s."),
        ("en", '"\'Hi\', he said" ("so") – "now"', "“‘Hi’, he said” (“so”) – “now”"),
        ("en", "the bees' hive, rock 'n' roll", "the bees’ hive, rock ‘n’ roll"),
        ("de", '"Wie geht\'s?" Er sagte: "Das ist \'gut\'."', "„Wie geht’s?“ Er sagte: „Das ist ‚gut‘.“"),
        ("de-CH", '"gut"', "«gut»"),
        ("fr-CA", '"l\'abeille"', "«\u202fl’abeille\u202f»"),
        ("sv", '"hej"', "”hej”"),
        ("zh-Hans", '他说"你好"。他说"好"，"不"。', "他说“你好”。他说“好”，“不”。"),
        ("zh-Hant-TW", '他說"好"', "他說「好」"),
        ("und", '"a"', "“a”"),
        ("en", "nothing", "nothing"),
    ],
)
def test_straight_marks_become_those_of_the_language(language: str, text: str, set: str) -> None:
    assert curled(text, language) == set


def test_marks_know_what_stands_beside_them_across_emphasis_and_code() -> None:
    html = typesetting("en").render('*"One"* and "`a"b`" or **bold**\'s\n"end"')
    assert html == "<p><em>“One”</em> and “<code>a&quot;b</code>” or <strong>bold</strong>’s\n“end”</p>\n"


@pytest.mark.parametrize("text", ['"a', "'", "a'", "'a \"", " '\""])
def test_marks_without_an_end_take_no_more_than_others(text: str) -> None:
    def seconds(length: int) -> float:
        times = []
        for _ in range(3):  # the best counts: a busy machine only takes time
            began = time.process_time()
            curled(text * (length // len(text)), "fr")
            times.append(time.process_time() - began)
        return min(times)

    assert seconds(100_000) < 40 * max(seconds(10_000), 0.01)
