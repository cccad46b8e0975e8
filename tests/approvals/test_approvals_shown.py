"""How a question is shown: nothing twice, phones as people write them, names on one line."""

from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from _support.open_approvals import MARIA, RELOAD, SHOWN, Approvals, open_approvals
from _support.terminals import plain
from chasedata_mcp.approvals.scopes import describe_scope
from chasedata_mcp.approvals_page.answer_service import Approver, Confirmation
from chasedata_mcp.approvals_page.policy_lines import policy_view
from chasedata_mcp.cli import grants
from chasedata_mcp.cli.approval_prompt import ApprovalPrompt
from chasedata_mcp.cli.open_questions import OpenQuestion, show_open
from chasedata_mcp.cli.terminal_prompt import ON_THE_TERMINAL
from chasedata_mcp.fields.format import quote_excerpt
from chasedata_mcp.ledger import Grant, Json
from chasedata_mcp.ledger.approval_models import Offer
from chasedata_mcp.ledger.questions import Question
from chasedata_mcp.policy.loader import load_policy
from chasedata_mcp.settings import load_settings

pytestmark = pytest.mark.anyio
EVIL = "x\x1b[2J\nroot  23:59  0 of 9\u202e"
NAMED = "x[U+001B][2J[U+000A]root  23:59  0 of 9[U+202E]"


async def only(approvals: Approvals) -> tuple[tuple[str, str], ...]:
    [question] = await approvals.answers.questions()
    [call] = question.calls
    return call.arguments


@pytest.mark.parametrize(
    ("tool", "arguments", "told"),
    [
        ("delete_dnc", {"number": "9545550123"}, ("Phone number", SHOWN)),
        ("update_lead", {"primary_phone": "9545550123"}, ("Phone number", SHOWN)),
        (
            "update_lead",
            {"search_field": "phone", "identifier": "9545550123"},
            ("Looked for", SHOWN),
        ),
        (
            "update_lead",
            {"search_field": "lead_id", "identifier": "9545550123"},
            ("Looked for", "9545550123"),
        ),
        (
            "insert_lead",
            {"custom_fields": {"Phone2": "9545550123"}},
            ("Phone2 (custom field)", SHOWN),
        ),
        (
            "insert_lead",
            {"custom_fields": {"Order": "9545550123"}},
            ("Order (custom field)", "9545550123"),
        ),
        ("send_sms", {"message": "9545550123"}, ("Message", "9545550123")),
        ("delete_dnc", {"number": "[hidden]"}, ("Phone number", "[hidden]")),
        ("delete_dnc", {"number": None}, ("Phone number", "(nothing)")),
        ("no_such_tool", {"number": "9545550123"}, ("Phone number", "9545550123")),
    ],
)
async def test_phones_and_nothing_else_are_shown_as_phones(
    tool: str, arguments: dict[str, Json], told: tuple[str, str], approvals: Approvals
) -> None:
    await approvals.ask(Question("Do it?"), tool, arguments)
    assert told in await only(approvals)


async def test_what_the_question_says_at_its_end_is_not_said_again(tmp_path: Path) -> None:
    known = ("On the list since May.", "Leads: 1.")
    async with open_approvals(tmp_path) as at:
        await at.reload(known=known)
        await at.ask(Question(f"Do it? {known[1]}"), "reload_skills", {}, known=known)
        await at.ask(Question(f"Do it? {known[0]} {known[1]}"), "reload_skills", {}, known=known)
        told = sorted((one.headline, one.known) for one in await at.answers.questions())
    assert told == [("Do it?", known), ("Do it?", known), (RELOAD.text, known)]


async def test_a_sentence_is_told_once(tmp_path: Path) -> None:
    async with open_approvals(tmp_path) as at:
        await at.reload(effects=("reload_skills can't be undone.", "Calls are routed."))
        [question] = await at.answers.questions()
    [call] = question.calls
    assert call.effects == ("reload_skills can't be undone.", "Calls are routed.")
    assert call.warnings == ()


@pytest.mark.parametrize("long", [161, 2001])
async def test_a_long_text_is_begun_in_the_question_and_whole_below(
    tmp_path: Path, long: int
) -> None:
    message = "Hello “you”, " + "a" * long
    async with open_approvals(tmp_path) as at:
        asking = Question(f"Text {SHOWN}: {quote_excerpt(message)}?")
        await at.ask(asking, "send_sms", {"message": message})
        [question] = await at.answers.questions()
        assert ("Message", message) in await only(at)
    assert question.text.startswith(f"Text {SHOWN}: “Hello 'you', aaa")
    assert question.text.endswith("a …” (whole below)?")
    assert question.question == asking


async def test_open_grants_are_listed_under_the_question_on_the_terminal(tmp_path: Path) -> None:
    async with open_approvals(tmp_path) as at:
        given, asked = await at.text(caller=EVIL), await at.reload()
        await at.answers.approve(given.id, Confirmation(offer="next"), MARIA)
        told = await at_the_terminal(at, asked.code, "")
    assert "Allowed beforehand: grant send_sms, to campaign “Spring”: 10 of 10 left" in told
    assert NAMED.replace("  ", " ") in told


async def test_offers_and_callers_stay_on_their_line_at_the_terminal(tmp_path: Path) -> None:
    async with open_approvals(tmp_path) as at:
        until, text = at.clock() + timedelta(hours=1), f"The next 10 calls to campaign {EVIL}"
        offer = Offer(("insert_lead",), None, EVIL, 10, until, id="next", text=text)
        asked = await at.ask(Question("Do it?"), "insert_lead", {}, offers=(offer,), caller=EVIL)
        screen = StringIO()
        found = [OpenQuestion("sandbox", "sandbox", one) for one in await at.answers.questions()]
        show_open(found, Console(file=screen, width=200))
        told = await at_the_terminal(at, asked.code, "yes", "1")
        [grant] = await at.answers.grants()
    assert NAMED in screen.getvalue()
    assert f"The next 10 calls to campaign {NAMED.replace('  ', ' ')}" in told
    assert describe_scope(grant) == f"insert_lead, to campaign “{NAMED}”"
    listed = screen_of(grant)
    assert NAMED in listed
    assert "\x1b" not in listed
    assert "\u202e" not in listed


async def at_the_terminal(approvals: Approvals, code: str, *typed: str) -> str:
    screen, lines = StringIO(), iter(typed)
    console = Console(file=screen, width=200, highlight=False)

    async def wait_for_line() -> str:
        return f"{next(lines, '')}\n"

    person = Approver("maria", ON_THE_TERMINAL)
    here = ApprovalPrompt(approvals.answers, console, wait_for_line, person)
    question = await approvals.answers.by_code(code)
    assert question is not None
    await here.answer(question)
    return " ".join(plain(screen.getvalue()).split())


def screen_of(grant: Grant) -> str:
    screen = StringIO()
    grants.show([grant], Console(file=screen, width=200))
    return screen.getvalue()


async def test_a_grant_for_everybody_says_so(tmp_path: Path) -> None:
    async with open_approvals(tmp_path) as at:
        until = at.clock() + timedelta(hours=1)
        offer = Offer(("reload_skills",), None, None, 2, until, id="next", text="The next 2")
        asked = await at.reload(offers=(offer,))
        await at.answers.approve(asked.id, Confirmation(offer="next"), MARIA)
        [grant] = await at.answers.grants()
    assert describe_scope(grant) == "reload_skills, to anybody"


def test_the_policy_shown_is_what_its_file_says_now(tmp_path: Path) -> None:
    file = tmp_path / "policy.toml"
    file.write_text('preset = "attended"\n')
    settings = load_settings({"CHASEDATA_POLICY": str(file)})
    held = load_policy(settings)
    alone, beside = policy_view(settings), policy_view(settings, held)
    assert alone.lines["preset"][0] == beside.lines["preset"][0] == "attended"
    assert "its own settings" in alone.whose
    assert "start it again" not in beside.whose
    file.write_text('preset = "unattended"\n')
    changed = policy_view(settings, held)
    assert changed.lines["preset"][0] == "unattended"
    assert "start it again" in changed.whose
    file.write_text("caps = 7\n")
    for shown_now in (policy_view(settings), policy_view(settings, held)):
        assert shown_now.lines == {}
        assert "caps" in (shown_now.problem or "")
