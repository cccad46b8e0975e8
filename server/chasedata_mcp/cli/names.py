"""`chasedata-mcp names`: the account's names, listed, found, imported, forgotten and checked."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Sequence
from contextlib import aclosing, asynccontextmanager, closing
from functools import partial
from pathlib import Path
from typing import Annotated, TypeVar

import anyio
import typer
from rich.text import Text

from chasedata_mcp import settings
from chasedata_mcp.app.composition import now
from chasedata_mcp.app.dialer import OpenedLate, line
from chasedata_mcp.app.name_directory import open_directory, open_name_store
from chasedata_mcp.app.names_file import open_names_file
from chasedata_mcp.cli.command_errors import CommandError, UsageError
from chasedata_mcp.cli.exit_codes import Exit
from chasedata_mcp.cli.ledger_access import find_environment
from chasedata_mcp.cli.options import Sandbox
from chasedata_mcp.cli.screen import NAME, make_table, out, print_json, print_line
from chasedata_mcp.fields.format import join_words
from chasedata_mcp.files.tables import TableError
from chasedata_mcp.settings import PREFIX
from chasedata_mcp.tools.names.directory import KnownName, NameDirectory
from chasedata_mcp.tools.names.errors import NameStoreError
from chasedata_mcp.tools.names.kinds import NameKind, show_name
from chasedata_mcp.tools.names.own_names import OwnNames
from chasedata_mcp.tools.names.report_files import ReportNames, read_report
from chasedata_mcp.tools.names.store import NameSource, NameStore

T = TypeVar("T")

HELP = (
    "List, find, import or forget the account's names, or check the names file.\n\n"
    "The dialer's API lists no campaigns, agents or dispositions. They come from a file of your "
    "own, from the reports that DialedIn mails, and from calls that the dialer took."
)
EXAMPLES = (
    f"{NAME} names list agents",
    f'{NAME} names find "sprng sale"',
    f"{NAME} names import AgentSummary.xls",
    f"{NAME} names forget jsmiht",
)

_AsJson = Annotated[bool, typer.Option("--json", help="Print each as a line of JSON.")]
_Kind = Annotated[NameKind | None, typer.Option("--kind", help="Of this kind alone.")]


def list_names(
    kind: Annotated[NameKind | None, typer.Argument(metavar="[KIND]", help="A kind.")] = None,
    *,
    as_json: _AsJson = False,
    sandbox: Sandbox = False,
) -> None:
    """List the names that are known, with their aliases and where they are from."""
    _show(_ask(lambda names: names.list_names(kind), sandbox=sandbox), as_json=as_json)


def find(
    text: Annotated[str, typer.Argument(metavar="TEXT", help="A part, an alias, or nearly it.")],
    *,
    kind: _Kind = None,
    as_json: _AsJson = False,
    sandbox: Sandbox = False,
) -> None:
    """Find names by a part of them, by an alias or by a misspelling."""
    found = _ask(lambda names: names.find(text, kind), sandbox=sandbox)
    _show(found, as_json=as_json)
    raise typer.Exit(Exit.DONE if found else Exit.FAILED)


def import_names(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", help="A report that DialedIn mailed, or another .xls, .xlsx or .csv."
        ),
    ],
    *,
    columns: Annotated[
        list[str] | None,
        typer.Option(
            "--column", metavar="COLUMN=KIND", help="What a column holds whose name isn't known."
        ),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show them and keep none.")] = False,
    sandbox: Sandbox = False,
) -> None:
    """Import names from a report: nothing else of it is kept, no phones and no people.

    Columns such as Rep, Campaign, Subcampaign, Skill and Call Status are known by their names.
    """
    given = dict(map(_read_column, columns or ()))
    try:
        found = read_report(file.absolute().parent, file.name, given)
    except TableError as error:
        raise UsageError(str(error)) from None
    if dry_run:
        _show_report(found, None)
        return
    names = {kind: list(of_it) for kind, of_it in found.names.items() if of_it}
    new = _change(lambda store: store.add(NameSource.IMPORTED, names, now()), sandbox=sandbox)
    _show_report(found, new)


def forget(
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="The name, exactly as it is listed.")
    ] = None,
    *,
    kind: _Kind = None,
    source: Annotated[
        NameSource | None,
        typer.Option("--source", help="Of this source alone: imported or learned."),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="All of them.")] = False,
    sandbox: Sandbox = False,
) -> None:
    """Forget names that were imported or learned; one that a call uses is learned again."""
    if everything == any([name, kind, source]):
        raise UsageError("say which: a NAME, --kind, --source, or --all")
    if source not in {None, NameSource.IMPORTED, NameSource.LEARNED}:
        raise UsageError("--source takes imported or learned; the names file is your own")
    count = _change(lambda store: store.forget(kind, name or "", source), sandbox=sandbox)
    out().print(f"{count:,} forgotten." if count else "No such name was imported or learned.")
    raise typer.Exit(Exit.DONE if count else Exit.FAILED)


def check(
    file: Annotated[
        Path | None,
        typer.Argument(metavar="[FILE]", help=f"Another than the one of {PREFIX}NAMES."),
    ] = None,
    *,
    sandbox: Sandbox = False,
) -> None:
    """Check the names file and say what it holds for this account."""
    found = settings.load_settings(sandbox=sandbox)
    chosen = found if file is None else found.model_copy(update={"names": file.absolute()})
    if chosen.names is None:
        raise UsageError(f"no names file is set: name one, or set {PREFIX}NAMES")
    own = open_names_file(chosen, line(found).account).names
    for text in _describe(own):
        print_line(out(), text)


@asynccontextmanager
async def _opened(*, sandbox: bool) -> AsyncGenerator[NameDirectory]:
    found = settings.load_settings(sandbox=sandbox)
    find_environment(found)  # it refuses where nothing is kept
    where = line(found)
    async with aclosing(OpenedLate(found, where)) as dialer:
        with closing(open_directory(found, where.account, dialer.names, now)) as names:
            yield names


def _ask(what: Callable[[NameDirectory], Awaitable[T]], *, sandbox: bool) -> T:
    async def ask() -> T:
        async with _opened(sandbox=sandbox) as names:
            return await what(names)

    return anyio.run(ask)


def _change(what: Callable[[NameStore], int], *, sandbox: bool) -> int:
    """Change the store of names.

    Raises:
        CommandError: It can't be written.
    """
    found = settings.load_settings(sandbox=sandbox)
    find_environment(found)  # as above
    store = open_name_store(found, line(found).account)
    assert store is not None  # noqa: S101 - only where nothing is kept
    with closing(store):
        try:
            return what(store)
        except NameStoreError as error:
            raise CommandError(str(error), Exit.FAILED) from None


def _read_column(written: str) -> tuple[str, NameKind]:
    column, _, kind = written.rpartition("=")
    if not column or kind not in {*NameKind}:
        raise UsageError(f"--column takes COLUMN=KIND, a kind being {join_words([*NameKind])}")
    return column, NameKind(kind)


def _show(found: Sequence[KnownName], *, as_json: bool) -> None:
    if as_json:
        for one in found:
            print_json(as_data(one))
        return
    if not found:
        out().print("No such name is known.")
        return
    table = make_table("kind", "name", "also", "from", unwrapped=1)
    for one in found:
        also = ", ".join(_list_also(one))
        table.add_row(
            one.kind.words,
            Text(show_name(one.kind, one.name)),
            Text(also),
            ", ".join(one.sources),
        )
    out().print(table)


def as_data(one: KnownName) -> dict[str, object]:
    """Make the JSON of a name."""
    return {
        "kind": one.kind.value,
        "name": one.name,
        "aliases": list(one.aliases),
        "label": one.label,
        "sources": [source.value for source in one.sources],
    }


def _list_also(one: KnownName) -> Iterable[str]:
    return (*one.aliases, *([one.label] if one.label else []))


def _show_report(found: ReportNames, new: int | None) -> None:
    screen = out()
    show = partial(print_line, screen)
    for column, kind in found.columns.items():
        show(f"{column} ({kind.words}): {len(found.names.get(kind, ())):,}")
    show(f"Rows: {found.rows:,}")
    if found.left_out:
        show(f"Left out as no names, too long, a sentence or with a phone: {found.left_out:,}")
    for note in found.notes:
        show(note)
    if new is None:
        for kind, names in found.names.items():
            for name in names:
                show(f"{kind.words}: {name}")
        show("Nothing was kept.")
    else:
        show(f"New: {new:,}. Nothing else of the file was kept.")


def _describe(own: OwnNames) -> Iterable[str]:
    yield "The names file is understood."
    for kind, names in own.names.items():
        aliases = len(own.aliases.get(kind, ()))
        whole = ", complete: any other is refused" if kind in own.complete else ""
        yield f"{kind.words}: {len(names):,}; aliases: {aliases:,}{whole}"
    if own.sender:
        yield f"default sender: {show_name(NameKind.OWN_NUMBERS, own.sender)}"
