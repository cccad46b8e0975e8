"""The log is told so much of the same trouble, and no more."""

import logging

from chasedata_mcp.web.log_lines import LineLimit


class Logged:
    """A limit with a clock, and what it lets through."""

    def __init__(self) -> None:
        self.now = 0.0
        self._limit = LineLimit(most=3, within=60, clock=lambda: self.now)

    def lines(self, *said: str, level: int = logging.WARNING) -> list[str]:
        records = [logging.LogRecord("x", level, "x", 1, text, None, None) for text in said]
        return [one.getMessage() for one in records if self._limit.filter(one)]


def test_the_last_one_says_that_more_are_left_out() -> None:
    logged = Logged()
    told = logged.lines(*["Invalid HTTP request received."] * 1_000)
    assert len(told) == 3
    assert told[0] == "Invalid HTTP request received."
    assert told[-1].endswith("(more of this is not logged within 60 s)")


def test_of_a_trouble_with_details_the_first_line_counts() -> None:
    logged = Logged()
    assert len(logged.lines(*[f"socket.accept() failed\nfd {n}" for n in range(100)])) == 3


def test_another_trouble_and_another_minute_count_anew() -> None:
    logged = Logged()
    logged.lines(*["one"] * 5)
    assert logged.lines("another") == ["another"]
    assert logged.lines("one") == []
    logged.now = 60
    assert logged.lines("one") == ["one"]


def test_what_is_no_trouble_is_left_to_the_level() -> None:
    assert len(Logged().lines(*["started"] * 10, level=logging.INFO)) == 10


def test_any_number_of_kinds_is_bounded_in_memory() -> None:
    logged = Logged()
    logged.lines(*[f"kind {n}" for n in range(10_000)])
    assert len(logged._limit._counts) <= 100
