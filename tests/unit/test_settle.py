"""When a page counts as ready, told by looks and requests on an imagined clock."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import pytest

from capture.settle import Limits, Look, Patience

READY = Look(
    url="http://site/", title="Foxes", ready="complete", quiet_ms=5_000, text=2_000, elements=90, scripts=1, pictures=2,
    images=0, fonts=False, leaving=False, announces=False, height=900,
)  # fmt: skip
SHELL = replace(READY, text=0, pictures=0, elements=5)


@dataclass(frozen=True)
class Asked:
    url: str = "http://site/x"
    resource_type: str = "Image"
    started: float = 0.0


@dataclass
class Network:
    open: list[Asked] = field(default_factory=list)
    times: int = 1
    last_activity: float = 0.0
    document_failed: bool = False
    documents: int = 1

    def open_requests(self, now: float) -> Sequence[Asked]:
        return [r for r in self.open if r.started <= now]

    def times_requested(self, url: str) -> int:
        return self.times


def ready_at(look: Callable[[float], Look], network: Network, limits: Limits | None = None) -> tuple[float, str]:
    """When and why, looking every 0.05 s."""
    patience = Patience(limits or Limits(), 0.0)
    now = 0.0
    while now < 60:
        if why := patience.judge(look(now), network, now):
            return round(now, 2), why
        now += 0.05
    raise AssertionError("waited for ever")


def test_a_quiet_page_is_ready_after_half_a_second() -> None:
    when, why = ready_at(lambda _: READY, Network())
    assert why == "quiet"
    assert 0.45 <= when <= 0.6


def test_a_request_under_way_is_waited_for() -> None:
    network = Network([Asked(started=0.0)])

    def look(now: float) -> Look:
        if now > 2:
            network.open.clear()
        return READY

    when, why = ready_at(look, network)
    assert why == "quiet"
    assert 2.4 <= when <= 2.7


def test_what_never_ends_is_not_waited_for() -> None:
    for kind in ("EventSource", "WebSocket", "Media", "Ping"):
        assert ready_at(lambda _: READY, Network([Asked(resource_type=kind)]))[0] < 1


def test_an_image_that_never_comes_costs_three_seconds() -> None:
    when, _ = ready_at(lambda _: replace(READY, ready="interactive", images=1), Network([Asked()]))
    assert 3 <= when <= 4


def test_polling_costs_nothing() -> None:
    network = Network([Asked(resource_type="Fetch", started=0)], times=4)
    assert ready_at(lambda _: READY, network)[0] < 1


def test_a_clock_on_the_page_does_not_keep_it_from_being_ready() -> None:
    when, why = ready_at(lambda now: replace(READY, quiet_ms=50), Network())
    assert why == "quiet"
    assert when < 1.6


def test_a_ticker_is_ready_at_the_soft_limit() -> None:
    when, why = ready_at(lambda now: replace(READY, quiet_ms=10, text=int(now * 1000)), Network())
    assert why == "soft"
    assert 5 <= when < 5.1


def test_a_page_that_keeps_growing_is_waited_for_until_the_hard_limit() -> None:
    when, why = ready_at(lambda now: replace(READY, quiet_ms=10, elements=int(now * 1000)), Network())
    assert why == "hard"
    assert 8 <= when < 8.1


def test_an_empty_shell_gets_time_to_be_filled() -> None:
    when, _ = ready_at(lambda now: SHELL if now < 1.2 else READY, Network())
    assert 1.2 <= when < 1.5
    assert ready_at(lambda _: SHELL, Network())[0] >= 1.5


def test_a_script_that_holds_an_empty_page_up_is_waited_for() -> None:
    network = Network([Asked(resource_type="Script")])

    def look(now: float) -> Look:
        if now > 7:
            network.open.clear()
            return READY
        return replace(SHELL, ready="loading")

    when, why = ready_at(look, network)
    assert why == "quiet"
    assert 7 <= when < 8


def test_a_document_that_still_arrives_is_waited_for_and_at_last_cut() -> None:
    network = Network([Asked(resource_type="Document")])

    def look(now: float) -> Look:
        network.last_activity = now
        return replace(READY, ready="loading", text=int(now * 100))

    when, why = ready_at(look, network)
    assert why == "hard"
    assert 25 <= when < 25.1


def test_half_a_document_and_then_silence_is_taken_as_it_is() -> None:
    when, why = ready_at(lambda _: replace(READY, ready="loading"), Network([Asked(resource_type="Document")]))
    assert why == "quiet"
    assert 3 <= when < 4


def test_a_refresh_that_is_due_is_waited_for() -> None:
    def look(now: float) -> Look:
        return replace(READY, leaving=True) if now < 2 else replace(READY, url="http://site/next")

    when, _ = ready_at(look, Network())
    assert when >= 2


def test_loading_fonts_are_waited_for() -> None:
    assert ready_at(lambda now: replace(READY, fonts=now < 1.5), Network())[0] >= 1.5


@pytest.mark.parametrize(
    "title", ["Loading…", "Loading", "loading page...", "请稍候…", "正在加载", "Please wait", "Loading 40%"]
)
def test_a_page_that_calls_itself_unfinished_gets_time_to_become_one(title: str) -> None:
    unfinished = replace(READY, title=title)
    assert ready_at(lambda now: unfinished, Network())[0] >= 1.5
    named = ready_at(lambda now: replace(READY, title=title if now < 1 else "Foxes"), Network())
    assert named[0] < 1.2


@pytest.mark.parametrize("title", ["Loading docks of the old harbour", "Wait for me, a novel", "加载中文字体的方法"])
def test_a_title_about_loading_is_a_title(title: str) -> None:
    assert ready_at(lambda now: replace(READY, title=title), Network())[0] < 1


def test_silence_is_not_waited_out_whatever_is_still_to_come() -> None:
    document = Network([Asked(resource_type="Document")])
    when, why = ready_at(lambda _: replace(SHELL, ready="loading"), document)
    assert why == "hard"
    assert 8 <= when <= 8.2


def test_a_document_that_broke_off_is_as_ready_as_it_gets() -> None:
    when, why = ready_at(lambda _: replace(READY, ready="loading"), Network(document_failed=True))
    assert why == "quiet"
    assert when < 1


def test_a_page_that_says_it_leads_on_gets_time_to() -> None:
    assert 4 <= ready_at(lambda _: replace(READY, text=80, announces=True), Network())[0] < 4.2


def test_a_page_that_loads_itself_again_and_again_is_not_ready() -> None:
    network = Network(times=9)

    def look(now: float) -> Look:
        network.documents = int(now / 0.3)
        return replace(READY, quiet_ms=100)

    assert ready_at(look, network)[1] != "quiet"
