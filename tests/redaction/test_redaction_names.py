"""Which fields are hidden by their names: payment data, social security numbers, passwords."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from _support.sandbox import terms
from _support.tables import each
from chasedata_mcp.app.composition import policy_in_force
from chasedata_mcp.fields.field_names import CONTROL_PARAMETERS, LEAD_FIELDS
from chasedata_mcp.fields.sanitize import CUT
from chasedata_mcp.redaction import (
    DEFAULT_PATTERNS,
    DEFAULT_REDACTOR,
    HIDDEN,
    IDENTITY_PATTERNS,
    Redactor,
    explain_marks,
    explain_refused_write,
)
from chasedata_mcp.tools.registry import CATALOGUE

_HIDDEN = """
    card Cards card_number CardNumber adv_Card__Number adv_Card__Last4 Card__No CreditCard
    credit_card_number Debit__Card__Type CC cc_num ccNumber cc_exp Card__Exp__Date cardholder_name
    Card__CVV CVV cvv2 CVC cvc2 Security__Code card_pin Last4 Last__Four last4_of_card
    Card__on__File
    SSN ssn adv_SSN Customer__SSN customerSSN ssn_last_4 SSN__Last4 Social__Security__Number
    social_security SocSec Social Social__Insurance__No Password pass_word passwd user_pwd PWD
    Passcode PIN PIN__Code pin_number Debit__PIN Bank__Account bank_acct_no BankAccount
    Account__Number account_num Acct__No Checking__Account Routing routing_number Bank__Routing
    ABA__Number IBAN Sort__Code Security__Answer CCV ccv2 Name__On__Card Card__Month Card__Year
    cc_month cc_year exp_date checking_number ACH__Account ach_routing Acct Acct__2 card_1 cc1
    card_token payment_token credit_card_2 Tax_ID Federal__Tax__ID TIN ss_number SS
    mothers_maiden_name Maiden__Name Secret__Word
    PayGUID Pay__Guid Payment__GUID2 Guid CardGuid Token Customer__Token Vault__Id CardVault
    Stripe Stripe__Customer__Id StripePaymentMethod Cv2 CV2__Code SecCode Sec__Code Exp ExpMMYY
    Exp__Mo CardEnding Card__Ending__In Visa Visa__Number VisaCard MasterCard Master__Card__No
    American__Express Checking Checking__Number DDA DDA__Number RTN RTN__No Transit TransitNumber
    RoutingCode Bank__Routing__No CustomerIban EFT EFT__Account Pass UserPass PortalPass Pin
    AccountPin Debit__Pin__Hint OTP OTP__Code Secret ClientSecret SecretKey AccessCode
    MotherMaiden Mothers__Maiden ITIN MICR PW EmailPass Track1 SwiftCode Verification__Code ApiKey
"""
_SHOWN = """
    card_color Discard discarded cardiology Cardiologist Cardinal Scorecard Business__Card
    BusinessName Business__Number assn HOA__Assn Class__Name AccessNumber PassengerName
    CallRouting RoutingSkill pinned Pinellas Shipping Opinion Spinner Account Account__Manager
    Accounting Bank Bank__Name Bankruptcy Social__Media SocialMediaSecondary Last__4__Weeks
    Expiration__Date Policy__Number Date__of__Birth Roof__Type Monthly__Bill Amount__Due Passport
    Compass Bypass Ribbon Iberia Sinus Single Singapore Panel Company Abandoned cc_email
    Success Accessory Description Email Notes FirstName Acc__Value Acc__Verified Reach__Account
    Taxi__Day Business__Notes Class__No Expected__Date Experience Card__Color Martin Account__Type
    Coach__No Acctg__Dept Transit__Time PublicTransit InTransit Routing__Skill SkillRouting
    Guidance GuidedBy LeadGUID CallGuid Vaulted__Ceiling Visa__Status VisaType Checking__In
    CheckInDate PassFail DayPass SeasonPass Passenger Return Rtn__Call Secretary Pineapple
    Expected Expense Export YearsExp CustomerExp ExpReason Effort Left Dental Discovery Maidenhead
    Total Hotpot Tins Swift__Rate BicycleId Spa Span
"""
_OF_IDENTITY = """
    EIN FEIN EIN__Number DOB DOB2 Date__of__Birth BirthDate Birthday Birth__Year Passport PassportNo
    Drivers__License Driver__Licence__No DL DL__Number DriversLic Medicare Medicare__ID MBI Medicaid
"""
_NOT_OF_IDENTITY = "Being Vein Dial__List Medical Board Adobe Dobson License__Plate DialListName"


@each("name", _HIDDEN.split())
def test_what_looks_like_payment_data_a_number_of_a_person_or_a_password_is_hidden(
    name: str,
) -> None:
    for written in (name, name.upper(), name.lower(), f"adv_{name}", name.replace("__", " ")):
        assert DEFAULT_REDACTOR.hides_name(written)


@each("name", _SHOWN.split())
def test_what_only_sounds_like_it_is_shown(name: str) -> None:
    for written in (name, name.upper(), name.lower(), f"adv_{name}", name.replace("__", " ")):
        assert not DEFAULT_REDACTOR.hides_name(written)


@pytest.mark.parametrize(
    "name", ["Pin", "Secret", "OTP", "Routing", "Visa", "Exp", "CardEnding", "Cv2", "PayGUID"]
)
def test_digits_behind_a_name_change_nothing(name: str) -> None:
    for written in (f"{name}1", f"{name}_2", f"{name} 12", f"adv_{name}__3"):
        assert DEFAULT_REDACTOR.hides_name(written)


@each("name", _OF_IDENTITY.split())
def test_what_identifies_a_person_is_hidden_where_a_policy_says_so(name: str) -> None:
    policy = policy_in_force(terms(hidden={"identity": True}))
    assert policy.redactor is not None
    for written in (name, name.upper(), name.lower(), f"adv_{name}", name.replace("__", " ")):
        assert policy.redactor.hides_name(written)
        assert not DEFAULT_REDACTOR.hides_name(written)


@pytest.mark.parametrize("name", _NOT_OF_IDENTITY.split())
def test_what_only_sounds_like_identity_is_shown_all_the_same(name: str) -> None:
    redactor = Redactor((*DEFAULT_PATTERNS, *IDENTITY_PATTERNS))
    for written in (name, name.upper(), name.lower(), f"adv_{name}"):
        assert not redactor.hides_name(written)


def test_the_list_of_identity_is_added_to_patterns_of_ones_own() -> None:
    redactor = policy_in_force(terms(hidden={"identity": True, "fields": ["plan"]})).redactor
    assert redactor is not None
    assert [redactor.hides_name(name) for name in ("Plan", "DOB", "SSN")] == [True, True, False]


def test_no_field_that_the_catalogue_itself_has_is_hidden() -> None:
    ours = [
        info.serialization_alias or name
        for action in CATALOGUE.values()
        for name, info in action.model_fields.items()
    ]
    for name in (*ours, *LEAD_FIELDS, *LEAD_FIELDS.values(), *CONTROL_PARAMETERS):
        assert not DEFAULT_REDACTOR.hides_name(name)


@pytest.mark.parametrize(
    "name",
    ["\uff33\uff33\uff2e", "S\u200bSN", "card\u00a0number", "S-S-N", "adv_\u2066SSN", "  SSN  "],
)
def test_a_name_is_read_as_a_person_would(name: str) -> None:
    assert DEFAULT_REDACTOR.hides_name(name)


@pytest.mark.parametrize(
    ("pattern", "hides", "shows"),
    [
        ("plan", ["Plan", "adv_Plan"], ["Planned", "adv_Floor__Plan"]),
        ("adv_plan", ["adv_Plan"], ["Plan"]),
        ("*diagnos*", ["Diagnosis", "adv_First__Diagnosis"], ["Notes"]),
        ("date of birth", ["adv_Date__of__Birth", "DateOfBirth"], ["Date"]),
        ("score_?", ["adv_Score__1"], ["adv_Score", "Score12"]),
        ("*", ["anything"], []),
        ("word:plan", ["Plan", "adv_Floor__Plan", "planB", "PLAN2"], ["Planned", "Airplane"]),
        ("word:roof type", ["RoofType", "Old__Roof__Type2"], ["Roof", "Type", "ProofType"]),
        ("only:plan", ["Plan", "Plan__No", "customerplan2"], ["FloorPlan", "Planned"]),
        ("[", [], ["Notes", "["]),
    ],
)
def test_a_pattern_is_a_glob_over_names_without_spaces_and_signs(
    pattern: str, hides: list[str], shows: list[str]
) -> None:
    redactor = Redactor((pattern,))
    assert all(redactor.hides_name(name) for name in hides)
    assert not any(redactor.hides_name(name) for name in shows)


def test_a_veil_without_patterns_hides_no_name() -> None:
    assert not Redactor(()).hides_name("SSN")
    assert not Redactor(("ssn",)).hides_name("")


@given(st.text(max_size=30))
def test_any_name_can_be_asked_about(name: str) -> None:
    assert DEFAULT_REDACTOR.hides_name(name) in {True, False}


LOOKS_LIKE = (
    "what looks like a card or social security number or another secret, or holds the API token"
)


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"City": "Miami"}, None),
        ({"City": "Miami", "Notes": ""}, None),
        ({"adv_SSN": "x"}, "adv_SSN is hidden by policy"),
        ({"adv_SSN": "", "CVV": "1"}, "adv_SSN and CVV are hidden by policy"),
        ({"Notes": "pays with 4111 1111 1111 1111"}, f"Notes has {LOOKS_LIKE}"),
        (
            {"adv_SSN": "123-45-6789", "Notes": "123-45-6789", "City": "123-45-6789"},
            f"adv_SSN is hidden by policy and Notes and City have {LOOKS_LIKE}",
        ),
    ],
)
def test_a_form_with_what_is_hidden_is_refused_by_the_names_of_its_fields(
    form: dict[str, str], said: str | None
) -> None:
    whole = said and f"{said}: that may not be written by a model."
    assert explain_refused_write(form, DEFAULT_REDACTOR) == whole


def test_a_refusal_never_quotes_a_value() -> None:
    number = "4111111111111111"
    said = explain_refused_write({f"adv_{number}": number, "Notes": number}, DEFAULT_REDACTOR)
    assert said is not None
    assert number not in said


def test_a_name_that_holds_a_number_may_not_be_written_either() -> None:
    said = explain_refused_write({"adv_X4111111111111111": "y", "City": "Miami"}, DEFAULT_REDACTOR)
    assert said == f"adv_X{HIDDEN} has {LOOKS_LIKE}: that may not be written by a model."


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"City": "Miami", "Notes": "hidden [cut] … hidden"}, None),
        ({"Notes": f"Pays by {HIDDEN}."}, "Notes has `[hidden]` in it"),
        ({"Notes": "Pays by [Hid\u200bden]."}, "Notes has `[hidden]` in it"),
        ({"Notes": f"long{CUT} and more"}, "Notes has `… [cut]` in it"),
        ({f"adv_{HIDDEN}": "x"}, "adv_[hidden] has `[hidden]` in it"),
        ({"Notes": HIDDEN, "City": CUT}, "Notes and City have `[hidden]` and `… [cut]` in it"),
    ],
)
def test_our_own_marks_may_never_be_written(form: dict[str, str], said: str | None) -> None:
    why = explain_marks(form)
    assert (why is None) if said is None else (why is not None and why.startswith(said))


def test_values_may_be_written_where_only_names_are_hidden() -> None:
    assert explain_refused_write({"Notes": "4111 1111 1111 1111"}, Redactor(values=False)) is None
