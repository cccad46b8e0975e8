"""A token that the dialer doesn't take is told from a call that it refuses."""

import pytest

from _support.sandbox import a_sandbox_pipeline
from _support.tables import each
from chasedata_mcp.dialer.errors import ASK_DOCTOR, COMPARE_CREDENTIALS
from chasedata_mcp.dialer.responses.frames import FrameReader
from chasedata_mcp.errors import Code
from chasedata_mcp.settings.wire.loader import load_shipped_profile

pytestmark = pytest.mark.anyio
FRAMES = FrameReader(load_shipped_profile())
WHO = {"search_field": "phone", "identifier": "9545550101"}


@each(
    "sentence",
    [
        *("Token is not valid", "Wrong token", "Invalid token.", "The token has expired"),
        *(
            "Your API token is unknown",
            "Accid not found",
            "Unauthorized request",
            "No API key sent",
        ),
        *(
            "Authentication failed",
            "Access denied",
            "Error: invalid credentials",
            "ACCID is missing",
        ),
    ],
)
def test_a_sentence_on_the_token_is_of_the_credentials(sentence: str) -> None:
    assert FRAMES.is_of_credentials(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        *("Lead is not opened by an agent.", "Campaign name should be specified", "Lead not found"),
        *("Duplicated phone number. Lead ignored.", "The agent asked for a token of thanks"),
        *("Agent is not authorized to conference", "List of tokens was not found"),
    ],
)
def test_a_sentence_on_anything_else_is_not(sentence: str) -> None:
    assert not FRAMES.is_of_credentials(sentence)


@pytest.mark.parametrize("fault", ["body:<br><br>Result: Token is not valid", "status:401"])
async def test_the_hint_of_a_wrong_token_is_the_doctors(fault: str) -> None:
    async with a_sandbox_pipeline() as pipeline:
        pipeline.set_faults(f"LeadOperations.php={fault}*9")
        error = await pipeline.failure("search_lead", **WHO)
    assert error.code is Code.REFUSED_BY_DIALER
    assert error.hint == COMPARE_CREDENTIALS + ASK_DOCTOR
    assert "chasedata-mcp doctor" in error.hint
