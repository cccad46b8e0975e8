"""Texts from outside, as far as they may be shown."""

import unicodedata
from urllib.parse import quote as percent

from hypothesis import given
from hypothesis import strategies as st

from _support.tables import each
from chasedata_mcp.fields.sanitize import blank, clean, cut, quote, visible

# A loaded machine may take its time; what is held here is no speed.


def test_every_character_that_controls_hides_or_belongs_to_nobody_is_taken_out() -> None:
    unseen = [
        char
        for char in map(chr, range(0x110000))
        if unicodedata.category(char) in {"Cc", "Cf", "Co", "Cs"} and char not in "\n\t"
    ]
    assert not visible("".join(unseen)).strip("\n")


@each(
    "unseen",
    [
        "\u202e",
        "\u2066",
        "\u200b",
        "\u200d",
        "\ufeff",
        "\u00ad",
        "\ufe0f",
        "\U000e0101",
        "\U000e0041",
        "\u3164",
        "\u115f",
        "\u2800",
        "\x1b",
        "\x00",
        "\ud800",
        "\ue000",
    ],
)
def test_what_cannot_be_seen_is_gone(unseen: str) -> None:
    assert visible(f"a{unseen}b") == "ab"


def test_line_breaks_of_every_kind_become_line_feeds_and_tabs_stay() -> None:
    assert visible("a\r\nb\rc\x85d\u2028e\u2029f\x0bg\x0ch\ti\nj") == "a\nb\nc\nd\ne\nf\ng\nh\ti\nj"


def test_text_that_people_write_stays() -> None:
    text = "Zoë Ñandú <b> & שלום 日本語 😀 ½ Straße"
    assert visible(text) == text


@each(
    "text, freed",
    [
        ("<br><br>a<br/>b", "a b"),
        ("<p>a</p><p>b</p>", "a b"),
        ("a<b>b</b>c", "abc"),
        ("a &lt; b &amp; c", "a < b & c"),
        ("a &amp;amp;lt;i&amp;amp;gt;b", "a b"),
        ("&lt;script&gt;alert(1)&lt;/script&gt;b", "b"),
        ("a<script>alert(1)</script>b<style>x</style>c", "a b c"),
        ("a<!-- hidden -->b", "a b"),
        ("a<script>never ends", "a"),
        ("a<img src=x", "a"),
        ("1 < 2 > 0", "1 < 2 > 0"),
        ("a\n\n  b\tc", "a b c"),
        ("&#8238;a", "a"),
        ("&a\u200bmp;", "&"),
        ("", ""),
    ],
)
def test_html_is_taken_out(text: str, freed: str) -> None:
    assert clean(text, 100) == freed


def test_a_long_text_is_cut_with_a_note_and_never_longer_than_its_limit() -> None:
    assert cut("a" * 500, 500) == "a" * 500
    assert cut("a" * 501, 500) == "a" * 493 + "… [cut]"
    assert clean("b" * 20_000, 50) == "b" * 43 + "… [cut]"
    assert clean("<br>" * 5_000, 50) == "… [cut]"


@each(
    "text, secret, blanked",
    [
        ("no such lead 12", "12", "no such lead […]"),
        ("no such lead 123", "12", "no such lead 123"),
        ("State FL unknown", "fl", "State […] unknown"),
        ("the flag", "fl", "the flag"),
        ("annex", "Ann", "[…]ex"),
        ("9545550123!", "9545550123", "[…]!"),
        ("(954) 555-0123", "9545550123", "([…]"),
        ("+1 954.555.0123", "9545550123", "+1 […]"),
        ("d7c84300000", "D7C84300-000", "[…]"),
        ("JOSE and josé", "José", "[…] and […]"),
        ("Jos%C3%A9", "José", "[…]"),
        ("Jos%E9", "José", "[…]"),
        ("JosÃ©", "José", "[…]"),
        ("Jos\\u00e9", "José", "[…]"),
        ("Jos\\xe9", "José", "[…]"),
        ("Jos&eacute;", "José", "[…]"),
        ("a\\/b\\/c", "a/b/c", "[…]"),
        ("STRASSE", "Straße", "[…]"),
        ("0\u1fca\u03990", "0\u1fc20", "[…]"),
        ("".join(chr(0xFF10 + int(digit)) for digit in "9545550123"), "9545550123", "[…]"),
        ("Ann+Lee and Ann  Lee", "Ann Lee", "[…] and […]"),
        ("100%41", "100%41", "[…]"),
        ("Jos%252525C3%252525A9", "José", "Jos%252525C3%252525A9"),
        ("100%25252541", "100%25252541", "[…]"),
        ("A &amp; B Inc", "A & B Inc", "[…]"),
        ("A & B Inc", "A &amp; B Inc", "[…]"),
        ("x y", "", "x y"),
        ("x y", "   ", "x y"),
        ("", "abc", ""),
    ],
)
def test_a_value_is_blanked_however_it_is_written(text: str, secret: str, blanked: str) -> None:
    assert blank(text, [secret]) == blanked


def test_a_part_of_a_long_value_is_blanked_too() -> None:
    notes = "Her card ends in 4242 and she asked to be called after the fifteenth. " * 20
    said = quote(f"Data too long: '{notes[5:120]}...'", [notes])
    assert said == "Data too long: '[…]...'"


def test_values_that_overlap_are_blanked_as_one() -> None:
    assert blank("abcdef", ["abcd", "cdef"]) == "[…]"


def test_a_secret_is_blanked_before_the_text_is_cut() -> None:
    said = quote("x" * 488 + " D7C84300-0000", ["D7C84300-0000"])
    assert said is not None
    assert "D7C" not in said
    assert len(said) <= 500


def test_a_secret_behind_what_cannot_be_seen_or_in_html_is_blanked() -> None:
    assert quote("9545\u200b55<b>01</b>23 is known", ["9545550123"]) == "[…] is known"
    assert quote("a<b>c is known", ["a<b>c"]) == "[…] is known"


def test_a_page_is_not_quoted_at_all() -> None:
    assert quote("x" * 10_482, ["x"]) == "[10,482 characters, too long to be shown]"


def test_nothing_is_nothing() -> None:
    assert quote("<br> \u200b", ["x"]) is None


def test_a_megabyte_of_notes_is_no_hindrance() -> None:
    assert blank("nothing of the kind", ["y &amp; z, " * 100_000]) == "nothing of the kind"


@given(st.text(), st.lists(st.text()))
def test_whatever_comes_is_shown_in_500_visible_characters(text: str, secrets: list[str]) -> None:
    said = quote(text, secrets)
    assert said is None or 0 < len(said) <= 500
    assert said is None or visible(said) == said


@given(st.text(), st.text())
def test_blanking_keeps_what_is_not_secret(text: str, other: str) -> None:
    assert blank(text, []) == text
    assert blank(f"{percent(text)}", ["\x00" + other]).count("\x00") == 0
