"""Mixed calls of the soak, most of which can be told from all others; and a person's answers."""

import random
from collections.abc import Iterator, Mapping
from itertools import count
from typing import Any

Json = dict[str, Any]
Call = tuple[str, Mapping[str, object]]
READING_SECONDS = 4.1
"""A bare yes that comes sooner may be nobody's: it would wait for one out of band instead."""
_AREAS = ("954", "305", "212", "813", "312", "206", "602", "407")


def make_calls(chance: random.Random, life: int) -> Iterator[Call]:
    """Make mixed calls without an end; some are made again."""
    for number in count():
        mark = f"soak-{life}-{number}"
        phone = f"{chance.choice(_AREAS)}55501{chance.randrange(100):02}"
        # Few, so that they are taken off the list as often as they are put on it.
        hot = f"95455501{chance.randrange(20):02}"
        lead = {"search_field": "client_id", "identifier": f"WEB-{1001 + chance.randrange(40)}"}
        listed = {"agent": "Maria", "list_name": f"Soak {life} {number // 12}"}
        text = {"from_number": "9545550195", "to_number": phone, "message": mark}
        insert = {"campaign": "Solar", "primary_phone": phone, "client_id": mark}
        yield chance.choice(
            (
                ("search_lead", {**lead, "detailed": True}),
                ("search_lead", {"search_field": "phone", "identifier": phone}),
                ("list_history", {"limit": chance.randint(1, 20)}),
                ("update_lead", {**lead, "notes": mark}),
                ("update_lead", {**lead, "notes": mark, "city": chance.choice(("Tampa", "Ocala"))}),
                ("insert_lead", {**insert, "import_only": True, "duplicates_check": "none"}),
                ("insert_lead", {**insert, "import_only": False}),
                ("insert_dnc", {"number": hot}),
                ("delete_dnc", {"number": hot}),
                ("send_sms", text),
                ("send_sms", {**text, "to_number": hot}),
                ("send_sms", {**text, "to_number": "2125550123", "message": "the same"}),
                ("conference_call", {"agent": "Maria", "phone": hot}),
                ("create_dial_list", listed),
                ("add_dial_list_phone", {**listed, "phone": phone}),
                ("mark_dial_list_phone_dialed", {**listed, "phone": phone}),
                ("delete_dial_list", listed),
                ("enable_playlist_filter", {"playlist": "Solar-Main", "filter_name": "New-Leads"}),
                ("reload_skills", {}),
                ("send_sms", {**text, "to_number": "twelve"}),
            )
        )


def answer_question(question: Json, chance: random.Random) -> tuple[float, Json] | None:
    """Answer as a person does, after so many seconds; None where nobody answers."""
    field = question["params"]["requestedSchema"]["properties"]["confirm"]
    is_bare = field["type"] == "boolean"
    match chance.choices(("yes", "wrong", "decline", "cancel", None), (12, 1, 2, 1, 1))[0]:
        case "yes":
            right: object = True if is_bare else field["description"]
            seconds = READING_SECONDS if is_bare else 0.0
            return seconds, {"action": "accept", "content": {"confirm": right}}
        case "wrong":
            return 0.0, {"action": "accept", "content": {"confirm": not is_bare or "wrong"}}
        case None:
            return None
        case no:
            return chance.uniform(0, 1), {"action": no}
