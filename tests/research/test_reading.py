"""From bytes to text: charsets, markup, and what is neither."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.research.frames import Question, Reading
from service.research.reading import decoded, read
from tests.examples import examples

JAPANESE = "ミツバチは大きな群れで生活している。春になると花から蜜を集める。集めた蜜は巣の中で蜂蜜になる。"
RUSSIAN = "Медоносная пчела живёт большими семьями. Весной пчёлы вылетают из улья и собирают нектар."
TEXTS = {
    "shift_jis": JAPANESE,
    "euc-jp": JAPANESE,
    "gbk": "蜜蜂过着群居生活。春天来临时，蜜蜂飞出蜂箱，从花朵中采集花蜜，花蜜在蜂巢里变成蜂蜜。",
    "big5": "蜜蜂過著群居生活。春天來臨時，蜜蜂飛出蜂箱，從花朵中採集花蜜，花蜜在蜂巢裡變成蜂蜜。",
    "euc-kr": "꿀벌은 큰 무리를 지어 산다. 봄이 되면 벌통에서 날아올라 꽃에서 꿀을 모은다.",
    "windows-1251": RUSSIAN,
    "koi8-r": RUSSIAN,
    "utf-8": "L’abeille récolte le nectar, пчела собирает нектар, ミツバチは花から蜜を集める。",
}
UNSAID = [name for name in TEXTS if name != "koi8-r"]  # too much like others to be guessed from so little


def page(text: str, head: str = "") -> str:
    scripts = "<script>var x = 1;</script>" * 200  # ASCII, as most of a page is
    return f"<html><head>{head}<title>x</title>{scripts}</head><body><article><p>{text}</p></article></body></html>"


def reading(body: bytes, *, html: bool = True, charset: str | None = None, most: int = 20_000) -> Reading:
    return read(Question(body=body, html=html, charset=charset, max_characters=most))


@pytest.mark.parametrize("name", TEXTS)
def test_the_charset_of_the_header_is_obeyed(name: str) -> None:
    assert reading(page(TEXTS[name]).encode(name), charset=name).text == TEXTS[name]


@pytest.mark.parametrize("name", TEXTS)
def test_the_charset_of_the_page_is_obeyed(name: str) -> None:
    assert reading(page(TEXTS[name], f'<meta charset="{name}">').encode(name)).text == TEXTS[name]


@pytest.mark.parametrize("name", UNSAID)
@pytest.mark.parametrize("said", [None, "utf-8", "us-ascii", "no-such-thing", "rot13", "zlib", "undefined", "idna"])
def test_a_charset_that_is_missing_or_wrong_is_found_out(name: str, said: str | None) -> None:
    assert reading(page(TEXTS[name]).encode(name), charset=said).text == TEXTS[name]


@pytest.mark.parametrize("said", ["windows-1251", "iso-8859-1", "gbk"])
def test_what_is_utf_8_is_read_as_that_whatever_is_said(said: str) -> None:
    body = page(TEXTS["utf-8"]).encode()
    assert reading(body, charset=said).text == TEXTS["utf-8"]
    torn = body.replace("récolte".encode(), b"r\xe9colte")
    assert "пчела собирает" in reading(torn, charset=said).text


def test_latin_1_is_taken_as_browsers_do() -> None:
    assert decoded(b"\x93caf\xe9\x94", "ISO-8859-1") == "“café”"


@pytest.mark.parametrize(
    ("name", "charset"), [("utf-16", None), ("utf-16-le", "utf-16-le"), ("iso2022_jp", "iso-2022-jp")]
)
def test_charsets_that_look_like_ascii_are_found(name: str, charset: str | None) -> None:
    assert reading(page(TEXTS["shift_jis"]).encode(name), charset=charset).text == TEXTS["shift_jis"]


def test_the_main_text_comes_as_markdown() -> None:
    markup = """<html><head><title>Bee site</title><meta property="og:title" content="All about bees"></head>
    <body><nav><a href="/">Home</a></nav><main><article><h1>All about bees</h1>
    <p>Bees are flying insects closely related to wasps and ants, known for their role in <b>pollination</b>.</p>
    <h2>Honey</h2><p>It is made from nectar, which <a href="/x">bees</a> gather from flowers in spring and summer.</p>
    <ul><li>clover</li><li>lime tree</li></ul></article></main><footer>All rights reserved</footer></body></html>"""
    found = reading(markup.encode())
    assert found.title == "All about bees"
    assert found.text == (
        "# All about bees\n\nBees are flying insects closely related to wasps and ants, known for their role in "
        "**pollination**.\n\n## Honey\n\nIt is made from nectar, which bees gather from flowers in spring and summer."
        "\n\n- clover\n- lime tree"
    )


def test_plain_text_stays_as_it_is_but_for_controls() -> None:
    found = reading("\ufeff# Bees\r\n\r\na\0b\x1b[31m <b>c</b>\x85\tü".encode(), html=False)
    assert found == Reading(title="", text="# Bees\n\nab[31m <b>c</b>\n\tü")


def test_a_title_has_no_control_characters() -> None:
    head = "<head><title>Be\x9bes\u200b\x7f hum</title></head>"
    body = f"<html>{head}<body><article>Bees</article></body></html>".encode()
    assert reading(body).title == "Be es\u200b hum"


@pytest.mark.parametrize("html", [True, False])
def test_text_ends_at_the_limit(html: bool) -> None:
    text = "".join(
        f"<p>The {n}th bee flew from the hive to the flowers and came back with nectar.</p>" for n in range(900)
    )
    body = f"<html><head><title>{'T' * 900}</title></head><body><article>{text}</article></body></html>".encode()
    found = reading(body, html=html, most=1_000)
    assert 990 < len(found.text) <= 1_000
    assert len(found.title) <= 300


BROKEN = [
    b"", b"\0", b"<", b"<html", b"<html></html>", b"<!doctype html>", b"<html><body></body></html>", b"just words",
    b"<html><body><script>a()</script></body></html>", b"<a><b" * 9_000, b"<div>" * 90_000, b"&#0;&#xD800;&#99999;",
    b'<?xml version="1.0" encoding="utf-16"?><html/>', b"<table><tr><td>" * 9_000, b"\xff\xfe\x00", bytes(range(256)),
]  # fmt: skip


@pytest.mark.parametrize("body", BROKEN, ids=lambda body: repr(body[:20]))
def test_broken_pages_are_read_without_a_crash(body: bytes) -> None:
    reading(body).text.encode()


@settings(max_examples=examples(100), deadline=None)
@given(
    st.lists(
        st.sampled_from([b"<p>", b"</p>", b"<html>", b"<!--", b"]]>", b"<svg>", b"\xe9", b"\0", b"bee ", b"&", b"<"])
    ),
    st.sampled_from([None, "utf-8", "utf-7", "punycode", "utf-16"]),
)
def test_any_bytes_are_read_without_a_crash(pieces: list[bytes], charset: str | None) -> None:
    reading(b"".join(pieces), charset=charset).text.encode()
