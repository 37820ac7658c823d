"""When a budget is missed."""

from tests.bench.rows import Row, table


def test_a_ratio_below_what_is_wanted_at_least_is_missed():
    row = Row(name="rate", value=900, unit="tokens/s", ratio=0.3, least=0.4)
    assert row.missed
    assert "MISSED, at least 0.4" in table([row])
    assert not Row(name="rate", value=900, unit="tokens/s", ratio=0.5, least=0.4).missed


def test_the_ratios_of_pairs_are_shown():
    row = Row(name="CPU", value=90, unit="µs/token", ratio=3.0, limit=3, runs=[80, 90, 99], ratios=[2.9, 3.0, 3.25])
    assert not row.missed
    assert "(pairs: 2.90 3.00 3.25 ×)" in table([row])
