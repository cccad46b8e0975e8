"""The facts that a class must state to be an action."""

from collections.abc import Iterator

import pytest
from pydantic import Field
from typing_extensions import override

from chasedata_mcp.settings.scripts import Script
from chasedata_mcp.tools.answer_types import Acknowledged, Expects
from chasedata_mcp.tools.base import Action
from chasedata_mcp.tools.impact import Impact
from chasedata_mcp.tools.registry import CATALOGUE


class SendDnc(
    Action,
    title="Try a number",
    script=Script.TEXTS,
    word="Try",
    impact=Impact.OUTWARD,
    idempotent=True,
    loses=True,
):
    """Tries   it.

    On two lines.
    """

    agent: str | None = Field(default=None, serialization_alias="Agent")
    amount: int | None = Field(default=None, serialization_alias="Amount")
    kept: str | None = None

    @override
    def describe_done(self) -> str:
        return "Tried."


def test_name_title_and_description_come_from_the_class() -> None:
    assert (SendDnc.name, SendDnc.title) == ("send_dnc", "Try a number")
    assert SendDnc.description == "Tries it. On two lines."


def test_the_family_is_the_toolset_whether_it_is_a_module_or_a_package() -> None:
    assert CATALOGUE["send_sms"].toolset == "sms"
    assert CATALOGUE["search_lead"].toolset == "leads"


def test_the_hints_follow_from_the_effect_and_from_what_it_says() -> None:
    hints = SendDnc.hints
    assert (hints.read_only, hints.open_world) == (False, True)
    assert (hints.idempotent, hints.destructive) == (True, True)
    assert SendDnc().impact is SendDnc.declared_impact is Impact.OUTWARD


def test_the_form_has_what_was_given_and_has_a_wire_name() -> None:
    assert SendDnc(agent="A", amount=0, kept="k").build_form() == {
        "Action": "Try",
        "Agent": "A",
        "Amount": "0",
    }
    assert SendDnc().build_form() == {"Action": "Try"}


def test_what_a_call_sends_and_brings_is_found_once_and_anew_of_a_changed_copy() -> None:
    action = SendDnc(agent="A")
    assert action.sent_form is action.sent_form
    assert action.effects is action.effects
    assert action == SendDnc(agent="A")
    for deep in (False, True):
        copied = action.model_copy(update={"agent": "B"}, deep=deep)
        assert copied.sent_form == {"Action": "Try", "Agent": "B"}
    assert action.sent_form == {"Action": "Try", "Agent": "A"}
    assert "sends" not in action.model_dump()


def test_an_action_brings_nothing_about_unless_it_says_so() -> None:
    action = SendDnc()
    assert isinstance(action.list_effects(), Iterator)
    assert list(action.list_effects()) == []
    assert list(action.list_warnings()) == []
    assert action.summarize(Acknowledged("Fine")).dialer_said == "Fine"
    assert SendDnc.expects is Expects.DONE


def test_a_class_without_a_docstring_is_no_action() -> None:
    with pytest.raises(TypeError, match="needs a docstring"):
        type(
            "Silent",
            (Action,),
            {},
            title="Say nothing",
            script=Script.LEADS,
            impact=Impact.READ,
            idempotent=True,
            loses=False,
        )


def test_a_class_that_inherits_its_docstring_is_no_action() -> None:
    with pytest.raises(TypeError, match="needs a docstring"):
        type(
            "Heir",
            (SendDnc,),
            {},
            title="Say nothing",
            script=Script.LEADS,
            impact=Impact.READ,
            idempotent=True,
            loses=False,
        )


@pytest.mark.parametrize("missing", ["script", "impact", "idempotent", "loses"])
def test_a_class_without_an_effect_or_a_script_is_no_action(missing: str) -> None:
    said: dict[str, object] = {
        "title": "Do half",
        "script": Script.LEADS,
        "impact": Impact.READ,
        "idempotent": True,
        "loses": False,
    }
    del said[missing]
    with pytest.raises(TypeError, match=missing):
        type("Half", (Action,), {"__doc__": "Half."}, **said)


def test_a_class_without_a_title_is_no_action() -> None:
    with pytest.raises(TypeError, match="needs a title"):

        class Untitled(
            Action, script=Script.LEADS, impact=Impact.READ, idempotent=True, loses=False
        ):
            """Has no name for people."""


def test_an_action_that_asks_nothing_and_tells_nothing_fails_loudly() -> None:
    class Mute(
        Action,
        title="Say nothing",
        script=Script.LEADS,
        impact=Impact.READ,
        idempotent=True,
        loses=False,
    ):
        """Says nothing."""

    with pytest.raises(NotImplementedError):
        Mute().build_question()
    with pytest.raises(NotImplementedError):
        Mute().describe_done()
    assert Mute().build_form() == {}
