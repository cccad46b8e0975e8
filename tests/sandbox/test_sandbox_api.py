"""The API's checks before the dialer sees a request, and the call centre that is there."""

import re
import subprocess
import sys
from collections.abc import Callable

import pytest

from chasedata_mcp.sandbox import ACCID, TOKEN
from chasedata_mcp.sandbox.api import answer
from chasedata_mcp.sandbox.dialer import SandboxDialer
from chasedata_mcp.sandbox.routes import ROUTES
from chasedata_mcp.sandbox.seed import HOSTILE_NOTES
from chasedata_mcp.sandbox.transcript import TRANSCRIPT

Ask = Callable[..., str]

ACTIONS = [(script, action) for script, actions in TRANSCRIPT.items() for action in actions]
REQUIRED = [
    (script, action, name)
    for script, action in ACTIONS
    for name in TRANSCRIPT[script][action].required
]


def invalid_request(sentence: str) -> str:
    return f"<br><br>Result: {sentence}"


def filled(script: str, action: str) -> dict[str, str]:
    sent = dict.fromkeys(TRANSCRIPT[script][action].required, "1")
    return sent | ({"Action": action} if action else {"City": "Miami"})


def test_every_action_of_the_transcript_has_its_route() -> None:
    routed = [(script, action) for script, actions in ROUTES.items() for action in actions]
    assert sorted(routed) == sorted(ACTIONS)


@pytest.mark.parametrize(("script", "action"), ACTIONS)
@pytest.mark.parametrize("sign", [{}, {"token": TOKEN.lower()}, {"token": "x", "accid": ACCID}])
def test_nothing_is_done_without_the_token(
    dialer: SandboxDialer,
    script: str,
    action: str,
    sign: dict[str, str],
) -> None:
    before = dialer.state()
    sent = {"accid": ACCID} | filled(script, action) | sign
    assert answer(dialer, script, sent) == invalid_request("Token is not valid")
    assert dialer.state() == before


@pytest.mark.parametrize("sign", [{}, {"accid": "dhm"}])
def test_nothing_is_done_for_another_account(dialer: SandboxDialer, sign: dict[str, str]) -> None:
    sent = {"token": TOKEN} | filled("SkillListOperations.php", "Reload") | sign
    said = answer(dialer, "SkillListOperations.php", sent)
    assert said == invalid_request("Account was not found")


@pytest.mark.parametrize("required", REQUIRED)
@pytest.mark.parametrize("empty", [True, False])
def test_a_required_parameter_is_asked_for(
    ask: Ask,
    dialer: SandboxDialer,
    required: tuple[str, str, str],
    empty: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    script, action, name = required
    before = dialer.state()
    sent = filled(script, action)
    if empty:
        sent[name] = ""
    else:
        del sent[name]
    sentence = "Campaign name" if (script, name) == ("InjectLead.php", "Campaign") else name
    assert ask(script, **sent) == invalid_request(f"{sentence} should be specified")
    assert dialer.state() == before


@pytest.mark.parametrize(
    "script", [script for script, actions in TRANSCRIPT.items() if len(actions) > 1]
)
def test_an_action_is_asked_for_and_known(ask: Ask, script: str) -> None:
    assert ask(script) == invalid_request("Action should be specified")
    assert ask(script, Action="Explode") == invalid_request("Action is not supported")


def test_an_insert_or_an_update_of_nothing_is_turned_away(ask: Ask) -> None:
    said = ask("InjectLead.php", Campaign="Solar", ImportOnly="1")
    assert said == invalid_request("No data to import")
    said = ask("UpdateLead.php", SearchField="LeadId", Identifier="1001")
    assert said == invalid_request("No data to update")


def test_the_names_are_those_of_the_call_centre(dialer: SandboxDialer) -> None:
    names = dialer.names()
    assert names["campaigns"] == ["Billing", "Medicare", "Solar"]
    assert names["subcampaigns"]["Solar"] == ["Web", "Referral"]
    assert "adv_Card__Last4" in names["custom_fields"]["Billing"]
    assert names["ring_groups"]["9545550190"] == "Solar line"
    assert "AGENTSPCB" in names["dispositions"]
    assert not any(" " in agent for agent in names["agents"])
    assert names["own_numbers"] == ["2125550196", "9545550195"]


def test_every_number_of_the_call_centre_is_fictional(dialer: SandboxDialer) -> None:
    phones = [row["PrimaryPhone"] for row in dialer.state()["leads"]]
    phones += [row["number"] for row in dialer.state()["dnc"]]
    phones += [row["phone"] for row in dialer.state()["calls"]]
    phones += [row["phone"] for row in dialer.state()["dial_list_phones"]]
    phones += [*dialer.names()["ring_groups"], *dialer.names()["own_numbers"]]
    assert len(phones) > 50
    for phone in phones:
        assert re.fullmatch(r"[2-9][0-9]{2}55501[0-9]{2}", re.sub(r"\D", "", phone)), phone


def test_the_leads_that_examples_use_are_there(dialer: SandboxDialer) -> None:
    leads = {row["LeadId"]: row for row in dialer.state()["leads"]}
    assert 30 <= len(leads) <= 60
    assert all(row["ClientId"] == f"WEB-{lead_id}" for lead_id, row in leads.items())
    assert leads[1004]["dnc"] is True
    assert leads[1005]["Notes"] == HOSTILE_NOTES
    assert {row["State"] for row in leads.values()} > {"FL", "NY", "CA"}


def test_a_reset_brings_the_call_centre_back(ask: Ask, dialer: SandboxDialer) -> None:
    before = dialer.state()
    ask("InjectLead.php", Campaign="Solar", PrimaryPhone="9545550171")
    ask("LeadOperations.php", Action="InsertDnc", Number="9545550101")
    assert dialer.state() != before
    dialer.reset()
    assert dialer.state() == before


def loaded_by(program: str) -> str:
    """Name the heavy modules that a program loads."""
    code = (
        f"import sys; before = set(sys.modules); {program}; loaded = set(sys.modules) - before; "
        "print(*sorted(loaded & {'starlette', 'sqlite3', 'httpx', 'jinja2', 'mcp'}))"
    )
    run = subprocess.run(  # noqa: S603 - our own words to our own interpreter
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
    )
    return run.stdout.strip()


def test_the_constants_alone_load_neither_a_server_nor_a_database() -> None:
    assert loaded_by("from chasedata_mcp.sandbox import ACCID, TOKEN") == ""


def test_an_app_loads_no_templates_before_its_page_is_shown() -> None:
    program = "from chasedata_mcp.sandbox.app import create_app, create_scripts"
    assert "jinja2" not in loaded_by(program).split()
