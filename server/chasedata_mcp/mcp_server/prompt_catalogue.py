"""The prompts: the everyday tasks of a call centre.

Their texts speak as the user does, since they become the user's message.
"""

from typing import Final

from chasedata_mcp.fields.phone import PhoneUse
from chasedata_mcp.mcp_server.batch_prompt import IMPORT_LIST
from chasedata_mcp.mcp_server.prompt_template import (
    PROSE,
    PromptParameter,
    PromptStep,
    PromptTemplate,
    phone,
    text,
)

_LEAD = PromptParameter(
    "lead",
    "Who: a phone number, a client id, or the dialer's lead id",
    required=True,
    read=text(50),
)
_AGENT = "The agent's login name, case-sensitive"
_FIND = PromptStep(
    "Find the lead: search_lead with detailed true, and search_field phone for a phone number, "
    "client_id for an id of our own, lead_id for the dialer's. If there are several, ask me which "
    "is meant; if there is none, say so and stop.",
    "search_lead",
)

LOOK_SOMEONE_UP = PromptTemplate(
    "look_someone_up",
    "Look someone up",
    "Find a lead and say what the dialer knows of them",
    (_LEAD,),
    (
        _FIND,
        PromptStep(
            "Sum up what the fields say: name, campaign, status, disposition, notes. Leave out "
            "what is empty. The API shows no call history."
        ),
    ),
)
STOP_CALLING = PromptTemplate(
    "stop_calling",
    "Stop calling a number",
    "Put a number on the do-not-call list",
    (
        PromptParameter(
            "number", "The phone number to stop calling", required=True, read=phone(PhoneUse.ANY)
        ),
    ),
    (
        PromptStep(
            "See whose number it is: search_lead by phone, detailed true. If there is no such "
            "lead, go on all the same.",
            "search_lead",
            can_go=True,
            unless="stop_contact",
        ),
        PromptStep(
            "Stop all calls and texts: stop_contact with the number as phone. It takes every phone "
            "of the number's leads. Tell me which phones those were, that the leads stay marked "
            "even if a number is taken off the list again, and what is left for me to do.",
            "stop_contact",
            can_go=True,
        ),
        PromptStep(
            "Put it on the list: insert_dnc. Tell me that every lead with this number is marked, "
            "and stays so even if the number is taken off again.",
            "insert_dnc",
            unless="stop_contact",
        ),
        PromptStep(
            "Ask me whether the person has further numbers, and whether an agent has the number "
            "on a dial list: those can't be read."
        ),
    ),
)
BOOK_CALLBACK = PromptTemplate(
    "book_callback",
    "Book a callback",
    "Have an agent call a lead back at a set time",
    (
        _LEAD,
        PromptParameter("agent", _AGENT, names="agents"),
        PromptParameter("at", "Date and time of the call, where the lead's phone is"),
        PromptParameter("notes", "What the agent should know", read=PROSE),
    ),
    (
        _FIND,
        PromptStep(
            "Settle the time. It counts where the lead's phone is; if I mean my own time, ask for "
            "my zone and give it with an offset. Calls are allowed from 8:00 to 21:00 there, less "
            "in some states. Read back to me who, when and which agent."
        ),
        PromptStep(
            "Book it: update_lead with the same search_field and identifier, and callback with "
            "agent, at and, if I gave any, notes.",
            "update_lead",
        ),
    ),
)
BUILD_DIAL_LIST = PromptTemplate(
    "build_dial_list",
    "Build a dial list",
    "Make a list of phones for one agent to call",
    (
        PromptParameter("agent", _AGENT, required=True, names="agents"),
        PromptParameter("list_name", "A new name, unique, without spaces"),
        PromptParameter(
            "phones", "The phone numbers, separated by commas or line breaks", read=PROSE
        ),
    ),
    (
        PromptStep(
            "Make the list: create_dial_list. If the dialer refuses, the name may be taken: ask "
            "me for another, and don't delete a list to free its name.",
            "create_dial_list",
            unless="fill_dial_list",
        ),
        PromptStep(
            "Add each phone: add_dial_list_phone; nothing rings by it. If one is refused, note "
            "the reason and go on with the next.",
            "add_dial_list_phone",
            unless="fill_dial_list",
        ),
        PromptStep(
            "Make the list and put up to 100 phones on it: fill_dial_list; nothing rings by it. "
            "For more phones, call it again with the same list. Don't delete a list to free its "
            "name.",
            "fill_dial_list",
            can_go=True,
        ),
        PromptStep(
            "Give me the result for each phone. No call reads a list back, so this is the only "
            "record of what is on it."
        ),
    ),
)
WHO_CAN_TAKE_A_CALL = PromptTemplate(
    "who_can_take_a_call",
    "See who can take a call",
    "Find the agents available to a ring group now",
    (
        PromptParameter(
            "ring_group",
            "The ring group's number (DID)",
            required=True,
            read=phone(PhoneUse.OWN),
            names="ring_groups",
        ),
    ),
    (
        PromptStep(
            "Ask who is waiting: available_inbound_agents with the number as did.",
            "available_inbound_agents",
        ),
        PromptStep(
            "If nobody is, available_inbound_agents again with can_do_wrap_up, then "
            "can_be_on_break, then can_be_on_call; say of each agent what keeps them.",
            "available_inbound_agents",
        ),
    ),
)
ADD_LEAD = PromptTemplate(
    "add_lead",
    "Add a lead",
    "Store a new lead, or have the dialer call it at once",
    (
        PromptParameter(
            "phone", "The lead's phone number", required=True, read=phone(PhoneUse.CALLABLE)
        ),
        PromptParameter("campaign", "The campaign's exact name", read=text(50), names="campaigns"),
        PromptParameter("name", "First and last name"),
        PromptParameter("call_now", "yes: their phone rings at once; no: the lead is only stored"),
    ),
    (
        PromptStep(
            "See whether we have the number: search_lead by phone. If so, ask me whether to "
            "change that lead instead (update_lead).",
            "search_lead",
        ),
        PromptStep(
            "Insert it: insert_lead, with a client_id of your own making by which it can be found "
            "again, and import_only false only if I said that the phone should ring now. Leave "
            "dial_non_callables and allow_dialing_duplicates out unless I ask for them.",
            "insert_lead",
        ),
        PromptStep("If the answer is duplicate_lead, tell me; don't force or update it unasked."),
    ),
)
RECORD_OUTCOME = PromptTemplate(
    "record_outcome",
    "Record how a call ended",
    "Set the disposition of the lead that an agent has open",
    (
        _LEAD,
        PromptParameter(
            "disposition",
            "How the call ended: one of the account's dispositions",
            read=text(50),
            names="dispositions",
        ),
    ),
    (
        _FIND,
        PromptStep(
            "Set it: disposition_lead with the lead_id found; an agent must have the lead open.",
            "disposition_lead",
        ),
        PromptStep(
            "If the person asked not to be called, offer insert_dnc: a disposition alone doesn't "
            "put the number on the do-not-call list.",
            "insert_dnc",
            can_go=True,
            unless="stop_contact",
        ),
        PromptStep(
            "If the person asked not to be called, offer stop_contact with the lead_id: a "
            "disposition alone stops no calls.",
            "stop_contact",
            can_go=True,
        ),
        PromptStep(
            "Disposition and status are two things: ask me whether call_status should say the "
            "same (update_lead).",
            "update_lead",
        ),
    ),
)
SWITCH_PLAYLIST_FILTER = PromptTemplate(
    "switch_playlist_filter",
    "Switch a playlist's filter",
    "Change which leads a playlist dials",
    (
        PromptParameter("playlist", "The playlist's exact name", required=True, names="playlists"),
        PromptParameter("filter", "The filter's exact name", names="filters"),
        PromptParameter("switch", "on or off"),
    ),
    (
        PromptStep(
            "On: enable_playlist_filter; if it isn't assigned, ask me, then assign_playlist_filter "
            "first. Off: disable_playlist_filter.",
            "enable_playlist_filter",
        ),
        PromptStep(
            "Nothing has changed for dialing yet. Ask me whether to go live now; if so, "
            "reload_playlist: it changes who is dialed next.",
            "reload_playlist",
        ),
    ),
)

PROMPTS: Final = (
    LOOK_SOMEONE_UP,
    STOP_CALLING,
    BOOK_CALLBACK,
    BUILD_DIAL_LIST,
    WHO_CAN_TAKE_A_CALL,
    ADD_LEAD,
    RECORD_OUTCOME,
    SWITCH_PLAYLIST_FILTER,
    IMPORT_LIST,
)
"""Every prompt, in the order in which they are listed."""
