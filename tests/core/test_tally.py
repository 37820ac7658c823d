from service.core.tally import Times


def test_a_time_counts_where_it_is_not_over_the_bound() -> None:
    times = Times((0.1, 1.0))
    for seconds in (0.0, 0.1, 0.2, 1.0, 5.0):
        times.add(seconds)
    assert times.counts == [2, 2, 1]
    assert times.sum == 6.3


def test_a_clock_that_is_set_back_takes_nothing_away() -> None:
    times = Times((1.0, 2.0))
    times.add(-5.0)
    assert (times.counts, times.sum) == ([1, 0, 0], 0.0)
