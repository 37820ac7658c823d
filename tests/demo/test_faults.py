from collections import Counter
from itertools import islice

import pytest

from service.core.errors import SettingsError
from service.demo.faults import NAMES, Faults, fits
from service.messages import say


def drawn(faults, count=1000):
    return list(islice(faults.draws(), count))


def test_none_by_default():
    assert set(drawn(Faults())) == {None}


def test_rates_are_kept():
    counted = Counter(drawn(Faults.parse(["stall=0.05", "rate_limit=0.1"], seed=7), 20_000))
    assert set(counted) == {None, "stall", "rate_limit"}
    assert 800 < counted["stall"] < 1200
    assert 1700 < counted["rate_limit"] < 2300


def test_a_seed_gives_the_same_faults_again():
    faults = Faults.parse(["stall=0.3"], seed=7)
    assert drawn(faults) == drawn(faults)
    assert drawn(faults) != drawn(Faults.parse(["stall=0.3"], seed=8))


def test_rates_of_nothing_and_of_everything():
    assert set(drawn(Faults.parse(["cut=0"]))) == {None}
    assert set(drawn(Faults.parse(["cut=1"]))) == {"cut"}
    assert None not in drawn(Faults.parse(["cut=0.1", "stall=0.2", "empty=0.7"]))


def test_a_script_is_followed_and_then_all_is_well():
    assert drawn(Faults.script(["rate_limit", None, "cut"]), 5) == ["rate_limit", None, "cut", None, None]


@pytest.mark.parametrize(
    ("word", "named"),
    [
        ("stal=0.1", "'stal'"),
        ("stall", "stall"),
        ("stall=often", "'often'"),
        ("stall=1.1", "1.1"),
        ("stall=-0.1", "-0.1"),
        ("stall=nan", "nan"),
        ("=1", "''"),
        ("x\ny=1", "'x\\ny'"),
    ],
)
def test_a_bad_rate_is_named_in_one_line(word, named):
    with pytest.raises(SettingsError) as caught:
        Faults.parse(["cut=0.1", word])
    assert named in say(caught.value.sentence)
    assert "\n" not in say(caught.value.sentence)


def test_rates_cannot_add_up_to_more_than_every_call():
    with pytest.raises(SettingsError, match="fault_rates"):
        Faults.parse(["stall=0.6", "cut=0.6"])


def test_an_unknown_name_in_a_script_is_refused():
    with pytest.raises(SettingsError, match="'oops'"):
        Faults.script([None, "oops"])


def test_what_only_an_outline_can_get_wrong_fits_nothing_else():
    only = {name for name in NAMES if not fits(name, "chat")}
    assert {name for name in only if fits(name, "outline")} == {
        "no_yaml",
        "yaml_bomb",
        "yaml_tags",
        "many_sections",
        "duplicate_sections",
    }
    assert {name for name in only if fits(name, "section")} == {"repeating", "unknown_citations"}
