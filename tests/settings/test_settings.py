"""Settings from variables and from a file: each one, and what stops the start."""

from dataclasses import dataclass
from pathlib import Path

import pytest
from pydantic import SecretStr

from chasedata_mcp.errors import SettingsError
from chasedata_mcp.settings import BASE_URL, Settings, load_settings
from chasedata_mcp.settings.scripts import Script
from chasedata_mcp.settings.wire.loader import load_shipped_profile

NO_TEXT = "it is neither UTF-8 nor UTF-16 with a byte order mark"

LIVE = {"CHASEDATA_TOKEN": "T0K3N-0F-MINE", "CHASEDATA_ACCID": "acme"}
SHIPPED = load_shipped_profile().scripts
ODD = Path(__file__).parents[1] / "_support" / "wire_profiles" / "html.toml"
BESIDE = {"sandbox": {"CHASEDATA_SANDBOX": "1"}, "live": LIVE, "none": dict[str, str]()}


@dataclass(frozen=True)
class One:
    """A setting, beside what it makes sense, as a variable, as TOML, and as it is read."""

    name: str
    beside: str
    variable: str
    toml: str
    expected: object


EACH = [
    One("base_url", "live", "https://a.example/", '"https://a.example/"', "https://a.example/"),
    One("sandbox", "none", "1", "true", expected=True),
    One("sandbox_file", "sandbox", "~/s.db", '"~/s.db"', Path("~/s.db")),
    One("sandbox_faults", "sandbox", "a.php=drop*1", '"a.php=drop*1"', "a.php=drop*1"),
    One("state_dir", "none", "~/here", '"~/here"', Path("~/here")),
    One(
        "ledger",
        "none",
        "postgresql+psycopg://localhost/calls",
        '"postgresql+psycopg://localhost/calls"',
        "postgresql+psycopg://localhost/calls",
    ),
    One("hidden_fields", "none", "Notes, ADV_Plan", '["Notes", "ADV_Plan"]', ("Notes", "ADV_Plan")),
    One("history_of", "none", "all", '"all"', "all"),
    One("read_back", "none", "0", "false", expected=False),
    One("twin_minutes", "none", "0", "0", 0.0),
    One("files_dir", "none", "~/leads", '"~/leads"', Path("~/leads")),
    One("batch_per_second", "none", "2.5", "2.5", 2.5),
    One("policy", "none", "~/p.toml", '"~/p.toml"', Path("~/p.toml")),
    One("names", "none", "~/n.toml", '"~/n.toml"', Path("~/n.toml")),
    One("read_only", "none", "1", "true", expected=True),
    One("toolsets", "none", "leads, dnc", '["leads", "dnc"]', ("leads", "dnc")),
    One("confirm", "none", "writes", '"writes"', "writes"),
    One("countries", "none", "US,JM", '["US", "JM"]', ("US", "JM")),
    One("search_seconds", "none", "2.5", "2.5", 2.5),
    One("write_seconds", "none", "30", "30", 30.0),
    One("in_flight", "none", "4", "4", 4),
    One("reads_in_flight", "none", "15", "15", 15),
    One("trust_env", "none", "yes", "true", expected=True),
    One("http_key", "none", "k" * 16, f'"{"k" * 16}"', SecretStr("k" * 16)),
    One("log_level", "none", "DEBUG", '"debug"', "debug"),
    One("wire_profile", "none", str(ODD), f"'{ODD}'", ODD),
    *[
        One(f"script_{script.value}", "none", "Mine.php", '"Mine.php"', "Mine.php")
        for script in Script
    ],
]
each = pytest.mark.parametrize("one", EACH, ids=lambda one: one.name)


def file(folder: Path, text: str, name: str = "settings.toml") -> dict[str, str]:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return {"CHASEDATA_CONFIG": str(path)}


def why_not(environ: dict[str, str]) -> str:
    with pytest.raises(SettingsError) as caught:
        load_settings(environ)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    return str(caught.value)


def test_the_table_has_every_setting_but_the_credentials() -> None:
    others = {"token", "token_file", "accid"}
    assert {one.name for one in EACH} == set(Settings.model_fields) - others


@each
def test_a_setting_is_read_from_its_variable(one: One) -> None:
    settings = load_settings({**BESIDE[one.beside], f"CHASEDATA_{one.name.upper()}": one.variable})
    assert getattr(settings, one.name) == one.expected


@each
def test_a_setting_is_read_from_the_file(tmp_path: Path, one: One) -> None:
    settings = load_settings({**BESIDE[one.beside], **file(tmp_path, f"{one.name} = {one.toml}\n")})
    assert getattr(settings, one.name) == one.expected


@each
def test_a_setting_that_is_not_set_has_another_value(one: One) -> None:
    assert getattr(load_settings({}), one.name) != one.expected


def test_the_defaults_are_those_of_the_documents() -> None:
    settings = load_settings({})
    assert (settings.base_url, BASE_URL) == (BASE_URL, "https://api.chasedatacorp.com/HttpImport/")
    assert (settings.search_seconds, settings.write_seconds, settings.in_flight) == (10, 15, 15)
    assert (settings.confirm, settings.read_only, settings.sandbox) == ("destructive", False, False)
    assert settings.toolsets == (
        *("leads", "dnc", "sms", "calls", "dial_lists", "playlists", "skills"),
        *("jobs", "history", "safety"),
    )
    assert settings.countries == ("US", "CA")
    assert settings.load_wire().scripts == SHIPPED
    assert settings.trust_env is False
    assert (settings.state_dir, settings.ledger, settings.hidden_fields) == (None, None, ())
    assert (settings.history_of, settings.read_back, settings.twin_minutes) == ("own", True, 10)


def test_batches_are_offered_where_they_are_named_or_have_a_folder() -> None:
    assert "batches" not in load_settings({}).offered_toolsets
    assert "batches" in load_settings({"CHASEDATA_TOOLSETS": "leads,batches"}).offered_toolsets
    for toolsets in ({}, {"CHASEDATA_TOOLSETS": "leads"}, {"CHASEDATA_TOOLSETS": "batches"}):
        named = {"CHASEDATA_FILES_DIR": "/leads", **toolsets}
        assert load_settings(named).offered_toolsets.count("batches") == 1


def test_a_renamed_script_is_among_the_scripts() -> None:
    settings = load_settings({"CHASEDATA_SCRIPT_DIAL_LISTS": "DialListOperations.php"})
    names = settings.load_wire().scripts
    assert names == {**SHIPPED, Script.DIAL_LISTS: "DialListOperations.php"}


@pytest.mark.parametrize(("text", "expected"), [("1", True), ("TRUE", True), (" on ", True)])
@pytest.mark.parametrize("name", ["READ_ONLY", "SANDBOX", "TRUST_ENV"])
def test_a_switch_is_on(name: str, text: str, expected: object) -> None:
    assert getattr(load_settings({f"CHASEDATA_{name}": text}), name.lower()) is expected


@pytest.mark.parametrize("text", ["0", "false", "No", "off"])
@pytest.mark.parametrize("name", ["READ_ONLY", "SANDBOX", "TRUST_ENV"])
def test_a_switch_is_off(name: str, text: str) -> None:
    assert getattr(load_settings({f"CHASEDATA_{name}": text}), name.lower()) is False


# Credentials


@pytest.mark.parametrize(
    ("environ", "parts"),
    [
        ({"CHASEDATA_TOKEN": "t"}, ["CHASEDATA_TOKEN is set without CHASEDATA_ACCID"]),
        ({"CHASEDATA_TOKEN_FILE": "/t"}, ["without CHASEDATA_ACCID"]),
        ({"CHASEDATA_ACCID": "acme"}, ["CHASEDATA_ACCID is set without CHASEDATA_TOKEN"]),
        ({**LIVE, "CHASEDATA_SANDBOX": "1"}, ["CHASEDATA_SANDBOX", "credentials"]),
        ({"CHASEDATA_ACCID": "a", "CHASEDATA_SANDBOX": "1"}, ["CHASEDATA_SANDBOX", "credentials"]),
        ({"CHASEDATA_TOKEN": "t", "CHASEDATA_SANDBOX": "1"}, ["CHASEDATA_SANDBOX", "credentials"]),
        (
            {"CHASEDATA_TOKEN_FILE": "/t", "CHASEDATA_SANDBOX": "1"},
            ["CHASEDATA_SANDBOX", "credentials"],
        ),
        (
            {**LIVE, "CHASEDATA_TOKEN_FILE": "/t"},
            ["CHASEDATA_TOKEN and CHASEDATA_TOKEN_FILE are both set"],
        ),
        ({"CHASEDATA_SANDBOX_FILE": "~/x"}, ["CHASEDATA_SANDBOX=1"]),
        ({**LIVE, "CHASEDATA_SANDBOX_FAULTS": "x"}, ["CHASEDATA_SANDBOX=1"]),
    ],
)
def test_half_of_it_or_two_at_once_stops_the_start(
    environ: dict[str, str], parts: list[str]
) -> None:
    said = why_not(environ)
    for part in parts:
        assert part in said


def test_nothing_at_all_is_a_configuration_without_a_dialer() -> None:
    settings = load_settings({})
    assert (settings.token, settings.accid, settings.sandbox) == (None, None, False)
    with pytest.raises(SettingsError, match="no token is set"):
        settings.read_token()


def test_the_token_is_read_from_its_variable_and_shown_nowhere() -> None:
    settings = load_settings(LIVE)
    assert settings.read_token() == "T0K3N-0F-MINE"
    assert "T0K3N" not in f"{settings!r} {settings} {settings.model_dump()}"


def test_the_token_is_read_from_its_file_without_the_line_break(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text("  T0K3N-0F-MINE\r\n", encoding="utf-8")
    settings = load_settings({"CHASEDATA_TOKEN_FILE": str(path), "CHASEDATA_ACCID": "acme"})
    assert settings.read_token() == "T0K3N-0F-MINE"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "CHASEDATA_TOKEN_FILE names a file that can't be read (FileNotFoundError)"),
        (b" \n", "CHASEDATA_TOKEN_FILE names a file without a token in it"),
        (b"two words\n", "CHASEDATA_TOKEN_FILE names a file without a token in it"),
        (b"\xff\xfe", "CHASEDATA_TOKEN_FILE names a file without a token in it"),
        (
            b"\xff",
            f"CHASEDATA_TOKEN_FILE names a file that can't be read ({NO_TEXT})",
        ),
    ],
)
def test_a_token_file_that_holds_no_token_is_refused(
    tmp_path: Path, content: bytes | None, said: str
) -> None:
    path = tmp_path / "s3cr3t-name"
    if content is not None:
        path.write_bytes(content)
    settings = load_settings({"CHASEDATA_TOKEN_FILE": str(path), "CHASEDATA_ACCID": "acme"})
    with pytest.raises(SettingsError) as caught:
        settings.read_token()
    assert str(caught.value) == said


@pytest.mark.parametrize("name", ["CHASEDATA_TOKEN", "CHASEDATA_HTTP_KEY"])
def test_a_secret_with_a_space_in_it_is_refused_and_not_repeated(name: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings(
            {"CHASEDATA_ACCID": "acme", "CHASEDATA_TOKEN": "tok3n", name: "s3cr3t-and-long-enough "}
        )
    assert str(caught.value) == f"{name}: must be printable ASCII without spaces"


@pytest.mark.parametrize(("variable", "given"), [("1", False), ("0", True)])
def test_the_sandbox_is_meant_by_the_settings_or_by_the_caller(
    variable: str,
    given: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    assert load_settings({"CHASEDATA_SANDBOX": variable}, sandbox=given).sandbox
    assert not load_settings({"CHASEDATA_SANDBOX": "0"}, sandbox=False).sandbox


# The file


def test_a_variable_wins_over_the_file(tmp_path: Path) -> None:
    environ = file(tmp_path, 'confirm = "outward"\nin_flight = 2\nwrite_seconds = 3\n')
    environ["CHASEDATA_CONFIRM"] = "writes"
    environ["CHASEDATA_WRITE_SECONDS"] = "4"
    settings = load_settings(environ)
    assert (settings.confirm, settings.in_flight, settings.write_seconds) == ("writes", 2, 4)


def test_credentials_may_be_in_the_file(tmp_path: Path) -> None:
    settings = load_settings(file(tmp_path, 'token = "T0K3N-0F-MINE"\naccid = "acme"\n'))
    assert (settings.read_token(), settings.accid) == ("T0K3N-0F-MINE", "acme")


def test_the_file_and_the_variables_are_held_against_each_other(tmp_path: Path) -> None:
    environ = file(tmp_path, 'token = "T0K3N-0F-MINE"\naccid = "acme"\n')
    assert "credentials" in why_not({**environ, "CHASEDATA_SANDBOX": "1"})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("token: s3cr3t", "CHASEDATA_CONFIG names a file that is not TOML"),
        ('token = "s3cr3t', "CHASEDATA_CONFIG names a file that is not TOML"),
        ("in_flight = [1]", "CHASEDATA_IN_FLIGHT: "),
        ("token = 5050505", "CHASEDATA_TOKEN: "),
        ("sandbox = 2", "CHASEDATA_SANDBOX: "),
        ("toolsets = []", "CHASEDATA_TOOLSETS: "),
        ("toolsets = [5]", "CHASEDATA_TOOLSETS: "),
        ("log_level = 5", "CHASEDATA_LOG_LEVEL: "),
    ],
)
def test_a_file_that_is_not_understood_stops_the_start(
    tmp_path: Path, text: str, said: str
) -> None:
    heard = why_not(file(tmp_path, text))
    assert heard.startswith(said)
    assert "s3cr3t" not in heard
    assert "5050505" not in heard


def test_a_file_that_can_not_be_read_stops_the_start(tmp_path: Path) -> None:
    missing = why_not({"CHASEDATA_CONFIG": str(tmp_path / "s3cr3t.toml")})
    assert missing == "CHASEDATA_CONFIG names a file that can't be read (FileNotFoundError)"
    assert "can't be read" in why_not({"CHASEDATA_CONFIG": str(tmp_path)})
    assert "can't be read" in why_not({"CHASEDATA_CONFIG": "/a\x00b"})
    (tmp_path / "odd.toml").write_bytes(b'accid = "\xff"')
    assert "can't be read" in why_not({"CHASEDATA_CONFIG": str(tmp_path / "odd.toml")})


def test_settings_do_not_change() -> None:
    settings = load_settings({})
    with pytest.raises(ValueError, match="frozen"):
        settings.read_only = True  # type: ignore[misc]  # that is what is tried
