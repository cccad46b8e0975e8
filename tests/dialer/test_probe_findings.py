"""What is concluded of answers that a probe collected, and what never is."""

import json
from dataclasses import replace

from chasedata_mcp.dialer.probe.findings import judge_all
from chasedata_mcp.dialer.probe.observations import (
    WRITES,
    Observation,
    Observations,
    ProbeStep,
    Sent,
)
from chasedata_mcp.dialer.probe.report import render_profile
from chasedata_mcp.dialer.probe.verdicts import FactFinding, Verdict
from chasedata_mcp.settings.scripts import Script
from chasedata_mcp.settings.wire.loader import load_shipped_profile, read_profile

MARK = "chasedata-probe-1a2b"
SENT = Sent("2125550199", client_id=MARK, campaign="chasedata-probe-none", city="Probeville")
LEAD = {"id": "7", "LeadExists": True, "ClientId": MARK, "City": "", "Disposition": ""}
REFUSALS = {
    (ProbeStep.NO_SUCH_ACTION, Script.LEADS): "Action is not supported",
    (ProbeStep.NOTHING, Script.INSERT): "Campaign name should be specified",
    (ProbeStep.NOTHING, Script.UPDATE): "No data to update",
    (ProbeStep.WRONG_TOKEN, Script.SKILLS): "Token is not valid",
}


def seen(
    bodies: dict[ProbeStep, str], form: str = "<br><br>Result: {}", status: int = 200
) -> Observations:
    """Collect the scripts' own refusals in a form, and these bodies."""
    collected = Observations(SENT)
    for (step, script), sentence in REFUSALS.items():
        collected.add(Observation(step, script, "Any.php", status, form.format(sentence)))
    for step, body in bodies.items():
        collected.add(Observation(step, Script.LEADS, "Any.php", status, body))
    return collected


def judged(collected: Observations) -> dict[str, FactFinding]:
    return {one.fact: one for one in judge_all(collected, load_shipped_profile())}


def written(lead: dict[str, object], done: str) -> dict[ProbeStep, str]:
    """Give the answers of a dialer that did everything, and says so in one body."""
    return {**dict.fromkeys(WRITES, done), ProbeStep.READ: json.dumps(lead)}


def test_done_is_learned_from_a_body_that_says_so_where_the_lead_is_found() -> None:
    found = judged(seen(written(LEAD, "Lead server: accepted")))["answers.done"]
    assert found.values == {"answers": {"done": ["Lead server: accepted"]}}
    assert found.verdict is Verdict.DIFFERS


def test_done_is_not_learned_without_every_sign_of_it() -> None:
    somebody = {**LEAD, "ClientId": "another"}
    refusal = "<br><br>Result: Token is not valid"
    cases = {
        "the lead isn't found": written(somebody, "Lead server: accepted"),
        "a word of success is missing": written(LEAD, "Lead server: gespeichert"),
        "a word of refusal is in it": written(LEAD, "Lead server: not accepted"),
        "it is too short": written(LEAD, "accepted"),
        "it refuses elsewhere": written(LEAD, refusal),
        "the lead was answered otherwise": {
            **written(LEAD, "Lead server: accepted"),
            ProbeStep.STORED: "Lead server: stored",
        },
        "it was said once": {
            ProbeStep.STORED: "Lead server: accepted",
            ProbeStep.READ: json.dumps(LEAD),
        },
    }
    for why, bodies in cases.items():
        found = judged(seen(bodies))["answers.done"]
        assert (found.verdict, found.values) == (Verdict.DIFFERS, {}), why
        profile = render_profile([found], load_shipped_profile(), seen(bodies))
        assert profile is None, why


def test_the_dialers_own_form_is_found_in_a_single_answer() -> None:
    for form, body, expected in (
        (
            "<p>Status: {}</p>",
            "<p>Status: backend 503? no: 422 - Ring group was not found</p>",
            None,
        ),
        (
            "<p>Status: {}</p>",
            "<p>Status: backend 422 - Ring group was not found</p>",
            ("<p>Status: backend {number} - {sentence}</p>", [422]),
        ),
        (
            '{{"no":"{}"}}',
            '{"status":409,"no":"Ring group was not found"}',
            None,
        ),
        (
            '{{"state":"no","reason":"{}"}}',
            '{"state":"no","status":409,"reason":"Ring group was not found"}',
            ('{"state":"no","status":{number},"reason":"{sentence}"}', [409]),
        ),
    ):
        found = judged(seen({ProbeStep.NO_GROUP: body}, form))["answers.relayed"]
        if expected is None:
            assert found.values == {}, body
        else:
            assert found.values["answers"]["relayed"] == expected[0]
            assert found.values["answers"]["refusing"] == expected[1]


def test_a_status_that_may_follow_a_write_says_no_refusal() -> None:
    body = "<br><br>Result: CURL error[503]: The backend is not there"
    collected = seen({ProbeStep.DUPLICATE: body})
    found = judged(collected)
    assert found["answers.relayed"].verdict is Verdict.DIFFERS
    assert found["answers.relayed"].values == {}
    profile = render_profile(list(found.values()), load_shipped_profile(), collected)
    assert profile is not None
    assert read_profile(profile).answers.refusing == (500,)


def test_a_token_that_is_not_taken_is_told_of_and_teaches_no_search() -> None:
    body = "<br><br>Result: Token is not valid"
    found = judged(seen({ProbeStep.SEARCH: body, ProbeStep.DETAILED: body}))
    assert found["credentials"].verdict is Verdict.DIFFERS
    assert found["search.none"].verdict is Verdict.UNTOLD
    assert found["search.framed"].verdict is Verdict.UNTOLD


def test_a_search_is_known_by_its_truth_alone_where_nothing_is_contradicted() -> None:
    for body, expected in (
        ('{"Nr":"","Known":"false"}', {"id": "Nr", "exists": "Known"}),
        ('{"Nr":7,"Known":true}', {"id": "Nr", "exists": "Known"}),
        ('{"PrimaryPhone":0,"Known":false}', {"exists": "Known"}),
        ('{"a":false,"b":false}', None),
        ('{"Nr":0,"Known":false,"More":1}', None),
        ('{"Nr 1":0,"Known":false}', None),
        ("[]", None),
        ("7", None),
        ("", None),
    ):
        found = judged(seen({ProbeStep.SEARCH: body}))["search.none"]
        if expected is None:
            assert found.verdict is Verdict.UNTOLD, body
        else:
            assert found.values == {"search": expected}, body


def test_the_mark_of_the_do_not_call_list_is_told_by_its_field_and_not_by_its_value() -> None:
    def marked(**fields: str) -> dict[str, FactFinding]:
        after = json.dumps({**LEAD, **fields})
        bodies = {
            ProbeStep.READ: json.dumps(LEAD),
            ProbeStep.REREAD: json.dumps(LEAD),
            ProbeStep.MARKED: after,
            ProbeStep.UNMARKED: json.dumps(LEAD),
        }
        return judged(seen(bodies))

    assert marked(Disposition="FTC DNC")["dnc-mark"].seen == "it shows in Disposition (FTC DNC)"
    assert marked(Rep="Annabel")["dnc-mark"].seen == "it shows in Rep (another value)"
    assert marked()["dnc-mark"].seen == "no field shows it"
    assert marked(Disposition="DNC")["dnc-mark-stays"].verdict is Verdict.DIFFERS
    assert marked()["update"].verdict is Verdict.DIFFERS


def test_a_move_and_a_custom_field_are_told_where_names_were_given() -> None:
    sent = replace(SENT, second_campaign="Archive", custom_field="adv_Plan")
    stored = {**LEAD, "adv_Plan": sent.custom_value}
    for read, moved, fields, expected in (
        (stored, "Archive", "custom-fields", Verdict.HOLDS),
        (stored, "Archive", "update-moves", Verdict.HOLDS),
        (stored, "Solar", "update-moves", Verdict.DIFFERS),
        ({**LEAD, "Plan": sent.custom_value}, "Solar", "custom-fields", Verdict.DIFFERS),
        (LEAD, "Solar", "custom-fields", Verdict.DIFFERS),
    ):
        after = {**LEAD, "Campaign": moved}
        bodies = {
            ProbeStep.READ: json.dumps(read),
            ProbeStep.MOVED_READ: json.dumps(after),
        }
        collected = Observations(sent, list(seen(bodies)))
        assert judged(collected)[fields].verdict is expected, (read, moved)
        assert "Plan" not in judged(collected)[fields].seen
    untold = judged(seen({ProbeStep.READ: json.dumps(stored)}))
    assert {untold[fact].verdict for fact in ("custom-fields", "update-moves")} == {Verdict.UNTOLD}


def test_another_status_is_told_and_its_bodies_teach_nothing() -> None:
    found = judged(seen({ProbeStep.STORED: "Lead server: accepted"}, status=202))
    assert found["status"].verdict is Verdict.DIFFERS
    assert "HTTP 202" in found["status"].seen
    assert {one.verdict for fact, one in found.items() if fact != "status"} <= {Verdict.UNTOLD}


def test_what_names_the_customer_gets_into_no_profile() -> None:
    form = "<p>Dialer of acme.example.com says: {}</p>"
    collected = seen({}, form)
    findings = list(judged(collected).values())
    assert any(one.values.get("answers") for one in findings)
    assert "acme" not in (
        render_profile(findings, load_shipped_profile(), _of_acme(collected)) or ""
    )


def _of_acme(collected: Observations) -> Observations:
    secrets = ("a-token", "acme", "acme.example.com")
    return Observations(Sent(SENT.number, client_id=MARK, secrets=secrets), list(collected))
