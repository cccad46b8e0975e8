"""The counts of the DNC registry after a restore: no number that was lost with the gap is hidden.

A request not to be called that was recorded after the backup is missing in it. Where its number was
counted the registry counts as lost, and where nobody can tell, too, until a person accepts it.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from chasedata_mcp.ledger.dnc_counts import DncCounts
from chasedata_mcp.ledger.restores import Gap, GapSource


@dataclass(frozen=True, slots=True)
class KnownCounts:
    """The counts that are known at a restore.

    Attributes:
        backup: By account, those of the backup's store.
        present: By account, those of the store that is replaced.
        with_backup: Those of the file in the backup.
        beside: Those of the file beside the store that is replaced.
    """

    backup: Mapping[str, int]
    present: Mapping[str, int]
    with_backup: DncCounts
    beside: DncCounts | None


def merge_counts(known: KnownCounts, gap: Gap, accounts: Collection[str]) -> DncCounts:
    """Merge the counts, with every account as lost that has or may have lost numbers.

    Args:
        known: The counts.
        gap: The events that the backup lacks.
        accounts: Every account that is known.
    """
    beside = known.beside or DncCounts()
    sources = (known.with_backup.ever, beside.ever, known.present, known.backup)
    named = {account for one in sources for account in one}
    ever = {account: max(one.get(account, 0) for one in sources) for account in named}
    short = {account for account in named if known.backup.get(account, 0) < ever[account]}
    is_known = _shows_losses(known, gap)
    return DncCounts(
        ever={account: count for account, count in ever.items() if count},
        lost=frozenset(
            short | known.with_backup.lost | beside.lost | (set() if is_known else set(accounts))
        ),
        others_lost=known.with_backup.others_lost or beside.others_lost or not is_known,
        files=_merge_files(known.with_backup, beside),
    )


def _shows_losses(known: KnownCounts, gap: Gap) -> bool:
    """Tell whether the counts would show a number that is lost with the gap."""
    if gap.missing == 0 or gap.known_by is GapSource.STORE:
        return True
    # The file is beside the head: both are of the record that had the missing events.
    is_beside = known.beside is not None and not known.beside.others_lost
    return gap.known_by is GapSource.HEAD and is_beside


def _merge_files(backup: DncCounts, beside: DncCounts) -> dict[str, Mapping[str, int]]:
    """Merge the counts of suppression files: what a person accepted since the backup stays so."""
    accounts = {*backup.files, *beside.files}
    return {
        account: {**backup.files.get(account, {}), **beside.files.get(account, {})}
        for account in accounts
    }
