"""Findings on the words round an answer: done, refused, relayed, and each sentence."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from chasedata_mcp.dialer.probe.forms import (
    RelayedForm,
    extract_sentence,
    find_refused_form,
    find_relayed_form,
    is_plain_refusal,
    may_refuse,
)
from chasedata_mcp.dialer.probe.observations import WRITES, Observations, ProbeStep
from chasedata_mcp.dialer.probe.verdicts import NO_RECORDS, FactFinding, Verdict, untold
from chasedata_mcp.dialer.responses.frames import DoneFrame, DuplicateFrame, FrameReader
from chasedata_mcp.settings.scripts import Script
from chasedata_mcp.settings.wire.checks import check_done, check_sentences
from chasedata_mcp.settings.wire.profile import NUMBER, SENTENCE, VALUE, SentenceKind, WireProfile
from chasedata_mcp.settings.wire.sentences import strip_breaks

_FRONT: Final = (ProbeStep.NO_SUCH_ACTION, ProbeStep.NOTHING, ProbeStep.WRONG_TOKEN)
_RELAYED: Final = (
    ProbeStep.DUPLICATE,
    ProbeStep.NO_CAMPAIGN,
    ProbeStep.NO_LEAD,
    ProbeStep.LIST_AGAIN,
    ProbeStep.NO_GROUP,
)
_DIGITS = re.compile(r"[0-9]{4,}")
_SENTENCES: Final = (
    (SentenceKind.WRONG_TOKEN, ProbeStep.WRONG_TOKEN, None),
    (SentenceKind.UNKNOWN_ACTION, ProbeStep.NO_SUCH_ACTION, Script.LEADS),
    (SentenceKind.NO_CAMPAIGN, ProbeStep.NOTHING, Script.INSERT),
    (SentenceKind.NOTHING_TO_UPDATE, ProbeStep.NOTHING, Script.UPDATE),
    (SentenceKind.UNKNOWN_CAMPAIGN, ProbeStep.NO_CAMPAIGN, None),
    (SentenceKind.UNKNOWN_LEAD, ProbeStep.NO_LEAD, None),
    (SentenceKind.UNKNOWN_RING_GROUP, ProbeStep.NO_GROUP, None),
    (SentenceKind.LIST_EXISTS, ProbeStep.LIST_AGAIN, None),
    (SentenceKind.DUPLICATE, ProbeStep.DUPLICATE, None),
)


class AnswerFindings:
    """The words round answers, as far as they can be told from what was collected."""

    def __init__(self, seen: Observations, profile: WireProfile) -> None:
        self._seen = seen
        self._profile = profile
        self._reader = FrameReader(profile)
        self._front = [body for step in _FRONT for body in self._bodies(step)]
        replies = [body for step in _RELAYED for body in self._bodies(step)]
        self._relayed = [body for body in replies if not body.startswith("[")]
        self.refused = self._find_refused()
        self._of_dialer = self._find_relayed()

    def judge(self) -> Iterator[FactFinding]:
        """Judge each fact on the words round an answer."""
        yield self._judge_refused()
        yield self._judge_relayed()
        yield from self._judge_done()
        for kind, step, script in _SENTENCES:
            yield self._judge_sentence(kind, step, script)

    def _bodies(self, step: ProbeStep) -> list[str]:
        return [one.text for one in self._seen.of(step) if one.is_answer and one.text.strip()]

    def _fits(self, form: str, bodies: list[str]) -> bool:
        return bool(bodies) and all(extract_sentence(body, [form]) is not None for body in bodies)

    def _find_refused(self) -> str | None:
        """Find the form of the scripts' own refusals: the one that is known, if it fits."""
        known = self._profile.answers.refused
        if self._fits(known, self._front):
            return known
        found = find_refused_form([body.strip() for body in self._front])
        return found if found is not None and self._fits(found, self._front) else None

    def _find_relayed(self) -> RelayedForm | None:
        known = self._profile.answers.relayed
        fitting = [body for body in self._relayed if extract_sentence(body, [known]) is not None]
        for body in fitting:
            number = _read_number(body, known)
            return RelayedForm(known, number)
        return find_relayed_form(self._relayed, self.refused) if self.refused else None

    def _judge_refused(self) -> FactFinding:
        fact, count = "answers.refused", len(self._front)
        if not self._front:
            return untold(fact, "no script answered")
        if self.refused == self._profile.answers.refused:
            return FactFinding(fact, Verdict.HOLDS, f"{count} answers have that form")
        if self.refused is not None:
            seen = f"{count} answers have the form {self.refused}"
            return FactFinding(fact, Verdict.DIFFERS, seen, {"answers": {"refused": self.refused}})
        return self._judge_unframed(fact)

    def _judge_unframed(self, fact: str) -> FactFinding:
        """Judge answers in which no words are found round a sentence."""
        different = set(self._front)
        if len(different) < _ENOUGH:
            return FactFinding(
                fact, Verdict.DIFFERS, "the words round a sentence can't be told yet"
            )
        if self._profile.answers.bare_sentences:
            return FactFinding(fact, Verdict.HOLDS, "nothing stands round a sentence, as was known")
        seen = f"nothing stands round {len(different)} different sentences"
        return FactFinding(fact, Verdict.DIFFERS, seen, {"answers": {"bare_sentences": True}})

    def _judge_relayed(self) -> FactFinding:
        fact, found = "answers.relayed", self._of_dialer
        if found is None:
            return untold(fact, f"no answer was surely the dialer's own; {NO_RECORDS}")
        answers = self._profile.answers
        values: dict[str, Any] = {}
        if found.form != answers.relayed:
            values["relayed"] = found.form
        seen = f"the form {found.form}, the number {found.number}"
        if found.number is not None and found.number not in answers.refusing:
            if not may_refuse(found.number):
                return FactFinding(fact, Verdict.DIFFERS, f"{seen}, which may follow a write")
            values["refusing"] = [found.number]
        verdict = Verdict.DIFFERS if values else Verdict.HOLDS
        return FactFinding(fact, verdict, seen, {"answers": values} if values else {})

    def _judge_done(self) -> Iterator[FactFinding]:
        fact = "answers.done"
        bodies = [body for step in WRITES for body in self._bodies(step)]
        done = [body for body in bodies if isinstance(self._reader.read(body), DoneFrame)]
        if not bodies:
            yield untold(fact, NO_RECORDS)
        elif len(done) == len(bodies):
            yield FactFinding(fact, Verdict.HOLDS, f"{len(done)} writes were answered so")
        else:
            yield self._learn_done(bodies)

    def _learn_done(self, bodies: list[str]) -> FactFinding:
        """Take for done what several writes were answered with, of which a search shows one."""
        fact = "answers.done"
        refusals = {*self._front, *self._relayed}
        often = max(set(bodies), key=bodies.count)
        stored = self._seen.body(ProbeStep.STORED)
        sure = often not in refusals and bodies.count(often) > 1 and often == stored
        if not (sure and self._shows_test_lead()):
            return FactFinding(fact, Verdict.DIFFERS, "writes were answered otherwise")
        try:
            check_done([often])
        except ValueError as error:
            seen = f"writes that were done were answered {often!r}; in a profile that {error}"
            return FactFinding(fact, Verdict.DIFFERS, seen)
        seen = f"{bodies.count(often)} writes were answered {often}"
        return FactFinding(fact, Verdict.DIFFERS, seen, {"answers": {"done": [often]}})

    def _shows_test_lead(self) -> bool:
        body, client_id = self._seen.body(ProbeStep.READ) or "", self._seen.sent.client_id
        return bool(client_id) and client_id in body

    def _judge_sentence(
        self, kind: SentenceKind, step: ProbeStep, script: Script | None
    ) -> FactFinding:
        fact, body = f"sentences.{kind}", self._seen.body(step, script)
        needed = step in {ProbeStep.NO_GROUP, *_FRONT}
        if body is None:
            return untold(fact, "it was not answered" if needed else NO_RECORDS)
        frame = self._reader.read(body)
        known = self._profile.sentences[kind]
        if kind is SentenceKind.DUPLICATE and isinstance(frame, DuplicateFrame):
            return FactFinding(fact, Verdict.HOLDS, f"the dialer said: {frame.sentence}")
        sentence = self._extract(body)
        if sentence is None or isinstance(frame, DoneFrame):
            return untold(fact, "the answer is no refusal that can be read")
        if step is ProbeStep.NO_GROUP and not is_plain_refusal(sentence):
            # Who can take a call may stand there, in a form that isn't known.
            return untold(fact, "the answer may be no refusal")
        general = self._generalize(sentence)
        if general in known or self._generalize(sentence, letters=False) in known:
            return FactFinding(fact, Verdict.HOLDS, f"the dialer said: {general}")
        return _learn_sentence(kind, general, is_known=bool(known))

    def _extract(self, body: str) -> str | None:
        forms = [] if self._of_dialer is None else [self._of_dialer.form]
        forms += [] if self.refused is None else [self.refused]
        if forms:
            return extract_sentence(body, forms)
        # Without a frame the whole is the sentence, if it is one line and no page.
        text = body.strip()
        is_line = "\n" not in text and "<" not in text and text[:1] not in {"{", "["}
        return text if is_line and len(text) <= _LONGEST_SENTENCE else None

    def _generalize(self, sentence: str, *, letters: bool = True) -> str:
        """Put a mark in the place of what was sent, and of every longer number."""
        sent = self._seen.sent
        for value in (sent.client_id, sent.campaign, sent.number, sent.action, *sent.names):
            if value and (letters or value.isdigit()):
                sentence = sentence.replace(value, VALUE)
        return _DIGITS.sub(VALUE, sentence)


_LONGEST_SENTENCE: Final = 200
_ENOUGH: Final = 3
"""So many different answers, and what all have in common is no chance."""


def _learn_sentence(kind: SentenceKind, sentence: str, *, is_known: bool) -> FactFinding:
    fact = f"sentences.{kind}"
    verdict = Verdict.DIFFERS if is_known else Verdict.NEW
    try:
        check_sentences(kind)([sentence])
    except ValueError as error:
        return FactFinding(fact, verdict, f"the dialer said: {sentence}; in a profile that {error}")
    values: Mapping[str, Mapping[str, Any]] = {"sentences": {kind.value: [sentence]}}
    return FactFinding(fact, verdict, f"the dialer said: {sentence}", values)


def _read_number(body: str, form: str) -> int | None:
    """Read the number in a body of a form; None where the form has none."""
    before, found, after = form.partition(SENTENCE)[0].partition(NUMBER)
    if not found:
        return None
    pattern = rf"{re.escape(strip_breaks(before))}([0-9]{{1,4}}){re.escape(after.rstrip())}"
    read = re.match(pattern, strip_breaks(body))
    return None if read is None else int(read[1])
