"""The parts of a text, counted again by a packer that is slow and plainly right."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from _support.tables import each
from chasedata_mcp.fields.sms_segments import SmsParts, count_parts, list_encoding_warnings

# The table of 3GPP TS 23.038, a column a line, without its escape.
TABLE = (
    "@£$¥èéùìòÇ\nØø\rÅå"
    "Δ_ΦΓΛΩΠΨΣΘΞÆæßÉ"
    " !\"#¤%&'()*+,-./"
    "0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNO"
    "PQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmno"
    "pqrstuvwxyzäöñüà"
)
ESCAPED = "\f^{}\\[~]|€"
CURLY = "\N{RIGHT SINGLE QUOTATION MARK}"
PILCROW = "\N{PILCROW SIGN}"
SMILE = "😀"

gsm_7 = st.text(st.sampled_from(TABLE + ESCAPED * 8), max_size=500)
any_text = st.text(
    st.one_of(st.sampled_from("ab€^" + CURLY + SMILE), st.characters(exclude_categories=["Cs"])),
    max_size=250,
)
messages = st.one_of(gsm_7, any_text)


def units_of(message: str) -> tuple[list[str], int, int]:
    """List the units that go over the air, and how many a part holds alone and with others."""
    if set(message) <= set(TABLE + ESCAPED):
        return [unit for c in message for unit in (["ESC", c] if c in ESCAPED else [c])], 160, 153
    wire = message.encode("utf-16-be")
    return [wire[at : at + 2].hex() for at in range(0, len(wire), 2)], 70, 67


def is_first_half(unit: str) -> bool:
    return unit == "ESC" or (len(unit) == 4 and "d800" <= unit <= "dbff")


def packed(message: str) -> list[list[str]]:
    """Each part is as full as it can be; one that would end in half a pair gives the half back."""
    units, whole, each = units_of(message)
    if len(units) <= whole:
        return [units]
    found = []
    while units:
        cut = min(each, len(units))
        if is_first_half(units[cut - 1]):
            cut -= 1
        found.append(units[:cut])
        units = units[cut:]
    return found


@given(messages)
def test_the_count_is_that_of_the_slow_packer(message: str) -> None:
    sent = packed(message)
    assert not any(part and is_first_half(part[-1]) for part in sent)
    encoding = "GSM-7" if set(message) <= set(TABLE + ESCAPED) else "UCS-2"
    found = count_parts(message)
    assert (found.count, found.encoding) == (len(sent), encoding)
    assert found.characters == sum(map(len, sent))


@given(messages, messages, st.characters(exclude_categories=["Cs"]))
def test_a_longer_text_never_takes_fewer_parts(before: str, after: str, more: str) -> None:
    assert count_parts(before + more + after).count >= count_parts(before + after).count


@each(
    "message, count, encoding",
    [
        ("", 1, "GSM-7"),
        ("a" * 160, 1, "GSM-7"),
        ("a" * 161, 2, "GSM-7"),
        ("a" * 306, 2, "GSM-7"),
        ("a" * 307, 3, "GSM-7"),
        ("€" * 80, 1, "GSM-7"),
        ("€" * 81, 2, "GSM-7"),
        (CURLY + "a" * 69, 1, "UCS-2"),
        (CURLY + "a" * 70, 2, "UCS-2"),
        (CURLY + "a" * 133, 2, "UCS-2"),
        (CURLY + "a" * 134, 3, "UCS-2"),
        (SMILE * 35, 1, "UCS-2"),
        (SMILE * 36, 2, "UCS-2"),
        (CURLY + "€" * 69, 1, "UCS-2"),
    ],
)
def test_the_edges_of_the_rules(message: str, count: int, encoding: str) -> None:
    found = count_parts(message)
    assert (found.count, found.encoding) == (count, encoding)


def test_an_escape_pair_at_a_border_goes_to_the_next_part_whole() -> None:
    assert count_parts("a" * 152 + "€" + "a" * 151).count == 2
    assert count_parts("a" * 152 + "€" + "a" * 152).count == 3
    assert count_parts("a" * 153 + "€" + "a" * 151).count == 2
    assert count_parts("€" * 153).count == 3


def test_a_surrogate_pair_at_a_border_goes_to_the_next_part_whole() -> None:
    assert count_parts("a" * 66 + SMILE + "a" * 65).count == 2
    assert count_parts("a" * 66 + SMILE + "a" * 66).count == 3
    assert count_parts(SMILE * 67).count == 3


@each("character", sorted(TABLE))
def test_a_character_of_the_table_counts_once(character: str) -> None:
    assert count_parts(character) == SmsParts(1, "GSM-7", 1)


@pytest.mark.parametrize("character", sorted(ESCAPED))
def test_an_escaped_character_counts_twice(character: str) -> None:
    assert count_parts(character) == SmsParts(1, "GSM-7", 2)


@pytest.mark.parametrize("character", ["ç", "á", "`", CURLY, "\t", "\N{NO-BREAK SPACE}", "\x1b"])
def test_what_looks_like_gsm_7_and_is_not_makes_it_ucs_2(character: str) -> None:
    assert count_parts(f"Hello {character}").encoding == "UCS-2"


@pytest.mark.parametrize(
    ("characters", "said"),
    [
        (CURLY, "1 character is outside GSM-7 (a curly quote)"),
        (CURLY * 2, "2 characters are outside GSM-7 (a curly quote)"),
        (CURLY + SMILE, "2 characters are outside GSM-7 (a curly quote and an emoji)"),
        ("\N{EM DASH}…", "2 characters are outside GSM-7 (a long dash and an ellipsis)"),
        ("á", "(a letter)"),
        ("\t", "(a tab)"),
        ("\N{NO-BREAK SPACE}", "(an odd space)"),
        ("\N{ZERO WIDTH SPACE}", "(an invisible character)"),
        ("\N{TRADE MARK SIGN}", "(a symbol)"),
        (PILCROW, "(a sign)"),
    ],
)
def test_a_few_characters_that_make_it_ucs_2_are_counted_and_named(
    characters: str, said: str
) -> None:
    [warning] = list_encoding_warnings(f"Your quote is ready{characters}, Noor")
    assert said in warning
    assert warning.endswith("a part holds 70 characters instead of 160.")
    assert not set(characters) & set(warning)
    assert "Noor" not in warning


def test_the_warning_says_where_it_costs_parts() -> None:
    [warning] = list_encoding_warnings(CURLY + "a" * 150)
    assert warning.endswith("With plain ones it would be 1 part instead of 3.")
    [warning] = list_encoding_warnings(CURLY + "a" * 200)
    assert warning.endswith("With plain ones it would be 2 parts instead of 3.")


@pytest.mark.parametrize(
    "message", ["Hello", "€" * 400, "Привет", "Ok " + SMILE * 4, "a" * 99 + "ç" * 11]
)
def test_plain_text_and_another_script_are_not_warned_of(message: str) -> None:
    assert list_encoding_warnings(message) == []
