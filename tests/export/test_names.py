import pytest

from service.export.names import disposition


@pytest.mark.parametrize(
    ("title", "plain", "exact"),
    [
        ("Bees", "Bees.md", "Bees.md"),
        ("Bees — a tale, not a fly", "Bees-a-tale-not-a-fly.md", "Bees-a-tale-not-a-fly.md"),
        ("Bees & honey / wax", "Bees-honey-wax.md", "Bees-%26-honey-wax.md"),
        ("Café", "Cafe.md", "Caf%C3%A9.md"),
        ("漢字", "article.md", "%E6%BC%A2%E5%AD%97.md"),
        ('../"etc"\r\nSet-Cookie: x', "etc-Set-Cookie-x.md", "etc-Set-Cookie-x.md"),
        ("\u202egpj.exe", "gpj.exe.md", "gpj.exe.md"),
        ("...", "article.md", "article.md"),
    ],
)
def test_a_file_name_says_the_title_and_nothing_else(title: str, plain: str, exact: str) -> None:
    assert disposition(title, "md") == f"attachment; filename=\"{plain}\"; filename*=UTF-8''{exact}"


def test_a_long_title_is_cut_between_characters() -> None:
    assert len(disposition("漢" * 500, "pdf").encode()) < 600
