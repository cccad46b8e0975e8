"""Names of the fields that are hidden: payment data, social security numbers, passwords."""

import re
from fnmatch import translate
from functools import lru_cache
from typing import Final
from unicodedata import normalize

from chasedata_mcp.fields.sanitize import visible

# Set against names without case, spaces, underscores and signs. A word that is part of others
# stands with what goes before or after it: `*ssn*` would hide a BusinessName, `card*` cardiology.
_PAYMENT: Final = (
    *("card", "cards", "cardinfo", "carddata", "carddetail*", "*creditcard*", "*debitcard*"),
    *("*bankcard*", "*paymentcard*", "*cardnum*", "*cardno", "*cardnbr*", "*cardpan", "*cardlast*"),
    *("*cardfirst*", "*cardexp*", "*cardcv*", "*cardcode*", "*cardsec*", "*cardholder*"),
    *("card[0-9]", "card[0-9][0-9]", "cardmo", "cardmonth", "cardyear", "cardyr", "*cardtoken*"),
    *("*cardccv*", "*nameoncard*", "*nameoncc", "*paymenttoken*", "amex"),
    *("expdate", "expmo", "expmonth", "expyear", "expyr"),
    *("*cardonfile*", "*cardpin*", "*last4", "*last4digit*", "*last4of*", "*lastfour"),
    *("*lastfourdigit*", "cc", "ccnum*", "ccno", "ccnbr*", "*ccnumber*", "ccexp*", "cclast*"),
    *("cc[0-9]", "cc[0-9][0-9]", "ccmo", "ccmonth", "ccyear", "ccyr", "cctoken*", "ccpin"),
    *("ccv", "ccv[0-9]", "ccvcode", "ccvno", "ccvnum*", "ccccv"),
    *("*cvv*", "cvc", "cvc[0-9]", "*cardcvc*", "*cvccode", "*cvcnum*", "cvn", "*securitycode*"),
    *("pan", "pin", "pinno", "pinnum*", "*pincode", "*debitpin", "*atmpin", "*bankpin"),
    *("*accountpin", "*securitypin", "*userpin", "*customerpin"),
    *("*bankacc*", "*checkingacc*", "*savingsacc*", "*accountnum*", "*accountno", "*accountnbr*"),
    *("*checkingnum*", "*checkingno", "*savingsnum*", "*savingsno", "*banknum*", "*bankno"),
    *("ach", "achacc*", "achnum*", "achno", "achrout*", "acct", "acct[0-9]", "acct[0-9][0-9]"),
    *("*acctnum*", "*acctno", "*acctnbr*", "routing", "*routingnum*", "*routingno", "*abarouting*"),
    *("*bankrouting*", "aba", "abano", "abanum*", "iban", "ibanno", "ibannum*", "*bankiban"),
    *("*accountiban", "*customeriban", "*sortcode"),
)
_SOCIAL_SECURITY: Final = (
    *("ssn*", "*[!a]ssn", "*ssnnum*", "*ssnlast*", "*ssnno", "social", "socials", "socialno"),
    *("socialnum*", "*socialsec*", "*socsec*", "*socialinsurance*", "sin", "itin", "ss", "soc"),
    *("ssnum*", "ssno", "ssan", "tin", "taxid", "taxidno", "taxidnum*", "*taxpayerid*"),
    *("federaltaxid*", "personaltaxid*", "customertaxid*", "businesstaxid*"),
)
_PASSWORDS: Final = (
    *("*password*", "*passwd*", "*passcode*", "*passphrase*", "pwd", "*pwd"),
    *("*securityanswer*", "*secretanswer*", "*secretword*", "*securityword*", "*maidenname*"),
)
DEFAULT_PATTERNS: Final = (*_PAYMENT, *_SOCIAL_SECURITY, *_PASSWORDS)
"""Names of payment data, social security numbers and passwords, as globs."""


@lru_cache(maxsize=64)
def _compile_globs(patterns: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(translate(_fold_glob(pattern)) for pattern in patterns) or r"(?!)")


def is_hidden_name(patterns: tuple[str, ...], name: str) -> bool:
    """Tell whether a field's name matches one of the globs."""
    folded = normalize("NFKC", visible(name)).casefold().strip()
    # Custom fields carry the prefix `adv_` on the wire (wire.md).
    names = {_keep_letters(folded), _keep_letters(folded.removeprefix("adv_"))}
    return any(_compile_globs(patterns).match(written) for written in names if written)


_BETWEEN_LETTERS = re.compile(r"[\W_]+")
_BETWEEN_LETTERS_OF_A_GLOB = re.compile(r"[^\w*?\[\]!-]|_")


def _keep_letters(name: str) -> str:
    return _BETWEEN_LETTERS.sub("", name)


def _fold_glob(pattern: str) -> str:
    return _BETWEEN_LETTERS_OF_A_GLOB.sub("", pattern.casefold())
