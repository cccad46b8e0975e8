from io import StringIO

from rich.console import Console

from chasedata_mcp.cli import result_view
from chasedata_mcp.errors import CallError, Code, Outcome
from chasedata_mcp.tools.account import Account
from chasedata_mcp.tools.results import (
    AgentsResult,
    FoundAgent,
    FoundLead,
    LeadsResult,
    Result,
    build_failure,
)

LIVE = Account("live", "test", "api.chasedatacorp.com")


def shown(result: Result, width: int = 80, *, kept: bool = True) -> str:
    screen = StringIO()
    result_view.show(result, Console(file=screen, width=width, highlight=False), kept=kept)
    return screen.getvalue()


def done(**more: object) -> dict[str, object]:
    common = {"outcome": Outcome.DONE, "environment": "live", "account": "test", "warnings": []}
    return {**common, "message": "Looked.", **more}


def test_a_live_result_names_the_account() -> None:
    assert shown(Result.model_validate(done())) == "✓ done  live, account test\n  Looked.\n"


def test_a_failure_tells_what_was_changed_and_what_to_do() -> None:
    error = CallError(Code.NOT_ALLOWED, "Off by a setting.", hint="Tell whoever runs this.")

    assert shown(build_failure(LIVE, error)) == (
        "✗ refused (not_allowed)  live, account test\n"
        "  Off by a setting.\n"
        "  Nothing was changed.\n"
        "  Tell whoever runs this.\n"
    )


def unknown() -> Result:
    error = CallError(Code.NO_ANSWER, "No answer; what happened is unknown.", hint="Look first.")
    error.entry = "4k7zchzf2m"
    return build_failure(LIVE, error)


def test_an_unknown_outcome_says_how_to_settle_it() -> None:
    told = shown(unknown())

    assert "on record as 4k7zchzf2m" in told
    assert "\n    chasedata-mcp reconcile\n" in told
    assert "\n    chasedata-mcp reconcile 4k7zchzf2m --done\n" in told
    assert "\n    chasedata-mcp reconcile 4k7zchzf2m --not-done\n" in told


def test_nothing_is_said_of_settling_what_is_not_kept_or_not_unknown() -> None:
    known = Result.model_validate(done(entry="4k7zchzf2m"))

    assert "reconcile" not in shown(unknown(), kept=False)
    assert "reconcile" not in shown(known)


def test_a_failure_that_says_so_itself_is_not_told_twice() -> None:
    error = CallError(Code.NO_ANSWER, "No answer; what happened is unknown.", hint="Look first.")

    assert shown(build_failure(LIVE, error)).count("unknown") == 2


def test_text_of_the_dialer_is_never_markup() -> None:
    lead = FoundLead(lead_id="1", fields={"Notes": "[red]call[/red] [link=x]me[/link]"})
    result = LeadsResult.model_validate(
        done(found=True, leads=[lead], dialer_said="[blink]OK[/blink]")
    )

    assert "[red]call[/red] [link=x]me[/link]" in shown(result)
    assert "[blink]OK[/blink]" in shown(result)


def test_agents_without_a_state_are_a_list_of_names() -> None:
    agents = [FoundAgent(name="Maria"), FoundAgent(name="[b]Tom")]
    lines = [
        line.strip()
        for line in shown(AgentsResult.model_validate(done(agents=agents, count=2))).splitlines()
    ]

    assert lines[2:] == ["agent", "Maria", "[b]Tom"]


def test_no_agents_are_no_table() -> None:
    assert "agent" not in shown(AgentsResult.model_validate(done(agents=[], count=0)))


def test_long_sentences_are_wrapped_below_their_beginning() -> None:
    lines = shown(Result.model_validate(done(message="word " * 40)), width=40).splitlines()

    assert all(line.startswith("  word") and len(line) <= 40 for line in lines[1:])
    assert not any(line.endswith(" ") for line in lines)


def test_a_program_gets_letters_as_they_are() -> None:
    assert "Müller" in result_view.as_json(Result.model_validate(done(message="Müller")))
