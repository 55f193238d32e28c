"""The whole table."""

from __future__ import annotations

from tests.hostile.case import Case
from tests.hostile.cases_addresses import DIRECT, NAMES, REDIRECTS, SCHEMES
from tests.hostile.cases_answers import ANSWERS, BOMBS
from tests.hostile.cases_escapes import ESCAPES
from tests.hostile.cases_fresh import FRESH
from tests.hostile.cases_scripts import FLOODS, HOGS, TITLES
from tests.hostile.cases_ways import WAYS

CASES: list[Case] = [
    *REDIRECTS, *NAMES, *SCHEMES, *DIRECT, *WAYS, *BOMBS, *ANSWERS, *HOGS, *FLOODS, *TITLES, *FRESH, *ESCAPES,
]  # fmt: skip
BY_NAME = {case.name: case for case in CASES}
assert len(BY_NAME) == len(CASES), "two rows have the same name"

_IN_EVERY_RUN = """
    redirect-plain redirect-own-address-other-port redirect-v6 redirect-mapped redirect-localhost redirect-zero
    redirect-https redirect-credentials every-spelling-as-a-picture every-spelling-behind-a-redirect
    redirect-by-meta redirect-by-script redirect-chain redirect-loop name-of-loopback name-of-v6-loopback
    name-of-mapped-address name-with-many-addresses name-of-both name-that-nobody-answers-for names-that-rebind
    a-name-a-picture redirect-scheme-file redirect-scheme-data script-goes-to-file script-goes-to-blob
    frames-of-odd-schemes a-file-as-a-picture asked-for-file asked-for-chrome asked-for-javascript
    asked-for-view-source asked-for-data asked-for-ftp asked-for-too-long asked-for-space asked-for-credentials
    asked-for-port-22 ways-all-at-once way-webrtc way-webrtc-peer way-preconnect way-dns-prefetch
    way-speculation way-service-worker way-on-leaving way-headers way-early-hints way-own-devtools way-ports
    way-form bomb-entities bomb-css-variables bomb-css answer-hangs-up answer-endless-headers
    answer-never-ending-picture answer-204 answer-http-0.9 answer-broken-gzip answer-two-lengths
    answer-large-file file-above file-name-turned file-pdf-broken hog-loop hog-memory hog-changed-document
    flood-dialogs flood-popups flood-workers flood-hosts flood-history huge-page title-turned title-html
    title-lines title-marks
    escape-handlers escape-attribute-names escape-attribute-values escape-links escape-meta-refresh escape-hints
    escape-before-the-head escape-xhtml escape-raw-text escape-raw-text-in-svg escape-mutation-table
    escape-noscript escape-template escape-unclosed escape-css escape-css-made escape-srcdoc
    escape-frames-in-frames escape-svg-file escape-type-false escape-address escape-title
    escape-clobbering escape-custom-elements escape-svg-animated escape-scripts-in-every-attribute
    escape-names-by-unicode escape-css-more escape-data-documents escape-metas escape-shadow-made
    more-spellings-as-pictures fresh-ways-at-once redirect-refresh-chain way-redirected-parts
    way-stays-behind way-headers-more
    way-signed-exchange way-identity file-pdf-actions escape-svg
    answer-304 answer-999 answer-no-http answer-utf7 answer-length-and-chunks answer-not-gzip answer-false-length
    answer-replaces-itself answer-endless-status flood-dialogs-few hog-strings bomb-css bomb-table hidden-page
    bomb-many-elements
"""
IN_EVERY_RUN = frozenset(_IN_EVERY_RUN.split())
"""Rows that every run of the tests has; together they take about a minute. The others: `pytest -m slow_hostile`."""
assert BY_NAME.keys() >= IN_EVERY_RUN
