"""The facts of a question beside those that the rules read: what a person's yes depends on."""

from dataclasses import replace

from chasedata_mcp.pipeline.facts import FactGatherer
from chasedata_mcp.pipeline.lead_reader import LeadReader
from chasedata_mcp.pipeline.staged_changes import join_changes
from chasedata_mcp.policy.facts import Facts
from chasedata_mcp.tools import dial_lists, dnc, playlists, skills, sms
from chasedata_mcp.tools.base import Action


async def add_question_facts(
    facts: Facts, action: Action, gatherer: FactGatherer, reader: LeadReader | None
) -> Facts:
    """Add to the facts what a yes depends on, and what a reload makes live.

    `reader` reads the leads of a number that is to be called again; None where it isn't to.

    Raises:
        CallError: `not_allowed`; the ledger can't be read.
    """
    match action:
        case playlists.ReloadPlaylist() | skills.ReloadSkills():
            staged = await gatherer.staged(action)
            live = f"It makes live, by this server's record: {join_changes(staged)}."
            return replace(facts, staged=staged, known=(live,) if staged else ())
        case sms.SendSms():
            filed = await gatherer.filed(action, facts)
            return facts if filed is None else replace(facts, filed=filed)
        case dial_lists.DeleteDialList():
            count = await gatherer.count_on_list(action)
            return replace(facts, known=(_put_on(count),))
        case dnc.DeleteDnc():
            listed_here = action.number in facts.suppressed | facts.in_file
            known = [_asked_for(listed_here)]
            if reader is not None:
                known.append(await reader.describe_leads(action.number))
            return replace(facts, known=tuple(known))
        case _:
            return facts


def _asked_for(is_listed: bool) -> str:  # noqa: FBT001 - the one thing that it depends on
    """Say who is called again, as far as this server knows that they are on the list."""
    somebody = "somebody asked not to be called there"
    sentence = somebody.capitalize() if is_listed else f"If it is on the list, {somebody}"
    return f"{sentence}; calling without their new consent can cost $500 to $1,500 a call."


def _put_on(count: int) -> str:
    """Say how many phones the record knows on a list."""
    phones = "phone is" if count < 2 else "phones are"  # noqa: PLR2004 - a plural
    return f"{count or 'No'} {phones} on it, by this server's record."
