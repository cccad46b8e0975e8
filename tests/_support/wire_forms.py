"""What each tool puts on the wire, transcribed by hand from tools.md and chasedata-api.txt.

Nothing here is derived from the code: a slip in the catalogue shows as a difference.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sent:
    """A call's arguments, the script it goes to, and the form beside token and accid."""

    tool: str
    arguments: dict[str, object]
    script: str
    form: dict[str, str]


_LEAD_FIELDS: dict[str, object] = {
    "client_id": "CRM-77",
    "first_name": "Zoë",
    "last_name": "O'Neill",
    "address": "1 Main St, Apt #4",
    "city": "St. Louis",
    "state": "mo",
    "zip_code": "63101-1234",
    "rep": "Maria",
    "call_status": "CALL BACK",
    "notes": "one\r\ntwo\tthree",
    "campaign": "Solar",
    "subcampaign": "Web",
    "primary_phone": "(954) 555-0123",
}
_LEAD_FORM = {
    "ClientId": "CRM-77",
    "FirstName": "Zoë",
    "LastName": "O'Neill",
    "Address": "1 Main St, Apt #4",
    "City": "St. Louis",
    "State": "MO",
    "ZipCode": "63101-1234",
    "Rep": "Maria",
    "CallStatus": "CALL BACK",
    "Notes": "one\ntwo\tthree",
    "Campaign": "Solar",
    "Subcampaign": "Web",
    "PrimaryPhone": "9545550123",
}
_FURTHER: dict[str, object] = {
    "custom_fields": {"Date of Birth": "1980-05-01", "adv_Plan": "A+B"},
    "other_fields": {"Email": "zoe@example.com"},
    "callback": {"agent": "Maria", "at": "2026-08-23T14:20", "notes": "her words:\n\tlater"},
}
_FURTHER_FORM = {
    "adv_Date__of__Birth": "1980-05-01",
    "adv_Plan": "A+B",
    "Email": "zoe@example.com",
    "CallbackAgent": "Maria",
    "CallbackDate": "08/23/2026 14:20:00",
    "CallbackNotes": "her words:\n\tlater",
}
_LEADS = "LeadOperations.php"
_TEXTS = "TextOperations.php"
_CALLS = "CallOperations.php"
_LISTS = "AgentDialListOperations.php"
_PLAYLISTS = "PlaylistOperations.php"
_SKILLS = "SkillListOperations.php"
_LISTED: dict[str, object] = {"agent": "Maria", "list_name": "Warm-Leads"}
_LISTED_FORM = {"Agent": "Maria", "List": "Warm-Leads"}
_PHONE: dict[str, object] = {**_LISTED, "phone": "+1 954 555 0123"}
_PHONE_FORM = {**_LISTED_FORM, "Phone": "9545550123"}
_FILTER: dict[str, object] = {"playlist": "Solar-Main", "filter_name": "Florida-Only"}
_FILTER_FORM = {"Playlist": "Solar-Main", "Filter": "Florida-Only"}

# Tools whose arguments are all required: once with everything is once with the least.
_WHOLE = (
    Sent(
        "disposition_lead",
        {"lead_id": "001234", "disposition": "NOT INTERESTED"},
        _LEADS,
        {"Action": "DispositionLead", "LeadId": "001234", "Disposition": "NOT INTERESTED"},
    ),
    *(
        Sent(tool, {"number": written}, _LEADS, {"Action": word, "Number": "9545550123"})
        for tool, written, word in (
            ("insert_dnc", "954.555.0123", "InsertDnc"),
            ("delete_dnc", "1-954-555-0123", "DeleteDnc"),
        )
    ),
    Sent("create_dial_list", _LISTED, _LISTS, {"Action": "CreateList", **_LISTED_FORM}),
    Sent("delete_dial_list", _LISTED, _LISTS, {"Action": "DeleteList", **_LISTED_FORM}),
    *(
        Sent(tool, _PHONE, _LISTS, {"Action": word, **_PHONE_FORM})
        for tool, word in (
            ("add_dial_list_phone", "AddPhone"),
            ("delete_dial_list_phone", "DeletePhone"),
            ("mark_dial_list_phone_dialed", "PhoneDialed"),
            ("mark_dial_list_phone_undialed", "PhoneUnDialed"),
        )
    ),
    *(
        Sent(tool, _FILTER, _PLAYLISTS, {"Action": word, **_FILTER_FORM})
        for tool, word in (
            ("enable_playlist_filter", "EnableFilter"),
            ("disable_playlist_filter", "DisableFilter"),
            ("assign_playlist_filter", "AssignFilter"),
            ("remove_playlist_filter", "RemoveFilter"),
        )
    ),
    Sent(
        "reload_playlist",
        {"playlist": "Solar-Main"},
        _PLAYLISTS,
        {"Action": "Reload", "Playlist": "Solar-Main"},
    ),
    Sent("reload_skills", {}, _SKILLS, {"Action": "Reload"}),
)

EVERYTHING = (
    Sent(
        "insert_lead",
        {
            **_LEAD_FIELDS,
            **_FURTHER,
            "import_only": False,
            "check_timezone": False,
            "allow_dialing_duplicates": True,
            "dial_non_callables": True,
            "duplicates_check": "campaign_and_subcampaign",
        },
        "InjectLead.php",
        {
            **_LEAD_FORM,
            **_FURTHER_FORM,
            "ImportOnly": "0",
            "timezone": "0",
            "AllowDialingDups": "1",
            "DialNonCallables": "1",
            "DuplicatesCheck": "3",
        },
    ),
    Sent(
        "update_lead",
        {
            "search_field": "phone",
            "identifier": "954 555 0101",
            **_LEAD_FIELDS,
            **_FURTHER,
            "clear_fields": ["Old Plan", "adv_Color", "Fax"],
        },
        "UpdateLead.php",
        {
            "SearchField": "Phone",
            "Identifier": "9545550101",
            **_LEAD_FORM,
            **_FURTHER_FORM,
            "adv_Old__Plan": "",
            "adv_Color": "",
            "Fax": "",
        },
    ),
    Sent(
        "search_lead",
        {
            "search_field": "lead_id",
            "identifier": "1001",
            "detailed": True,
            "campaign": "Solar",
            "subcampaign": "Web",
        },
        _LEADS,
        {
            "Action": "SearchLead",
            "SearchField": "LeadId",
            "Identifier": "1001",
            "Detailed": "1",
            "Campaign": "Solar",
            "Subcampaign": "Web",
        },
    ),
    Sent(
        "send_sms",
        {
            "from_number": "954-555-0195",
            "to_number": "(212) 555-0104",
            "message": "Hi — 2 for 1!\nReply STOP",
            "agent": "Maria",
            "lead_id": "1004",
        },
        _TEXTS,
        {
            "Action": "SendSms",
            "From": "9545550195",
            "To": "2125550104",
            "Message": "Hi — 2 for 1!\nReply STOP",
            "Agent": "Maria",
            "LeadId": "1004",
        },
    ),
    Sent(
        "available_inbound_agents",
        {
            "did": "9545550190",
            "call_id": "(305) 555-0110",
            "can_be_on_call": True,
            "can_be_on_break": False,
            "can_do_wrap_up": True,
        },
        _CALLS,
        {
            "Action": "AvailableInboundAgents",
            "DID": "9545550190",
            "CallId": "3055550110",
            "CanBeOnCall": "1",
            "CanBeOnBreak": "0",
            "CanDoWrapUp": "1",
        },
    ),
    Sent(
        "conference_call",
        {"agent": "Lena", "phone": "954 555 0123", "private_conference": True},
        _CALLS,
        {
            "Action": "ConferenceCall",
            "Agent": "Lena",
            "Phone": "9545550123",
            "PrivateConference": "1",
        },
    ),
    Sent(
        "update_skill_priority",
        {
            "skill": "Sales",
            "source": "9545550190",
            "priority": 0,
            "delay_seconds": 30,
            "active": False,
        },
        _SKILLS,
        {
            "Action": "UpdatePriority",
            "Skill": "Sales",
            "Source": "9545550190",
            "Priority": "0",
            "Delay": "30",
            "Active": "0",
        },
    ),
    *_WHOLE,
)
"""Each tool with every argument."""

LEAST = (
    Sent(
        "insert_lead",
        {"campaign": "Solar", "primary_phone": "9545550123", "import_only": True},
        "InjectLead.php",
        {"Campaign": "Solar", "PrimaryPhone": "9545550123", "ImportOnly": "1"},
    ),
    Sent(
        "update_lead",
        {"search_field": "client_id", "identifier": "WEB-1001", "city": "Miami"},
        "UpdateLead.php",
        {"SearchField": "ClientId", "Identifier": "WEB-1001", "City": "Miami"},
    ),
    Sent(
        "search_lead",
        {"search_field": "client_id", "identifier": "WEB-1001"},
        _LEADS,
        {"Action": "SearchLead", "SearchField": "ClientId", "Identifier": "WEB-1001"},
    ),
    Sent(
        "send_sms",
        {"from_number": "8005550195", "to_number": "2125550104", "message": "Hello"},
        _TEXTS,
        {"Action": "SendSms", "From": "8005550195", "To": "2125550104", "Message": "Hello"},
    ),
    Sent(
        "available_inbound_agents",
        {"did": "8005550190"},
        _CALLS,
        {"Action": "AvailableInboundAgents", "DID": "8005550190"},
    ),
    Sent(
        "conference_call",
        {"agent": "Lena", "phone": "9545550123"},
        _CALLS,
        {"Action": "ConferenceCall", "Agent": "Lena", "Phone": "9545550123"},
    ),
    Sent(
        "update_skill_priority",
        {"skill": "Sales", "source": "Main line", "active": True},
        _SKILLS,
        {"Action": "UpdatePriority", "Skill": "Sales", "Source": "Main line", "Active": "1"},
    ),
    *_WHOLE,
)
"""Each tool with only what it needs."""

LEAST_OF = {sent.tool: sent for sent in LEAST}

BOOLEANS = (
    ("insert_lead", "import_only", "ImportOnly"),
    ("insert_lead", "check_timezone", "timezone"),
    ("insert_lead", "allow_dialing_duplicates", "AllowDialingDups"),
    ("insert_lead", "dial_non_callables", "DialNonCallables"),
    ("search_lead", "detailed", "Detailed"),
    ("available_inbound_agents", "can_be_on_call", "CanBeOnCall"),
    ("available_inbound_agents", "can_be_on_break", "CanBeOnBreak"),
    ("available_inbound_agents", "can_do_wrap_up", "CanDoWrapUp"),
    ("conference_call", "private_conference", "PrivateConference"),
    ("update_skill_priority", "active", "Active"),
)
"""Tool, argument, wire name; true is 1 and false is 0."""
