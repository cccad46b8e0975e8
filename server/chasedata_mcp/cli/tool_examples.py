"""One command for each tool, which works on the sandbox as it stands at the start."""

from types import MappingProxyType

_OF_MARIA = "--agent Maria --list-name Warm-Leads"
_OF_SOLAR = "--playlist Solar-Main --filter-name"

EXAMPLES = MappingProxyType(
    {
        "insert_lead": '--campaign Solar --primary-phone "(305) 555-0123" --import-only '
        '--first-name Nora --custom-fields "Roof Type=Tile"',
        "update_lead": "--search-field client_id --identifier WEB-1001 "
        "--call-status SALE --clear-fields notes",
        "search_lead": '--search-field phone --identifier "(954) 555-0101" --detailed',
        "disposition_lead": '--lead-id 1006 --disposition "CALL BACK"',
        "insert_dnc": "--number 602-555-0121",
        "delete_dnc": "--number 212-555-0104",
        "send_sms": '--from-number 954-555-0195 --to-number 954-555-0101 --message "Hi Dana"',
        "available_inbound_agents": "--did 954-555-0190 --can-be-on-break",
        "conference_call": "--agent Lena --phone 212-555-0107 --private-conference",
        "create_dial_list": "--agent James --list-name Storm-Damage",
        "delete_dial_list": _OF_MARIA,
        "add_dial_list_phone": f"{_OF_MARIA} --phone 305-555-0123",
        "delete_dial_list_phone": f"{_OF_MARIA} --phone 954-555-0101",
        "mark_dial_list_phone_dialed": f"{_OF_MARIA} --phone 954-555-0101",
        "mark_dial_list_phone_undialed": f"{_OF_MARIA} --phone 954-555-0101",
        "enable_playlist_filter": f"{_OF_SOLAR} Florida-Only",
        "disable_playlist_filter": f"{_OF_SOLAR} New-Leads",
        "assign_playlist_filter": f"{_OF_SOLAR} Web-Leads",
        "remove_playlist_filter": f"{_OF_SOLAR} New-Leads",
        "reload_playlist": "--playlist Solar-Main",
        "update_skill_priority": "--skill Spanish --source 9545550190 --priority 1 --no-active",
        "reload_skills": "",
    }
)


def example(tool: str) -> str:
    """What follows `chasedata-mcp call` in the example."""
    return " ".join(word for word in (tool, EXAMPLES[tool], "--sandbox") if word)
