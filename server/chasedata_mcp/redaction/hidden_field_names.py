"""Names of the fields that are hidden: payment data, social security numbers, passwords."""

import re
from fnmatch import translate
from functools import lru_cache
from typing import Final
from unicodedata import category, normalize

from chasedata_mcp.fields.sanitize import visible
from chasedata_mcp.redaction.name_words import ONLY, WORD, match_words

# A glob is set against names without case, spaces, underscores and signs: a word that is part of
# others stands with what goes before or after it, since `*ssn*` would hide a BusinessName. `word:`
# and `only:` are set against the words of a name (redaction/name_words.py).


def _with_digits(*names: str) -> tuple[str, ...]:
    """List names with up to two digits behind them."""
    return tuple(f"{name}{digits}" for name in names for digits in ("", "[0-9]", "[0-9][0-9]"))


_CARDS: Final = (
    *_with_digits("card", "cc", "exp", "expdate", "expdt", "expmo", "expmonth", "expyear", "expyr"),
    *_with_digits("last4", "lastfour", "endingin"),
    *("cards", "cardinfo", "carddata", "carddetail*", "*creditcard*", "*debitcard*"),
    *("*bankcard*", "*paymentcard*", "*cardnum*", "*cardno", "*cardnbr*", "*cardpan", "*cardlast*"),
    *("*cardfirst*", "*cardexp*", "*cardcv*", "*cardcode*", "*cardsec*", "*cardholder*"),
    *("cardmo", "cardmonth", "cardyear", "cardyr", "*cardtoken*"),
    *("*cardccv*", "*nameoncard*", "*nameoncc", "*paymenttoken*", "word:amex", "*cardcid"),
    *("*cardending*", "cardend", "*cardsuffix*", "*ccending*", "*endingdigit*"),
    *("*lastdigit*", "*prepaidcard*", "*giftcardnum*", "*giftcardno", "*giftcardpin"),
    *("word:mastercard", "word:americanexpress", "only:visa", "only:discover", "only:maestro"),
    *("only:diners", "only:dinersclub", "only:jcb", "only:unionpay"),
    *("expmm*", "expyy*", "expmoyr", "expmonthyear", "*ccexp*", "*cardexpir*"),
    *("*cardonfile*", "*cardpin*", "*last4", "*last4digit*", "*last4of*", "*lastfour"),
    *("*lastfourdigit*", "only:l4", "*cardtrack*", "only:track1", "only:track2", "*trackdata*"),
    *("*track1data*", "*track2data*", "*magstripe*", "*swipedata*", "ccnum*", "ccno"),
    *("ccnbr*", "*ccnumber*", "cclast*", "ccmo", "ccmonth", "ccyear"),
    *("ccyr", "cctoken*", "ccpin", "cccode", "ccsec*", "only:pan"),
    *("*cvv*", "word:cvc", "word:cvc2", "*cardcvc*", "*cvccode", "*cvcnum*", "word:cv2"),
    *("word:ccv", "word:ccv2", "ccvcode", "ccccv", "word:cvn", "only:cvd", "only:csc", "only:cav"),
    *("*securitycode*", "*securitycd*", "word:sec code", "word:sec cd", "word:security no"),
)
_TOKENS_OF_CARDS: Final = (
    *("word:token", "only:guid", "word:pay guid", "word:payment guid", "word:card guid"),
    *("only:vault", "*cardvault*", "*tokenvault*", "only:stripe", "only:braintree"),
    *("only:spreedly", "only:tokenex", "only:authorizenet", "only:authnet", "only:plaid"),
    *("*paymentprofile*", "*billingprofile*", "*paymentmethodid*", "*paymentintent*"),
    *("*paymentnonce*", "*stripecust*", "*stripepay*", "*stripesource*", "*stripesub*"),
)
_ACCOUNTS: Final = (
    *("*bankacc*", "*checkingacc*", "*savingsacc*", "*accountnum*", "*accountno", "*accountnbr*"),
    *("*checkingnum*", "*checkingno", "*savingsnum*", "*savingsno", "*banknum*", "*bankno"),
    *("only:ach", "achacc*", "achnum*", "achrout*", *_with_digits("acct")),
    *("*acctnum*", "*acctno", "*acctnbr*", "only:routing", "*routingnum*", "*routingno"),
    *("*abarouting*", "*bankrouting*", "*routingtransit*", "*transitrouting*", "only:transit"),
    *("*transitnum*", "*transitno", "*banktransit*", "only:aba", "word:iban", "*bankiban"),
    *("*accountiban", "*customeriban", "*sortcode", "only:checking", "word:dda", "only:rtn"),
    *("only:rtnaba", "only:abartn", "only:eft", "word:micr", "*swiftcode*", "only:swift"),
    *("only:bic", "only:bsb", "only:clabe", "*bankdraft*", "*voidcheck*", "*voidedcheck*"),
    *("*directdeposit*", "*institutionnum*", "only:echeck", "*echeckacc*", "*draftacc*"),
)
_SOCIAL_SECURITY: Final = (
    *("ssn*", "*[!a]ssn", "*ssnnum*", "*ssnlast*", "*ssnno", "social", "socials", "socialno"),
    *("socialnum*", "*socialsec*", "*socsec*", "*socialinsurance*", "only:sin", "word:itin"),
    *("ss", "soc", "ssnum*", "ssno", "ssan", "only:tin", "taxid", "taxidno", "taxidnum*"),
    *("*taxpayerid*", "federaltaxid*", "personaltaxid*", "customertaxid*", "businesstaxid*"),
    *("word:atin", "word:ptin"),
)
_PASSWORDS: Final = (
    *("*password*", "*passwd*", "*passcode*", "*passphrase*", "*passwrd*", "pwd", "*pwd"),
    *("word:pwd", "word:psw", "word:pswd", "only:pw", "only:pass", "word:passkey"),
    *(
        "*securityanswer*",
        "*secretanswer*",
        "*secretword*",
        "*securityword*",
        "*maidenname*",
        "only:maiden",
        "*mothermaiden*",
        "*mothersmaiden*",
    ),
    *("*securityquestion*", "*challengequestion*", "*challengeanswer*", "word:mmn", "*codeword*"),
    *("word:secret", "*secretkey*", "*clientsecret*", "*apikey*", "*privatekey*", "*accesskey*"),
    *("word:pin", "*pincode", "word:mpin", "word:upin", "word:puk", "pinno", "pinnum*"),
    *("*debitpin", "*atmpin", "*bankpin", "*accountpin", "*securitypin", "*userpin"),
    *("*customerpin", "word:otp", "word:totp", "*onetimepass*", "*onetimecode*", "*onetimepin*"),
    *("only:2fa", "only:mfa", "*twofactor*", "*accesscode*", "*accesscd", "*authcode*"),
    *("*authorizationcode*", "*verificationcode*", "*verifycode*", "*alarmcode*", "*lockboxcode*"),
)
DEFAULT_PATTERNS: Final = (
    *_CARDS,
    *_TOKENS_OF_CARDS,
    *_ACCOUNTS,
    *_SOCIAL_SECURITY,
    *_PASSWORDS,
)
"""Names of payment data, social security numbers and passwords."""
IDENTITY_PATTERNS: Final = (
    *("only:ein", "word:fein", "*employerid*", "*taxid*", "word:dob", "*dateofbirth*", "*dobirth*"),
    *("*birthdate*", "*birthday*", "*birthyear*", "*birthmonth*", "*birthdt*", "only:birth"),
    *("word:bday", "only:yob", "only:born", "*placeofbirth*", "*birthplace*", "*passport*"),
    *("*driverslic*", "*driverlic*", "*driversid*", "*driving lic*", "*drlic*", "*drvlic*"),
    *("*operatorslic*", "*operatorlic*", "only:dl", "word:dln", "only:oln", "*dlnum*", "dlstate"),
    *("dlexp*", "only:lic", "only:license", "only:licence", "*medicare*", "*medicaid*", "only:mbi"),
    *("word:hicn", "*stateid*", "*nationalid*", "*photoid*", "*identitycard*", "*idcard*"),
    *("*greencard*", "*aliennum*", "*alienno", "*alienreg*", "*militaryid*", "*voterid*"),
    *("*healthcard*", "*immigration*", "*uscis*"),
)
"""Names of what identifies a person beyond the phone, hidden where a policy says so."""


@lru_cache(maxsize=64)
def _compile_globs(patterns: tuple[str, ...]) -> re.Pattern[str]:
    globs = [pattern for pattern in patterns if not pattern.startswith((WORD, ONLY))]
    return re.compile("|".join(translate(_fold_glob(glob)) for glob in globs) or r"(?!)")


def is_hidden_name(patterns: tuple[str, ...], name: str) -> bool:
    """Tell whether a field's name matches one of the patterns."""
    read = _drop_accents(visible(name)).strip()
    # Custom fields carry the prefix `adv_` on the wire (wire.md).
    bare = read[len("adv_") :] if read.casefold().startswith("adv_") else read
    letters = {_keep_letters(read.casefold()), _keep_letters(bare.casefold())}
    globs = _compile_globs(patterns)
    return any(globs.match(written) for written in letters if written) or match_words(
        patterns, bare
    )


_BETWEEN_LETTERS = re.compile(r"[\W_]+")
_BETWEEN_LETTERS_OF_A_GLOB = re.compile(r"[^\w*?\[\]!-]|_")


def _drop_accents(name: str) -> str:
    if name.isascii():
        return name
    apart = normalize("NFKD", normalize("NFKC", name))
    return "".join(one for one in apart if category(one) != "Mn")


def _keep_letters(name: str) -> str:
    return _BETWEEN_LETTERS.sub("", name)


def _fold_glob(pattern: str) -> str:
    return _BETWEEN_LETTERS_OF_A_GLOB.sub("", pattern.casefold())
