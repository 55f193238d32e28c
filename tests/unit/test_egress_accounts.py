"""What a capture used of the network, counted."""

from __future__ import annotations

from capture.egress_accounts import MAX_REMEMBERED, Accounts, Budget, Refusal


def test_what_goes_beyond_a_budget_closes_the_accounts() -> None:
    accounts = Accounts(Budget(bytes_down=100))
    assert accounts.came_down("a.example", 100)
    assert not accounts.came_down("a.example", 1)
    assert not accounts.went_up(1)
    assert not accounts.connecting()
    assert accounts.report().spent == "bytes_down"
    assert accounts.report().bytes_down == 101


def test_connections_are_counted_up_to_the_budget() -> None:
    accounts = Accounts(Budget(connections=2))
    assert [accounts.connecting() for _ in range(4)] == [True, True, False, False]
    assert accounts.report().connections == 2
    assert accounts.report().spent == "connections"


def test_a_host_that_answers_after_all_has_not_failed() -> None:
    accounts = Accounts(Budget())
    accounts.failed("a.example", "no_answer")
    accounts.failed("b.example", "no_answer")
    accounts.came_down("a.example", 1)
    assert dict(accounts.report().failures) == {"b.example": "no_answer"}


def test_the_newest_failure_comes_last() -> None:
    accounts = Accounts(Budget())
    for host in ("a", "b", "a"):
        accounts.failed(host, "no_such_host")
    assert list(accounts.report().failures) == ["b", "a"]


def test_many_refusals_are_counted_and_the_first_are_named() -> None:
    accounts = Accounts(Budget())
    for port in range(MAX_REMEMBERED + 10):
        accounts.refused("10.0.0.1", port)
    report = accounts.report()
    assert report.denied == MAX_REMEMBERED + 10
    assert len(report.refusals) == MAX_REMEMBERED
    assert report.refusals[0] == Refusal("10.0.0.1", 0, "private_address")
    assert report.failures["10.0.0.1"] == "private_address"
