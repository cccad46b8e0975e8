"""A set of numbers in little memory holds what a set of texts holds, no more and no less."""

import tracemalloc
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from chasedata_mcp.policy.number_set import collect_numbers
from chasedata_mcp.policy.suppression_file import read_numbers

NUMBERS = st.one_of(
    st.integers(0, 10**10 - 1),
    # Neighbours, and those whose quotient or remainder is the same.
    st.integers(9545550000, 9545550009),
    st.integers(0, 9).map(lambda number: number * 4096),
    st.sampled_from([0, 1, 10**9 - 1, 10**9, 10**10 - 1]),
).map("{:010}".format)
SOUGHT = st.one_of(
    NUMBERS, st.sampled_from(["", "954555012", "95455501234", "²545550123", "٩" * 10])
)


@given(st.lists(NUMBERS), st.lists(SOUGHT))
def test_it_holds_what_a_set_of_texts_holds(numbers: list[str], sought: list[str]) -> None:
    expected = frozenset(numbers)
    held = collect_numbers(numbers)
    assert (len(held), bool(held), sorted(held)) == (
        len(expected),
        bool(expected),
        sorted(expected),
    )
    for number in (*numbers, *sought):
        assert (number in held) == (number in expected)
    assert held.find_in(sought) == expected.intersection(sought)


@given(st.lists(NUMBERS), st.lists(NUMBERS))
def test_a_union_holds_what_either_holds(one: list[str], other: list[str]) -> None:
    both = collect_numbers(one).union(collect_numbers(other))
    assert sorted(both) == sorted({*one, *other})


def test_a_file_of_many_numbers_is_read_and_kept_in_little_memory(tmp_path: Path) -> None:
    many = 200_000
    path = tmp_path / "numbers.txt"
    path.write_text("".join(f"{2_000_000_000 + 39_989 * at}\n" for at in range(many)))
    tracemalloc.start()
    try:
        numbers = collect_numbers(read_numbers(path))
        held, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(numbers) == many
    # Of a million that would be 20 MB; as texts in a frozenset one takes 110 bytes.
    assert (held, most) < (10 * many, 20 * many)
