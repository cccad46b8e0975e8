"""What the ledger holds beside its entries: consents, grants, the memory, and who is frozen."""

from datetime import datetime, timedelta

from chasedata_mcp.ledger.database import Access
from chasedata_mcp.ledger.facts import Frozen, Grant, Suppressed
from chasedata_mcp.ledger.models import ConsentAnswer, ConsentRow, ConsentState, Unspent


class Consents:
    """Consents on disk, each step atomic across threads, processes and restarts."""

    def __init__(self, access: Access) -> None:
        self._access = access

    async def ask(self, row: ConsentRow) -> None:
        """Keep a new question.

        Raises:
            EntryExistsError: There is one of this id, or an open one of this code.
        """
        await self._access.write(lambda store: store.ask(row))

    async def find_or_ask(self, row: ConsentRow) -> ConsentRow:
        """Keep a new question, unless one of a code waits for this call by this caller; give it.

        Of those that ask at the same time, in whatever process, one does, and the others find it.

        Raises:
            EntryExistsError: As `ask`.
        """
        return await self._access.write(lambda store: store.find_or_ask(row))

    async def find(self, consent_id: str) -> ConsentRow | None:
        """The consent of this id, whatever became of it."""
        return await self._access.read(lambda store: store.find(consent_id))

    async def by_code(self, code: str) -> ConsentRow | None:
        """The last consent of this code, whatever became of it."""
        return await self._access.read(lambda store: store.by_code(code))

    async def open(self, account: str, now: datetime) -> list[ConsentRow]:
        """The questions of an account that wait for an answer and are in time, newest first."""
        return await self._access.read(lambda store: store.open_questions(account, now))

    async def standing(self, digest: str, caller: str, now: datetime) -> ConsentRow | None:
        """The last consent for this call by this caller that is asked or granted, and in time."""
        return await self._access.read(lambda store: store.standing(digest, caller, now))

    async def grant(  # noqa: PLR0913 - what is told of a yes
        self,
        consent_id: str,
        now: datetime,
        *,
        how: str,
        by: str,
        sureness: str | None = None,
        holds: timedelta = timedelta(0),
    ) -> bool:
        """Record a yes; only a question that is open and in time takes one, and then it is true.

        It can be spent until the question ends, and for as long as it `holds` at least.
        """
        answer = ConsentAnswer(ConsentState.GRANTED, how, by, now, sureness, holds)
        return await self._access.write(lambda store: store.answer(consent_id, answer))

    async def decline(self, consent_id: str, now: datetime, *, how: str, by: str) -> bool:
        """Record anything but the right answer, as above; no yes before or after counts."""
        answer = ConsentAnswer(ConsentState.DECLINED, how, by, now)
        return await self._access.write(lambda store: store.answer(consent_id, answer))

    async def spend(
        self, consent_id: str, digest: str, caller: str, now: datetime
    ) -> Unspent | None:
        """Use a yes up for exactly this call; None where it was, to whoever came first."""
        return await self._access.write(lambda store: store.spend(consent_id, digest, caller, now))


class Grants:
    """A person's yes to several calls. `Ledger.intend` uses them up, one call at a time."""

    def __init__(self, access: Access) -> None:
        self._access = access

    async def give(self, grant: Grant, told: Grant | None = None) -> None:
        """Keep a new grant, unused and not revoked, and put it on record, as `told` where given.

        The grant itself is kept beside the chain until it ends.

        Raises:
            EntryExistsError: There is one of this id.
            ValueError: It is used or revoked already.
        """
        await self._access.write(lambda store: store.give(grant, told or grant))

    async def all(self, account: str, now: datetime) -> list[Grant]:
        """The grants of an account that have not ended, used up or not, the newest first."""
        return await self._access.read(lambda store: store.grants(account, now))

    async def revoke(self, grant_id: str, by: str, now: datetime) -> bool:
        """End a grant, and put that on record; false where it had ended or there is none."""
        return await self._access.write(lambda store: store.revoke(grant_id, by, now))


class Memory:
    """The numbers that the ledger saw put on the do-not-call list; this is never pruned."""

    def __init__(self, access: Access) -> None:
        self._access = access

    async def suppressed(self, account: str) -> list[Suppressed]:
        """The numbers that are held back in an account, in their order."""
        return await self._access.read(lambda store: store.suppressed(account))

    async def is_lost(self, account: str) -> bool:
        """Whether numbers that an account held back are gone, without the ledger's letting go."""
        return await self._access.read(lambda store: store.memory_lost(account))

    async def accept_loss(self, account: str, by: str, now: datetime) -> bool:
        """Have a person take what is left for all there is, on record; false where none is lost."""
        return await self._access.write(lambda store: store.accept_loss(account, by, now))


class Freezing:
    """Stops all writes in an account, for every process on the store, until a person goes on."""

    def __init__(self, access: Access) -> None:
        self._access = access

    async def freeze(self, account: str, why: str, by: str, now: datetime) -> bool:
        """Stop, and put it on record; false where the account was frozen already."""
        frozen = Frozen(now, why, by)
        return await self._access.write(lambda store: store.freeze(account, frozen))

    async def rearm(self, account: str, by: str, now: datetime) -> bool:
        """Go on, and put it on record; false where the account was not frozen."""
        return await self._access.write(lambda store: store.rearm(account, by, now))

    async def frozen(self, account: str) -> Frozen | None:
        """Since when an account is frozen, why and by whom; None where it isn't."""
        return await self._access.read(lambda store: store.frozen(account))
