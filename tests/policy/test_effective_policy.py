"""The policy in force: preset, file and settings merged, and the source of each value."""

from pathlib import Path

import pytest

from _support.sandbox import EVERY_CAP
from chasedata_mcp.app.composition import policy_in_force
from chasedata_mcp.errors import SettingsError
from chasedata_mcp.fields.assurance_level import AssuranceLevel
from chasedata_mcp.policy.loader import (
    EffectivePolicy,
    list_key_paths,
    load_policy,
    load_policy_file,
)
from chasedata_mcp.policy.models import (
    EVERY_TOOL,
    EVERY_TOOLSET,
    Cap,
    CapSteps,
    ConfirmLevel,
    PolicyTerms,
)
from chasedata_mcp.policy.presets import ATTENDED, PRESET_SUMMARIES, PRESETS, UNATTENDED
from chasedata_mcp.settings import load_settings
from chasedata_mcp.tools.schema import list_published

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "policy.toml"


def written(file: Path, text: str, **settings: str) -> EffectivePolicy:
    """The policy in force with a file of this text, and with these settings."""
    file.write_text(text, encoding="utf-8")
    return with_settings(POLICY=str(file), **settings)


def with_settings(**settings: str) -> EffectivePolicy:
    return load_policy(
        load_settings({f"CHASEDATA_{name}": text for name, text in settings.items()})
    )


def cap(hour: tuple[int, int], day: tuple[int, int]) -> Cap:
    return Cap(hour=CapSteps(ask=hour[0], stop=hour[1]), day=CapSteps(ask=day[0], stop=day[1]))


# The preset


def test_without_a_file_the_preset_unattended_holds() -> None:
    assert with_settings().terms == UNATTENDED


@pytest.mark.parametrize("name", PRESETS)
def test_a_file_that_names_a_preset_and_nothing_else_is_that_preset(file: Path, name: str) -> None:
    assert written(file, f'preset = "{name}"').terms == PRESETS[name]


def test_an_empty_file_is_the_preset_unattended(file: Path) -> None:
    assert written(file, "").terms == UNATTENDED


def test_attended_asks_for_more_and_allows_more_than_unattended() -> None:
    assert (ATTENDED.confirm, UNATTENDED.confirm) == (
        ConfirmLevel.OUTWARD,
        ConfirmLevel.DESTRUCTIVE,
    )
    for name in EVERY_CAP:
        low, high = getattr(UNATTENDED.caps, name), getattr(ATTENDED.caps, name)
        assert low.hour.stop < high.hour.stop
        assert low.day.stop < high.day.stop


def test_every_preset_is_explained_in_a_line() -> None:
    assert set(PRESET_SUMMARIES) == set(PRESETS)
    assert all("\n" not in sentence for sentence in PRESET_SUMMARIES.values())


def test_a_policy_knows_every_tool_that_is_published() -> None:
    assert set(list_published()) <= set(EVERY_TOOL)


# The file


KEYS = [
    ("read_only = true", "read_only", True),
    ('confirm = "writes"', "confirm", ConfirmLevel.WRITES),
    ('toolsets = ["dnc", "leads"]', "toolsets", ("leads", "dnc")),
    ("frequency.minutes_between_calls = 15", "frequency.minutes_between_calls", 15.0),
    ("frequency.texts_in_24_hours = [2, 5]", "frequency.texts_in_24_hours.ask", 2),
    ("frequency.texts_in_24_hours = [2, 5]", "frequency.texts_in_24_hours.stop", 5),
    ('caps.at_stop = "freeze"', "caps.at_stop", "freeze"),
    ('tools.send_sms = "refuse"', "tools.send_sms", "refuse"),
    ('tools.undo = "off"', "tools.undo", "off"),
    ('calling_hours.outside = "ask"', "calling_hours.outside", "ask"),
    ("calling_hours.in_sandbox = true", "calling_hours.in_sandbox", True),
    (
        'do_not_call.stopping_dispositions = ["ATTY"]',
        "do_not_call.stopping_dispositions",
        ("ATTY",),
    ),
    ('do_not_call.unreadable = "refuse"', "do_not_call.unreadable", "refuse"),
    ("frequency.calls_in_24_hours = 1", "frequency.calls_in_24_hours", 1),
    ('frequency.over = "off"', "frequency.over", "off"),
    ('caps = { texts = "off" }', "caps.texts", "off"),
    ("caps.texts.hour = [1, 2]", "caps.texts.hour.stop", 2),
    ("caps.texts.hour = { ask = 1, stop = 2 }", "caps.texts.hour.ask", 1),
    ("caps.texts.hour = [7, 7]", "caps.texts.hour.ask", 7),
    ("texts.ask_over_parts = 1", "texts.ask_over_parts", 1),
    ("after_reading.minutes = 0", "after_reading.minutes", 0),
    ("after_reading.minutes = 2.5", "after_reading.minutes", 2.5),
    ('hidden.fields = ["a*", "b"]', "hidden.fields", ("a*", "b")),
    ("hidden.fields = []", "hidden.fields", ()),
    ("hidden.identity = true", "hidden.identity", True),
    ("hidden.values = false", "hidden.values", False),
    ("hidden.writable = true", "hidden.writable", True),
    ('yes.destructive = "second_factor"', "yes.destructive", AssuranceLevel.SECOND_FACTOR),
    ('yes.outward = "machine"', "yes.outward", AssuranceLevel.MACHINE),
    ('yes.write = "machine"', "yes.write", AssuranceLevel.MACHINE),
]


@pytest.mark.parametrize(("text", "key", "expected"), KEYS)
def test_a_key_of_the_file_is_taken_and_the_rest_stays_as_the_preset_has_it(
    file: Path, text: str, key: str, expected: object
) -> None:
    found = written(file, text)
    rules = dict(list_key_paths(found.terms.model_dump()))
    preset = dict(list_key_paths(UNATTENDED.model_dump()))
    assert rules[key] == expected
    assert found.sources[key] == "policy file"
    others = {name for name in rules if not text.startswith(name.partition(".")[0])}
    assert {name: rules[name] for name in others} == {name: preset[name] for name in others}
    # A key that doesn't get as far as the rules is a switch that does nothing.
    in_force = policy_in_force(found.terms)
    assert in_force.fingerprint != policy_in_force(UNATTENDED).fingerprint


def test_every_key_of_the_file_is_tried() -> None:
    tried = {key for _, key, _ in KEYS}
    elsewhere = {
        "preset",
        "calling_hours.windows",
        "do_not_call.suppression_file",
        "do_not_call.largest_shrink",
        # One needs the other: tests/policy/test_policy_file_refused.py.
        "do_not_call.confirmation_text",
        "do_not_call.confirmation_from",
    }
    keys = {name for name, _ in list_key_paths(UNATTENDED.model_dump())} - elsewhere
    assert {name for name in keys if not name.startswith(("caps.", "tools"))} <= tried


def test_a_cap_that_is_off_leaves_the_other_caps(file: Path) -> None:
    caps = written(file, 'caps = {texts = "off"}').terms.caps
    assert caps.texts == "off"
    assert caps.model_copy(update={"texts": UNATTENDED.caps.texts}) == UNATTENDED.caps


def test_a_cap_for_an_hour_keeps_the_days_of_the_preset_that_the_file_names(file: Path) -> None:
    caps = written(file, 'preset = "attended"\ncaps.texts.hour = [1, 2]').terms.caps
    assert caps.texts == cap((1, 2), (500, 2000))


def test_a_step_of_a_cap_keeps_the_other_step(file: Path) -> None:
    assert written(file, "caps.texts.hour.stop = 60").terms.caps.texts == cap((40, 60), (200, 400))


def test_a_file_in_the_home_directory_is_found_by_a_tilde(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "policy.toml").write_text("read_only = true", encoding="utf-8")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert with_settings(POLICY="~/policy.toml").terms.read_only


@pytest.mark.parametrize("path", ["policy.toml", "./policy.toml", "../policy.toml", "~root/p.toml"])
def test_a_policy_in_the_working_directory_is_refused(
    path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "policy.toml").write_text("", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SettingsError, match="never read from the working directory"):
        load_settings({"CHASEDATA_POLICY": path})


def test_the_files_that_a_policy_names_are_kept_by_their_whole_paths(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    (tmp_path / "numbers.txt").write_text("# mine\n(954) 555-0123\n\n2125550104\n", "utf-8")
    found = written(file, 'do_not_call.suppression_file = "~/numbers.txt"').terms
    assert found.do_not_call.suppression_file == str(tmp_path / "numbers.txt")
    assert found.calling_hours.windows is None


def test_a_table_of_calling_hours_of_ones_own_is_taken(file: Path, tmp_path: Path) -> None:
    table = tmp_path / "hours.toml"
    table.write_text(
        '[[window]]\nstate = "federal"\nfrom = "8:00"\nuntil = "21:00"\nsunday = true\n'
        'by_area_code = false\nsource = "mine"\ndate = 2026-11-01\n',
        encoding="utf-8",
    )
    found = written(file, f"calling_hours.windows = '{table}'").terms
    assert found.calling_hours.windows == str(table)


@pytest.mark.parametrize("name", PRESETS)
def test_the_example_files_are_good_and_change_their_preset(name: str) -> None:
    terms = load_policy_file(EXAMPLES / f"policy-{name}.toml").terms
    assert terms.preset == name
    assert terms != PRESETS[name]


# Settings beside it: the stricter holds


@pytest.mark.parametrize(("in_file", "set_to"), [("false", "1"), ("true", "0"), ("true", "1")])
def test_read_only_holds_if_either_says_so(file: Path, in_file: str, set_to: str) -> None:
    assert written(file, f"read_only = {in_file}", READ_ONLY=set_to).terms.read_only


def test_what_neither_makes_read_only_is_not(file: Path) -> None:
    assert not written(file, "read_only = false", READ_ONLY="0").terms.read_only


def test_a_file_offers_batches_unless_the_setting_leaves_them_out(file: Path) -> None:
    named = 'toolsets = ["leads", "batches"]\n'
    assert written(file, named).terms.toolsets == ("leads", "batches")
    assert written(file, named, TOOLSETS="leads,dnc").terms.toolsets == ("leads",)
    switched_on = 'tools.plan_batch = "on"\n'
    assert written(file, switched_on).terms.tools == {"plan_batch": "on"}
    assert written(file, switched_on, TOOLSETS="leads").terms.tools == {}
    assert "batches" not in with_settings().terms.toolsets


@pytest.mark.parametrize("in_file", ConfirmLevel)
@pytest.mark.parametrize("set_to", ConfirmLevel)
def test_the_higher_level_of_confirmation_holds(
    file: Path, in_file: ConfirmLevel, set_to: ConfirmLevel
) -> None:
    order = list(ConfirmLevel)
    higher = order[max(order.index(in_file), order.index(set_to))]
    assert written(file, f'confirm = "{in_file}"', CONFIRM=set_to).terms.confirm == higher


def test_a_level_that_is_not_set_does_not_lower_the_presets(file: Path) -> None:
    assert written(file, 'preset = "attended"').terms.confirm == ConfirmLevel.OUTWARD
    assert (
        written(file, 'preset = "attended"', CONFIRM="destructive").terms.confirm
        == ConfirmLevel.OUTWARD
    )


def test_the_toolsets_that_both_offer_are_offered(file: Path) -> None:
    found = written(file, 'toolsets = ["sms", "dnc"]', TOOLSETS="leads,sms")
    assert found.terms.toolsets == ("sms",)
    assert found.sources["toolsets"] == "policy file and CHASEDATA_TOOLSETS"


def test_toolsets_with_nothing_in_common_stop_the_start(file: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        written(file, 'toolsets = ["sms"]', TOOLSETS="leads")
    assert "CHASEDATA_TOOLSETS and toolsets in the policy file have nothing in common" in str(
        caught.value
    )


def test_settings_hold_without_a_file_too() -> None:
    found = with_settings(READ_ONLY="1", CONFIRM="writes", TOOLSETS="dnc,leads")
    assert (found.terms.read_only, found.terms.confirm) == (True, ConfirmLevel.WRITES)
    assert found.terms.toolsets == ("leads", "dnc")
    assert {found.sources[key] for key in ("read_only", "confirm", "toolsets")} == {
        "CHASEDATA_READ_ONLY",
        "CHASEDATA_CONFIRM",
        "CHASEDATA_TOOLSETS",
    }


# Where each value comes from


def test_every_key_path_has_a_source(file: Path) -> None:
    found = written(file, 'tools.send_sms = "ask"\ncaps.texts = "off"', CONFIRM="outward")
    assert set(found.sources) == {key for key, _ in list_key_paths(found.terms.model_dump())}


def test_what_the_presets_decide_is_from_the_preset_and_the_rest_is_a_default() -> None:
    sources = with_settings().sources
    of_preset = {key for key, source in sources.items() if source == "preset unattended"}
    assert of_preset == {"confirm"} | {
        key for key in sources if key.startswith("caps.") and key != "caps.at_stop"
    }
    assert {source for key, source in sources.items() if key not in of_preset} == {"default"}


def test_the_steps_of_one_cap_may_come_from_different_places(file: Path) -> None:
    sources = written(file, 'preset = "attended"\ncaps.texts.hour.stop = 900').sources
    assert sources["caps.texts.hour.stop"] == "policy file"
    assert sources["caps.texts.hour.ask"] == "preset attended"
    assert sources["preset"] == "policy file"


def test_a_pair_in_the_file_is_the_source_of_both_its_steps(file: Path) -> None:
    sources = written(file, "caps.texts.day = [1, 2]").sources
    assert sources["caps.texts.day.ask"] == sources["caps.texts.day.stop"] == "policy file"
    assert sources["caps.texts.hour.ask"] == "preset unattended"


def test_a_value_that_file_and_preset_share_is_from_the_file(file: Path) -> None:
    assert written(file, 'frequency.over = "refuse"').sources["frequency.over"] == "policy file"


def test_an_empty_table_says_nothing(file: Path) -> None:
    assert written(file, "[frequency]\n[tools]\n").sources == with_settings().sources


@pytest.mark.parametrize(
    ("in_file", "set_to", "source"),
    [
        ("outward", "writes", "CHASEDATA_CONFIRM"),
        ("writes", "outward", "policy file"),
        ("outward", "outward", "policy file"),
        (None, "destructive", "CHASEDATA_CONFIRM"),
        (None, None, "preset unattended"),
    ],
)
def test_the_source_of_the_level_is_who_says_what_holds(
    file: Path, in_file: str | None, set_to: str | None, source: str
) -> None:
    text = "" if in_file is None else f'confirm = "{in_file}"'
    settings = {} if set_to is None else {"CONFIRM": set_to}
    assert written(file, text, **settings).sources["confirm"] == source


def test_a_setting_that_offers_all_toolsets_changes_nothing(file: Path) -> None:
    found = written(file, 'toolsets = ["sms"]', TOOLSETS=",".join(EVERY_TOOLSET))
    assert (found.terms.toolsets, found.sources["toolsets"]) == (("sms",), "policy file")


def test_a_policy_in_force_does_not_change() -> None:
    found = with_settings()
    with pytest.raises(AttributeError):
        found.terms = ATTENDED  # type: ignore[misc]  # that is what is tried
    with pytest.raises(TypeError):
        found.sources["confirm"] = "me"  # type: ignore[index]  # as above
    with pytest.raises(ValueError, match="frozen"):
        found.terms.read_only = True  # type: ignore[misc]  # as above


@pytest.mark.parametrize("given", AssuranceLevel)
@pytest.mark.parametrize("needed", AssuranceLevel)
def test_a_yes_is_as_sure_as_those_before_it_and_itself(
    given: AssuranceLevel, needed: AssuranceLevel
) -> None:
    order = ["client", "machine", "second_factor"]
    assert (given >= needed) is (order.index(given) >= order.index(needed))


def test_terms_read_back_from_their_own_dump() -> None:
    for terms in PRESETS.values():
        assert PolicyTerms.model_validate(terms.model_dump()) == terms
        assert PolicyTerms.model_validate(terms.model_dump(mode="json")) == terms
