"""All that is installed with Pressroom may be passed on with it: its licences are permissive, or of weak copyleft."""

import re
from importlib.metadata import Distribution, PackageNotFoundError, distribution

import pytest

from service.settings import ROOT

PINNED = re.findall(r"(?m)^([\w.-]+)(?:\[[^]]*\])?==", (ROOT / "requirements.lock").read_text())
ELSEWHERE = {"async-timeout", "httpx2-jsfetch"}  # of other versions of Python, and other systems

FREE = re.compile(
    r"MIT(-0|-CMU| License)?|(The )?(BSD([- ]\d-Clause)?)( License)?|Apache([- ]2\.0|( Software)? License)?|ISC"
    r"|PSF(-2\.0)?|Python Software Foundation License|CNRI-Python|MPL-\d\.\d|Mozilla Public License .*|LGPL-.*"
)


def licences(known: Distribution) -> set[str]:
    """One of them is enough."""
    for name in ("License-Expression", "License"):
        if told := known.metadata.get_all(name):
            return set(told[0].split(" OR "))
    listed = [each for each in known.metadata.get_all("Classifier") or [] if each.startswith("License ::")]
    files = [each for each in known.files or [] if each.name.startswith("LICENSE")]
    return {each.rpartition(" :: ")[2] for each in listed} or {each.read_text().split("\n")[0] for each in files}


def free(licence: str) -> bool:
    return all(FREE.fullmatch(part.strip(" ()")) for part in licence.split(" AND "))


@pytest.mark.parametrize("name", PINNED)
def test_it_may_be_passed_on(name: str) -> None:
    try:
        found = licences(distribution(name))
    except PackageNotFoundError:
        assert name in ELSEWHERE
        return
    assert any(map(free, found)), found


@pytest.mark.parametrize(
    ("licence", "fine"),
    [
        ("MIT", True),
        ("Apache-2.0 AND BSD-2-Clause", True),
        ("LGPL-3.0-only", True),
        ("GPL-3.0-only", False),
        ("AGPL-3.0-or-later", False),
        ("MIT AND GPL-2.0-only", False),
        ("GNU General Public License v3 (GPLv3)", False),
        ("", False),
    ],
)
def test_which_licences_are_free(licence: str, fine: bool) -> None:
    assert free(licence) is fine
