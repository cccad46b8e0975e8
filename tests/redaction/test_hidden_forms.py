"""Forms of what must be hidden from a file of our own, and ordinary notes that must be shown."""

import re
import time
from collections.abc import Iterator
from pathlib import Path

from _support.ordinary_notes import list_ordinary_notes
from _support.tables import each
from chasedata_mcp.redaction import (
    DEFAULT_PATTERNS,
    DEFAULT_REDACTOR,
    HIDDEN,
    IDENTITY_PATTERNS,
    Redactor,
)

_FORMS = Path(__file__).with_name("hidden_forms.txt").read_text(encoding="utf-8").splitlines()
_TOKEN = "0f8fad5b-d9cb-469f-a165-70867728950e"
_WITH_TOKEN = Redactor(secrets=(_TOKEN,))


def forms(kind: str) -> Iterator[str]:
    """List the forms of one kind."""
    lines = (line.partition(": ") for line in _FORMS)
    return (form for found, _, form in lines if found == kind)


def reads_through(marked: str, redactor: Redactor = DEFAULT_REDACTOR) -> bool:
    """Tell whether any of what stands between the marks is left, whatever stands in between."""
    text = marked.replace("⏎", "\n")
    left = bare(redactor.redact(text.replace("«", "").replace("»", "")).text)
    return any(bare(secret) in left for secret in re.findall("«(.*?)»", text, re.DOTALL))


def bare(text: str) -> str:
    """Keep letters and digits."""
    return re.sub(r"[\W_]+", "", text).lower()


def test_every_field_of_the_file_is_hidden_by_its_name() -> None:
    assert [name for name in forms("name") if not DEFAULT_REDACTOR.hides_name(name)] == []
    every = Redactor((*DEFAULT_PATTERNS, *IDENTITY_PATTERNS))
    assert [name for name in forms("identity") if not every.hides_name(name)] == []
    assert [name for name in forms("identity") if DEFAULT_REDACTOR.hides_name(name)] == []


def test_every_text_of_the_file_is_hidden() -> None:
    assert [form for form in forms("text") if reads_through(form)] == []


def test_every_text_of_the_file_is_hidden_in_a_sentence_and_in_capitals() -> None:
    for form in forms("text"):
        assert not reads_through(f"Spoke with Dana on Monday. {form}")
        assert not reads_through(f"{form}, will call back")
        # `&NBSP;` is no space.
        assert "&" in form or not reads_through(form.upper())


def test_the_file_has_three_hundred_forms_and_says_what_is_beyond_reach() -> None:
    count = {kind: len(list(forms(kind))) for kind in ("name", "identity", "text", "beyond")}
    assert sum(count.values()) >= 300
    # One that is found after all belongs among the texts, and the figure in policy-file.md changes.
    assert [form for form in forms("beyond") if not reads_through(form)] == []
    docs = Path(__file__).parents[2] / "docs" / "policy-file.md"
    found = sum(count.values()) - count["beyond"]
    assert f"{found} of {sum(count.values())} forms" in docs.read_text(encoding="utf-8")


def test_of_ten_thousand_ordinary_notes_hardly_any_is_hidden_wrongly() -> None:
    notes = list(list_ordinary_notes(10_000))
    wrongly = [note for note in notes if DEFAULT_REDACTOR.redact(note).found]
    assert len(set(notes)) > 9_900
    # A tracking number that passes a card's check now and then.
    assert len(wrongly) <= 10


@each(
    "sentence",
    [
        "Forgot the password, reset link sent",
        "password is wrong",
        "Password: reset on Monday by Tom",
        "his password was expired, PIN blocked",
        "the pin is not known",
        "CVV declined 3 times",
        "Pin Oak Ln 1234, exp. 12/26",
        "experience 2024, expected 1200",
        "routing skill 3, in transit 12345",
        "passed to Tom: call 9545550123",
        "account since 2019, ends 2026",
        "bank closes at 17:00, branch 1234",
        "social since 2019; key contact 1234",
        "the secret is to call early",
        "PW 2026 Q3 forecast",
        "Secret shopper visit 03/02, key: green",
        "Promo code 12345, order code 48213377, zip code 33101",
        "no token, no pass, no access",
        "Checking in on 954-555-0123",
        "DE 19801, 302 555 0123, order 20260302",
        "AL35 203 4455",
        "DE89 3704 0044 0532 0130 01",
        "021000022 at the bank",
        "900-12-3456",
        "912-93-1234",
        "500\n25\n1000\n1525",
        "1|123|45|6789|FL",
        "12:30:45 and 123:45",
        "4111x1111x1111x1112",
        "4111 1111 13/26 1111 1111",
    ],
)
def test_what_only_sounds_like_a_secret_is_shown(sentence: str) -> None:
    assert DEFAULT_REDACTOR.redact(sentence) == (sentence, False)


@each(
    "label",
    [
        *("pin", "pin for", "cvv", "otp", "access code", "verification code", "last 4", "wire"),
        *("card ending in", "bank", "checking", "bank account", "routing", "dda", "ssn", "xxxx"),
        *("password for", "password sent to", "passcode texted to", "visa exp", "card code"),
    ],
)
def test_no_phone_date_or_time_is_hidden_behind_a_label(label: str) -> None:
    for value in ("954-555-0123", "(954) 555-0123", "+1 954 555 0123", "9545550123", "3/2/26"):
        assert not DEFAULT_REDACTOR.redact(f"{label} {value} thanks").found
        assert not DEFAULT_REDACTOR.redact(f"password {value} thanks").found
    for value in ("03/02/2026", "14:30", "$1,200.50"):
        assert not DEFAULT_REDACTOR.redact(f"{label} {value} thanks").found


@each(
    "written",
    [
        _TOKEN,
        _TOKEN.upper(),
        _TOKEN.replace("-", " "),
        _TOKEN.replace("-", ""),
        _TOKEN.replace("-", "_").upper(),
        _TOKEN.replace("-", " - "),
        _TOKEN.replace("-", "\n"),
        " ".join(_TOKEN),
        _TOKEN.replace("-", "%2D"),
        _TOKEN.replace("-", "&#45;"),
        _TOKEN.replace("-", "\u2013"),
        _TOKEN.replace("0", "\uff10"),
        "\u200b".join(_TOKEN),
    ],
)
@each("values", [True, False])
def test_the_token_is_hidden_however_it_is_written(written: str, *, values: bool) -> None:
    redactor = Redactor(values=values, secrets=(_TOKEN,))
    text, found = redactor.redact(f"token of ours: {written}!")
    assert found
    assert bare(_TOKEN) not in bare(text)
    assert HIDDEN in text
    assert redactor.hides_name("SSN") or not values


def test_a_token_that_is_another_is_shown() -> None:
    other = _TOKEN.replace("0f8f", "0f8e")
    assert _WITH_TOKEN.redact(other) == (other, False)
    assert _WITH_TOKEN.redact(_TOKEN[:-1]) == (_TOKEN[:-1], False)


@each(
    "piece",
    [
        *(
            "password: ",
            "password is ",
            "pin is ",
            "cvv is the ",
            "xxxx",
            "***-**",
            "de89 ",
            "4a1a",
        ),
        *("last four of his card ", "://a:", "card ending ", "exp 12/26 ", "0210 ", "bank acct 1"),
        *("1x", "1dash", "routing ", "021000021 bank ", "123:45:", "123|45|", "123\n45\n", "de89"),
        *("12/26 1111 ", "1111 ", "1111x", "access code ", "one time ", "mother's maiden name "),
        *("bearer a", "0f8f ", "0f8fad5b-d9cb-469f-a165-", "0-", "\"password: '", "pw is now "),
        *("of the ", "ssn 12 ", "social last four ", "dda: 1 ", "4 1 1 1 ", "\u2448 1", "9 70 "),
        *("1111 exp. 12/26 ", "password: a ", "gb29nwbk", "1\n22\n", "25.12345, -80.12345 "),
    ],
)
def test_a_long_text_takes_no_longer_for_each_of_its_characters(piece: str) -> None:
    text = (piece * 100_000)[:100_000]
    began = time.process_time()
    _WITH_TOKEN.redact(text)
    assert time.process_time() - began < 1


def test_what_was_hidden_once_has_nothing_left_to_hide() -> None:
    for kind in ("text", "beyond"):
        for form in forms(kind):
            once = DEFAULT_REDACTOR.redact(form.replace("«", "").replace("»", "")).text
            assert DEFAULT_REDACTOR.redact(once) == (once, False)
