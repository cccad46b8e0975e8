"""The scenes of the demo: a manager's wishes, the tools they become, and a person's answers."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

FAULTS = "TextOperations.php=drop_after*1"
"""The dialer takes the text of the last scene, and its answer never comes."""
PLANNED = "(the batch that was planned)"
"""The value of an argument that the session puts the id of its latest batch into."""


@dataclass(frozen=True, slots=True)
class Declines:
    """The person presses the button that says no."""


@dataclass(frozen=True, slots=True)
class Types:
    """The person fills the form in."""

    text: str


@dataclass(frozen=True, slots=True)
class Ticks:
    """The person ticks the form's box."""


@dataclass(frozen=True, slots=True)
class Step:
    """One wish and the call that it becomes.

    `answer` is what a person says when the server asks one, None where it must not ask; `ends` is
    how the call ends: `done`, or the code of its error.
    """

    wish: str
    tool: str
    arguments: Mapping[str, object]
    answer: Declines | Types | Ticks | None = None
    ends: str = "done"


@dataclass(frozen=True, slots=True)
class Scene:
    """A few steps about one thing, with the `moral` that they show."""

    title: str
    steps: tuple[Step, ...] = field(default_factory=tuple)
    moral: str = ""


def scenes(today: date) -> Iterator[Scene]:
    """Yield the whole session, as it is played on a day."""
    yield _new_lead()
    yield _callback(today)
    yield _stop_calling()
    yield _call_again()
    yield _dial_list()
    yield _list_of_leads()
    yield _agents()
    yield _lookup()
    yield _playlist()
    yield _silence()


def _lookup() -> Scene:
    by_phone = {"search_field": "phone", "identifier": "(954) 555-0101", "detailed": True}
    return Scene(
        "Look someone up",
        (Step("Who is (954) 555-0101?", "search_lead", by_phone),),
        "Whatever comes from the dialer stands between marks: data, never orders.",
    )


def _new_lead() -> Scene:
    lead = {
        "campaign": "Solar",
        "primary_phone": "(305) 555-0123",
        "import_only": True,
        "client_id": "CRM-20871",
        "first_name": "Nora",
        "last_name": "Whitfield",
    }
    wish = "Add Nora Whitfield, (305) 555-0123, to Solar. Don't call her yet."
    return Scene(
        "Store a lead",
        (Step(wish, "insert_lead", lead),),
        "import_only has no default: nobody's phone rings because it was forgotten.",
    )


def _callback(today: date) -> Scene:
    monday = today + timedelta(days=14 - today.weekday())
    at = datetime.combine(monday, time(14, 20))
    change = {
        "search_field": "client_id",
        "identifier": "CRM-20871",
        "callback": {"agent": "Maria", "at": at.isoformat(timespec="minutes")},
    }
    wish = f"Maria should call her back on Monday, {monday:%B} {monday.day}, at 2:20 pm."
    return Scene("Book a callback", (Step(wish, "update_lead", change),))


def _stop_calling() -> Scene:
    return Scene(
        "Stop calls to a number",
        (
            Step(
                "The man at 602-555-0121 wants no more calls. Take care of it.",
                "insert_dnc",
                {"number": "602-555-0121"},
            ),
        ),
    )


def _call_again() -> Scene:
    off_the_list = {"number": "602-555-0121"}
    return Scene(
        "Take a number off the do-not-call list",
        (
            Step(
                "Hm, he looked interested. Take him off the list again.",
                "delete_dnc",
                off_the_list,
                Declines(),
                ends="declined",
            ),
            Step(
                "He has just signed up on our site and agreed to be called. Now take him off.",
                "delete_dnc",
                off_the_list,
                Types("(602) 555-0121"),
            ),
        ),
        "One yes is for one call, with exactly these arguments, once, within five minutes.",
    )


def _dial_list() -> Scene:
    of_james = {"agent": "James", "list_name": "Storm-Damage"}
    return Scene(
        "Build a dial list, and delete it",
        (
            Step("Make James a list called Storm-Damage.", "create_dial_list", of_james),
            Step("Put Nora on it.", "add_dial_list_phone", {**of_james, "phone": "(305) 555-0123"}),
            Step("And 954-555-0101.", "add_dial_list_phone", {**of_james, "phone": "954-555-0101"}),
            Step(
                "The storm is over. Delete the list.",
                "delete_dial_list",
                of_james,
                Types("Storm-Damage"),
            ),
        ),
    )


def _list_of_leads() -> Scene:
    rows = [
        {"Phone": "(561) 555-0131", "First Name": "Iris", "City": "Boca Raton", "Remark": "fair"},
        {"Phone": "(561) 555-0132", "First Name": "Omar", "City": "Jupiter", "Remark": "fair"},
        {"Phone": "561-555-0131", "First Name": "Iris", "City": "Boca Raton", "Remark": "again"},
        {"Phone": "555-0133", "First Name": "Theo", "City": "Jupiter", "Remark": "fair"},
    ]
    common = {"campaign": "Solar", "import_only": True}
    plan = {"tool": "insert_lead", "rows": rows, "common": common}
    batch = {"batch_id": PLANNED}
    return Scene(
        "Load a list",
        (
            Step(
                "Here are the leads of Saturday's fair. Store them for Solar.", "plan_batch", plan
            ),
            Step("Go ahead with the two that are fine.", "run_batch", batch, Types("2")),
            Step("Are they in?", "show_batch", {**batch, "wait_seconds": 45}),
        ),
        "Every row is checked first, one yes is for all that are ready, and each row is a call on "
        "record, sent once.",
    )


def _agents() -> Scene:
    wish = "Who can take a call on the Solar line, 954-555-0190?"
    did = {"did": "954-555-0190"}
    return Scene("See who can take a call", (Step(wish, "available_inbound_agents", did),))


def _playlist() -> Scene:
    of_florida = {"playlist": "Solar-Main", "filter_name": "Florida-Only"}
    return Scene(
        "Change who is dialed next",
        (
            Step("Dial only Florida in Solar-Main today.", "enable_playlist_filter", of_florida),
            Step("Make it live.", "reload_playlist", {"playlist": "Solar-Main"}, Ticks()),
        ),
        "A model that has just read a lead's notes is asked about what reaches people: the notes "
        "may have told it to.",
    )


def _silence() -> Scene:
    text = {
        "from_number": "954-555-0195",
        "to_number": "(305) 555-0123",
        "message": "Hi Nora, Maria calls you on Monday at 2:20 pm. Reply STOP to opt out.",
    }
    return Scene(
        "When the dialer doesn't answer",
        (Step("Text Nora when Maria will call.", "send_sms", text, Ticks(), ends="no_answer"),),
        "HTTP 200 is not success, and silence is neither yes nor no: nothing is sent twice "
        "unasked.",
    )
