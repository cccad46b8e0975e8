"""Card and social security numbers are hidden wherever they stand; phones and dates never are."""

import time

from hypothesis import given
from hypothesis import strategies as st

from _support.tables import each
from chasedata_mcp.fields.sanitize import cut, visible
from chasedata_mcp.redaction import DEFAULT_REDACTOR, HIDDEN, Redactor

CARDS = (
    "4111111111111111",  # Visa
    "4222222222222",  # Visa, thirteen digits
    "4000000000000000006",  # Visa, nineteen
    "5500005555555559",  # Mastercard
    "2223003122003222",  # Mastercard, the newer range
    "378282246310005",  # American Express
    "6011111111111117",  # Discover
    "6250946000000016",  # UnionPay
    "3530111333300000",  # JCB
    "30569309025904",  # Diners Club
    "6304000000000000",  # Maestro
    "2200000000000004",  # Mir
)


def hidden(text: str) -> str:
    redact, had = DEFAULT_REDACTOR.redact(text)
    assert had
    assert HIDDEN in redact
    return redact


def shown(text: str) -> bool:
    return DEFAULT_REDACTOR.redact(text) == (text, False)


@each("card", CARDS)
def test_a_card_number_is_hidden(card: str) -> None:
    assert hidden(card) == HIDDEN
    assert hidden(f"paid with {card}, thanks") == f"paid with {HIDDEN}, thanks"
    assert hidden(f"x{card}y") == f"x{HIDDEN}y"
    assert hidden(f"{card} and {card}") == f"{HIDDEN} and {HIDDEN}"


@each(
    "written",
    [
        "4111 1111 1111 1111",
        "4111-1111-1111-1111",
        "4111.1111.1111.1111",
        "4111 - 1111 - 1111 - 1111",
        "4111\t1111\t1111\t1111",
        "41 11 11 11 11 11 11 11",
        " ".join("4111111111111111"),
        "4111\u00a01111\u00a01111\u00a01111",
        "4111\u20131111\u20131111\u20131111",
        "4111\u22121111\u22121111\u22121111",
        "\uff14" + "\uff11" * 15,
        "\u0664" + "\u0661" * 15,
        "\u2463" + "\u2460" * 15,
        "\U0001d7d2" + "\U0001d7cf" * 15,
        "\u200b".join("4111111111111111"),
        "4111\u00ad1111\u20601111\ufeff1111",
        "4111\x001111\x011111\x021111",
        "4111\u202e1111\u202c11111111",
        "3782 822463 10005",
        "3056 930902 5904",
        "3056 - 930902 - 5904",
        "4111_1111_1111_1111",
        "4111/1111/1111/1111",
        "4111, 1111, 1111, 1111",
        "4111:1111:1111:1111",
        "4111 | 1111 | 1111 | 1111",
        "4111)(1111)(1111)(1111",
        "4111] [1111] [1111] [1111",
        "4111 1111\n1111 1111",
        "4111\r\n1111\r\n1111\r\n1111",
        "4111    1111    1111    1111",
        ",".join("4111111111111111"),
        "41:11:11:11:11:11:11:11",
        "41/11/11/11/11/11/11/11",
        *(
            sign.join(["4111"] * 1 + ["1111"] * 3)
            for sign in (
                *("*", "+", ";", "=", "'", '"', "#", "^", "~", "&", "!", "\\", " * ", "  -  "),
                *("\u00b7", "\u2022", "\u2026", "\u2192", "\u25cf", "\u00d7"),
                *("&nbsp;", "&nbsp", "&#160;", "&#xa0;", "&thinsp;", "&amp;nbsp;", "&#8203;"),
                *("%20", "%C2%A0", "%2520", "\\u0020", "\\x20", "\\n", "\\r\\n"),
                *(
                    "<br>",
                    "<br/>",
                    "</td><td>",
                    "</td>\n    <td class='x'>",
                    "&lt;br&gt;",
                    "<b></b>",
                ),
            )
        ),
        "&#52;111111111111111",
        "%34111111111111111",
        "\\u0034111111111111111",
        "<b>4111</b><i>1111</i>11111111"[3:],
    ],
)
def test_however_its_digits_are_written(written: str) -> None:
    assert hidden(written) == HIDDEN
    assert hidden(f"card: {written}.") == f"card: {HIDDEN}."


@each(
    "text, redact",
    [
        ("9545550123 4111111111111111", f"9545550123 {HIDDEN}"),
        ("954-555-0123 4111-1111-1111-1111", f"954-555-0123 {HIDDEN}"),
        ("4111 1111 1111 1111 12/26 123", f"{HIDDEN} 12/26 123"),
        ("4111 1111 1111 1111 1226 123", f"{HIDDEN} 1226 123"),
        ("2026-03-02 4111111111111111", f"2026-03-02 {HIDDEN}"),
        ("%B4111111111111111^REYES/DANA^2612", f"%B{HIDDEN}^REYES/DANA^2612"),
        (";4111111111111111=26121010000012300000?", f";{HIDDEN}=26121010000012300000?"),
        ("41111111111111111226123", HIDDEN),
        ("4111111111111111123", HIDDEN),
        ("378282246310005123", HIDDEN),
        ("3782822463100051234", HIDDEN),
        ("30569309025904123", HIDDEN),
        ("9545550123, 4111 1111 1111 1111", f"9545550123, {HIDDEN}"),
        ("03/02/2026 14:30 4111:1111:1111:1111", f"03/02/2026 14:30 {HIDDEN}"),
        ("00004111111111111111", HIDDEN),
        ("7 4111 1111 1111 1111", f"7 {HIDDEN}"),
    ],
)
def test_beside_other_numbers(text: str, redact: str) -> None:
    assert hidden(text) == redact


@each(
    "text",
    [
        "4111111111111112",  # no check digit
        "1234567890123452",  # nobody's prefix
        "0000000000000000",
        "1760000000000",  # a moment in milliseconds
        "20260302153000",
        "2026-03-02 15:00:00",
        "30.06.2025 30.07.2025 30.08.2025",
        "03-30-2026 03-31-2026",
        "9545550123",
        "19545550123",
        "(954) 555-0123",
        "407-555-0120 305-555-0177 404-555-0100",
        "407 555 0120 305 555 0177 404 555 0100 407 555 0199",
        "4075550120 3055550177 4045550100",
        "1-407-555-0120 or 1.404.555.0133",
        "(954) 555-0123, (305) 555-0110",
        "(555) 123-4567 (444) 123-4567",
        "954/555/0123 305/555/0110 404_555_0100",
        "4075550120\n3055550177\n4045550100",
        "353332.0335 353332.0335 353332.0335",
        "03/02/2026 14:30 - 03/03/2026 15:30",
        "2026-03-02 14:30:00, 2026-03-02 15:30:00",
        "5/10/26, 5/11/26, 12/12/26",
        "22:30, 23:00, 23:30, 22:45",
        "2026_03_02 2026_03_03",
        "1001,9545550123,33101,2026-03-02",
        "1001, 1002, 1003, 1004, 1005",
        "1760000000000000123",
        "+44 7700 900123, +44 7700 900456; +49 30 901820 + 33 1 70 18 99 00",
        "+447700900123 +447700900456",
        "$4,111.11 $1,111.11 $1,111.11 $411",
        "41% 11% 11% 11% 11% 11% 11% 11%",
        "<td>1001</td><td>33101</td><td>1980-05-01</td>",
        "https://example.com/?id=4111&page=1111&zip=33101&x=11%201",
        "a < 4111 and b > 1111",
        "&nbsp;&nbsp;&nbsp;",
        "%zz \\q &;",
        "<br>",
        "4111111111111112123",  # no check digit, and more
        "411111111111",  # twelve digits
        "4.222.222.222.222",
        "lead 1049, client WEB-1049",
        "no digits at all",
        "",
    ],
)
def test_what_is_no_card_is_shown(text: str) -> None:
    assert shown(text)


@each(
    "written",
    [
        "123-45-6789",
        "123 45 6789",
        "123.45.6789",
        "123_45_6789",
        "123/45/6789",
        "123-456789",
        "123 - 45 - 6789",
        "\uff11\uff12\uff13-\uff14\uff15-\uff16\uff17\uff18\uff19",
        "1\u200b23-4\u200b5-67\u200b89",
        "123\u201045\u20106789",
        "001-01-0001",
        "899-99-9999",
        "123&nbsp;45&nbsp;6789",
        "123&#45;45&#45;6789",
        "123<br>45<br>6789",
        "123%2D45%2D6789",
        "123*45*6789",
        "123\u202245\u00b76789",
        "123<b></b>-45-6789",
    ],
)
def test_a_social_security_number_is_hidden(written: str) -> None:
    assert hidden(f"({written})") == f"({HIDDEN})"


@each(
    "text",
    [
        "SSN 123456789",
        "ssn: 123456789",
        "SSN#123456789",
        "Social Security Number is 123456789",
        "her social: 123 456 789",
        "S.S.N. 123456789",
        "SSN: 123,45,6789",
        "SSN: 123|45|6789",
        "SSN 123    45    6789",
        "soc sec 123456789",
        "123456789 is his social",
        "123456789 (SSN)",
        "SS: 123456789",
        "SS number 123456789",
        "ss no. 123456789",
        "SS# 123456789",
        "SSAN 123456789",
        "soc 123456789",
        "soc: 123&nbsp;45&nbsp;6789",
        "tax id 123456789",
        "ssn<br>123456789",
    ],
)
def test_nine_digits_in_a_row_are_one_where_the_text_says_so(text: str) -> None:
    assert "6789" not in hidden(text)


@each(
    "text",
    [
        "123456789",
        "account 123456789",
        "000-12-3456",
        "666-12-3456",
        "900-12-3456",
        "123-00-4567",
        "123-45-0000",
        "1123-45-6789",
        "123-45-67890",
        "SSN 000123456",
        "33101-1234",
        "123,45,6789",
        "123-456789-01",
        "2026-123-456789",
        "000-456789",
        "SSN n/a, born 03/02/1980, 3 children",
        "SSN on file: (954) 555-0123",
        "social media since 2019",
        "the lesson 123456789",
        "SS Norway, booking 123456789",
        "socks 123456789",
        "a taxi driver 123456789",
    ],
)
def test_what_is_none_is_shown(text: str) -> None:
    assert shown(text)


def test_a_number_that_a_cut_halves_is_hidden_too() -> None:
    text = "x" * 80 + "4111 1111 1111 1111 and more"
    for limit in range(90, 110):
        assert "111" not in DEFAULT_REDACTOR.redact(cut(text, limit))[0]
    assert shown(cut("a" * 100, 50))
    assert shown(cut("in 7 or 42 years" * 10, 50))


def test_a_text_without_such_numbers_comes_back_as_it_was() -> None:
    assert shown("a\u200bb\u202e 9545550123")


def test_values_are_shown_where_the_policy_says_so() -> None:
    assert Redactor(values=False).redact(CARDS[0]) == (CARDS[0], False)


@given(
    st.one_of(
        st.text(alphabet="0123456789 .-/:,_|()\na\u200b\uff14*+;&#<>%\\", max_size=80),
        st.lists(
            st.sampled_from(
                ["4111", "1111", "&nbsp;", "&#52;", "%20", "<br>", "<b", ">", "&", " "]
            ),
            max_size=30,
        ).map("".join),
    )
)
def test_what_was_veiled_once_has_nothing_left_to_veil(text: str) -> None:
    redact, had = DEFAULT_REDACTOR.redact(text)
    again, _ = DEFAULT_REDACTOR.redact(redact)
    assert had == (redact != text)
    assert again == redact


@given(
    st.one_of(st.sampled_from([*CARDS, "7401", "secret", "s-e-c-r-e-t", "Secretary"]), st.text()),
    st.sampled_from([(), ("7401",), ("secret",), ("secret-7401-secret",)]),
)
def test_what_has_something_to_hide_is_told_as_it_is_hidden(
    text: str, secrets: tuple[str, ...]
) -> None:
    for redactor in (Redactor(secrets=secrets), Redactor(values=False, secrets=secrets)):
        assert redactor.finds_any(text) == redactor.redact(text).found


@given(st.sampled_from(CARDS), st.text(max_size=40), st.text(max_size=40))
def test_no_text_around_it_saves_a_card(card: str, before: str, after: str) -> None:
    # What would make its digits part of another number is left out.
    before, after = before.rstrip("0123456789 .-\t"), after.lstrip("0123456789 .-\t")
    text = f"{before}x{card}x{after}"
    assert card not in visible(DEFAULT_REDACTOR.redact(text)[0])


@given(st.from_regex(r"\(?[2-9][0-9]{2}\)?[ .-]?[2-9][0-9]{2}[ .-]?[0-9]{4}", fullmatch=True))
def test_no_phone_is_ever_hidden(phone: str) -> None:
    for text in (phone, f"1-{phone}", f"call {phone} or {phone}", f"{phone} {phone} {phone}"):
        assert shown(text)


@each(
    "piece",
    [
        *("4", "4 ", "4---", "1 2 3 4 5 6 7 8 x ", "4111111111111112 ", "123-45-", "123456789 "),
        *("social ", "ssn", "5 0 ", "4075550120 ", "6200 ", "é", "a", "S.S.N. 12345678 ", "1."),
        *("1:", "12:30:", "1/1/", "(123) ", "4,,,,", "4    ", "2026_03_", "12345678901234567 "),
        *("4*", "+4", "&#52;", "&nbsp;1", "<br>", "<", "<a", "<!--", "<b>    ", "%34", "&amp;amp;"),
        *("\\u0034", "+44 20 ", "SS no "),
    ],
)
def test_a_long_text_takes_no_longer_for_each_of_its_characters(piece: str) -> None:
    text = (piece * 100_000)[:100_000]
    began = time.process_time()
    DEFAULT_REDACTOR.redact(text)
    assert time.process_time() - began < 1
