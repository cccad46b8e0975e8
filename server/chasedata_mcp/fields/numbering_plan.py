"""Knowledge of the library `phonenumbers` about ten digits.

It is imported at the first use: that takes 15 to 40 ms, and a start must not pay for it.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from phonenumbers import PhoneNumber


def find_country(number: str) -> str | None:
    """Find the ISO code of a number's country, None where the library doesn't know the number.

    Toll-free and other numbers of no place count as the United States.
    """
    from phonenumbers import region_code_for_number  # noqa: PLC0415 - see the module's docstring

    return region_code_for_number(_build_number(number))


def is_known(number: str) -> bool:
    """Tell whether the library takes a number for one in use."""
    from phonenumbers import is_valid_number  # noqa: PLC0415 - see the module's docstring

    return is_valid_number(_build_number(number))


def _build_number(number: str) -> "PhoneNumber":
    # Not the library's parser: it reads 1954555012 as nine digits behind a trunk prefix.
    from phonenumbers import PhoneNumber  # noqa: PLC0415 - see the module's docstring

    zeros = len(number) - len(number.lstrip("0"))
    return PhoneNumber(
        country_code=1,
        national_number=int(number),
        italian_leading_zero=zeros > 0,
        number_of_leading_zeros=zeros or None,
    )
