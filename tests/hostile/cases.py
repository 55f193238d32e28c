"""The whole table."""

from __future__ import annotations

from tests.hostile.case import Case
from tests.hostile.cases_addresses import DIRECT, NAMES, REDIRECTS, SCHEMES
from tests.hostile.cases_answers import ANSWERS, BOMBS
from tests.hostile.cases_escapes import ESCAPES
from tests.hostile.cases_scripts import FLOODS, HOGS, TITLES
from tests.hostile.cases_ways import WAYS

CASES: list[Case] = [
    *REDIRECTS, *NAMES, *SCHEMES, *DIRECT, *WAYS, *BOMBS, *ANSWERS, *HOGS, *FLOODS, *TITLES, *ESCAPES,
]  # fmt: skip
BY_NAME = {case.name: case for case in CASES}
assert len(BY_NAME) == len(CASES), "two rows have the same name"
