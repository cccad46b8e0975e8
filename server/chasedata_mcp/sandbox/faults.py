"""Faults on purpose: a delay, a status, a body or a dropped connection, for a few calls.

As text, which settings and the page take, a fault is `SCRIPT=EFFECT*TIMES`, several separated by
commas, once where `*TIMES` is left out, and for any script where it is `*`:

| effect | what the caller sees | what the dialer did |
|---|---|---|
| `delay:0.5` | the answer comes half a second late | all of it, at once |
| `status:503` | that HTTP status with an empty body | nothing |
| `body:TEXT` | that body with status 200; `%2C` is a comma and `%2A` a star | nothing |
| `drop` | the connection ends without an answer | nothing |
| `status_after:503`, `body_after:TEXT`, `drop_after` | the same | all of it |
"""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import quote, unquote

from typing_extensions import override

from chasedata_mcp.sandbox.transcript import TRANSCRIPT

ANY_SCRIPT: Final = "*"

_MIN_STATUS, _MAX_STATUS = 200, 599
_MAX_DELAY_SECONDS: Final = 3600.0
_MAX_TIMES: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Delay:
    """An answer that comes this many seconds late; the work is done at once."""

    seconds: float

    @override
    def __str__(self) -> str:
        return f"delay:{self.seconds:g}"


@dataclass(frozen=True, slots=True)
class HttpStatus:
    """An answer of this HTTP status with an empty body."""

    code: int
    after: bool = False
    """True for a fault that comes after the dialer has done its work."""

    @override
    def __str__(self) -> str:
        return f"status{_AFTER[self.after]}:{self.code}"


@dataclass(frozen=True, slots=True)
class Body:
    """An answer of this body with status 200."""

    text: str
    after: bool = False
    """True for a fault that comes after the dialer has done its work."""

    @override
    def __str__(self) -> str:
        return f"body{_AFTER[self.after]}:{quote(self.text, safe=' <>:[]{}.')}"


@dataclass(frozen=True, slots=True)
class Drop:
    """A connection that ends without an answer."""

    after: bool = False
    """True for a fault that comes after the dialer has done its work."""

    @override
    def __str__(self) -> str:
        return f"drop{_AFTER[self.after]}"


FaultEffect = Delay | HttpStatus | Body | Drop
_AFTER: Final = {False: "", True: "_after"}


@dataclass(frozen=True, slots=True)
class Fault:
    """An effect on the next calls of a script, or of any script."""

    script: str
    effect: FaultEffect
    times: int = 1

    @override
    def __str__(self) -> str:
        return f"{self.script}={self.effect}*{self.times}"


class Faults:
    """The faults that are set, each used up call by call in the order in which they were set."""

    def __init__(self, faults: Iterable[Fault] = ()) -> None:
        self._set = list(faults)

    def add(self, faults: Iterable[Fault]) -> None:
        """Set further faults, behind those that are there."""
        self._set.extend(faults)

    def clear(self) -> None:
        """Remove every fault."""
        self._set.clear()

    def pending(self) -> tuple[Fault, ...]:
        """Give the faults that are still to come."""
        return tuple(self._set)

    def take(self, script: str) -> FaultEffect | None:
        """Use up the first fault for a call of this script, if there is one."""
        for index, fault in enumerate(self._set):
            if fault.script in (script, ANY_SCRIPT):
                if fault.times > 1:
                    self._set[index] = replace(fault, times=fault.times - 1)
                else:
                    del self._set[index]
                return fault.effect
        return None


def parse_faults(text: str) -> list[Fault]:
    """Read faults as text, `TextOperations.php=drop_after*1,*=delay:0.5*3`; empty text is none.

    Raises:
        ValueError: The text is no list of faults; the message says which part, and why.
    """
    return [_fault(part.strip()) for part in text.split(",") if part.strip()]


_FAULT: Final = re.compile(r"(?P<script>[^=]+)=(?P<effect>[^*]*)(?:\*(?P<times>[0-9]+))?", re.ASCII)


def _fault(text: str) -> Fault:
    parts = _FAULT.fullmatch(text)
    if parts is None:
        raise ValueError(f"{text!r} is no fault: write SCRIPT=EFFECT or SCRIPT=EFFECT*TIMES.")
    script = parts["script"].strip()
    if script != ANY_SCRIPT and script not in TRANSCRIPT:
        known = ", ".join((*TRANSCRIPT, ANY_SCRIPT))
        raise ValueError(f"{script!r} is no script of the dialer: use one of {known}.")
    times = int(parts["times"] or 1)
    if not 1 <= times <= _MAX_TIMES:
        raise ValueError(f"{text!r} should happen from 1 to {_MAX_TIMES} times.")
    return Fault(script, _effect(parts["effect"].strip()), times)


def _effect(text: str) -> FaultEffect:
    word, _, value = text.partition(":")
    kind, after = word.removesuffix("_after"), word.endswith("_after")
    match kind:
        case "delay" if not after:
            return Delay(_seconds(value))
        case "status":
            return HttpStatus(_status(value), after)
        case "body":
            return Body(unquote(value), after)
        case "drop" if not value:
            return Drop(after)
        case _:
            raise ValueError(
                f"{text!r} is no effect: use delay:SECONDS, status:CODE, body:TEXT or drop, "
                "or status_after, body_after or drop_after.",
            )


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds <= _MAX_DELAY_SECONDS:
        raise ValueError(
            f"A delay is a number of seconds up to {_MAX_DELAY_SECONDS:g}, not {text!r}."
        )
    return seconds


def _status(text: str) -> int:
    code = int(text) if text.isascii() and text.isdecimal() else 0
    if not _MIN_STATUS <= code <= _MAX_STATUS:
        raise ValueError(f"A status is from {_MIN_STATUS} to {_MAX_STATUS}, not {text!r}.")
    return code
