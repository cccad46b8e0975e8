"""The addresses that the token may go to, and the bounds of calls."""

import pytest

from _support.tables import each
from chasedata_mcp.dialer import CallLimits, Endpoint
from chasedata_mcp.settings.scripts import Script

TOKEN = "D7C84300-0000-4DC9-B70F-A1D89B927F51"


def target(base_url: str, scripts: dict[Script, str] | None = None) -> Endpoint:
    return Endpoint(base_url, TOKEN, "test", scripts or {})


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("https://api.example.com/HttpImport", "https://api.example.com/HttpImport/"),
        ("https://api.example.com/HttpImport/", "https://api.example.com/HttpImport/"),
        ("https://api.example.com/HttpImport///", "https://api.example.com/HttpImport/"),
        ("https://api.example.com", "https://api.example.com/"),
        ("http://127.0.0.1:8080/HttpImport/", "http://127.0.0.1:8080/HttpImport/"),
        ("http://127.9.9.9/", "http://127.9.9.9/"),
        ("http://[::1]:8080", "http://[::1]:8080/"),
        ("http://localhost", "http://localhost/"),
    ],
)
def test_an_address_is_kept_with_one_slash_at_its_end(given: str, kept: str) -> None:
    assert target(given).base_url == kept


@each(
    "address",
    [
        "http://api.example.com/",
        "http://127.0.0.1.example.com/",
        "http://127.0.0.1@example.com/",
        "http://localhost.example.com/",
        "http://128.0.0.1/",
        "http://0.0.0.0/",
        "http://[::2]/",
        "http://127.1/",
        "https://user:secret@api.example.com/",
        "https://user@api.example.com/",
        "https://api.example.com/?token=x",
        "https://api.example.com/?",
        "https://api.example.com/#part",
        "https://api.example.com/#",
        "https://api.example.com\\@evil.example/",
        "https://api.example.com:0/",
        "https://api.example.com:99999/",
        "https://api.example.com:eighty/",
        "https://[zz]/",
        "https://ex ample.com/",
        "https://example.com/\n",
        "https://éxample.com/",
        "https://xn--a/",
        "https://1.2.3.999/",
        "https:///HttpImport/",
        "ftp://api.example.com/",
        "//api.example.com/",
        "api.example.com",
        "",
    ],
)
def test_an_address_that_could_take_the_token_elsewhere_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match=r"address") as raised:
        target(address)
    assert TOKEN not in str(raised.value)
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "Inject",
        "Inject.PHP",
        "../Inject.php",
        "a/b.php",
        "a.php?x",
        "a.php\n",
        "é.php",
        "1.php",
    ],
)
def test_a_script_name_that_is_not_letters_and_php_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="CHASEDATA_SCRIPT_INSERT"):
        target("https://api.example.com/", {Script.INSERT: name})


def test_a_script_that_is_not_renamed_keeps_its_name() -> None:
    renamed = target("https://api.example.com/x", {Script.TEXTS: "Sms.php"})
    assert renamed.build_url(Script.TEXTS) == "https://api.example.com/x/Sms.php"
    assert renamed.build_url(Script.INSERT) == "https://api.example.com/x/InjectLead.php"


def test_names_that_change_later_change_nothing_here() -> None:
    names = {Script.TEXTS: "Sms.php"}
    made = target("https://api.example.com/", names)
    names[Script.TEXTS] = "../../elsewhere"
    assert made.build_url(Script.TEXTS) == "https://api.example.com/Sms.php"


@pytest.mark.parametrize(("token", "accid"), [("", "test"), (TOKEN, "")])
def test_a_target_without_token_or_accid_is_refused(token: str, accid: str) -> None:
    with pytest.raises(ValueError, match="token and an accid"):
        Endpoint("https://api.example.com/", token, accid, {})


@pytest.mark.parametrize(
    ("address", "loopback"), [("http://[::1]:80", True), ("https://dialer.example", False)]
)
def test_a_target_knows_whether_it_is_on_this_machine(address: str, *, loopback: bool) -> None:
    assert target(address).is_on_loopback is loopback


def test_a_target_shows_everything_but_its_token() -> None:
    shown = repr(target("https://api.example.com/"))
    assert TOKEN not in shown
    assert "https://api.example.com/" in shown


@pytest.mark.parametrize(
    "limits",
    [
        {"read_seconds": 0},
        {"write_seconds": -1},
        {"read_seconds": float("inf")},
        {"write_seconds": float("nan")},
        {"in_flight": 0},
        {"reads_in_flight": -1},
        {"attempts": 0},
    ],
)
def test_bounds_that_let_nothing_through_are_refused(limits: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=r"\."):
        CallLimits(**limits)


def test_the_bounds_are_those_of_integrators() -> None:
    assert CallLimits() == CallLimits(read_seconds=10, write_seconds=15, in_flight=15, attempts=3)
