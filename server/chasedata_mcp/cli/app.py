"""The commands of the command line; an error of any is one line and an exit code."""

import sys
from collections.abc import Callable, Sequence
from typing import Annotated, Any

import typer
from rich.markup import escape
from typing_extensions import override

from chasedata_mcp import __version__
from chasedata_mcp.batches.errors import BatchError
from chasedata_mcp.cli import (
    approvals,
    approve,
    backup,
    batch,
    call,
    demo,
    dnc,
    doctor,
    freeze,
    grants,
    history,
    keys,
    ledger,
    names,
    policy,
    policy_suggest,
    policy_test,
    probe,
    reconcile,
    restore,
    sandbox,
    schemas,
    second_factor,
    serve,
    setup,
    tools,
    undo,
    version,
    worker,
)
from chasedata_mcp.cli.command_errors import CommandError, UsageError, exit_of_error
from chasedata_mcp.cli.exit_codes import Exit
from chasedata_mcp.cli.help_text import Command, Group
from chasedata_mcp.cli.screen import NAME, complain, out, speak_utf8
from chasedata_mcp.errors import SettingsError
from chasedata_mcp.ledger import LedgerError
from chasedata_mcp.pipeline.errors import fault


class _Commands(Group):
    """The group of all commands, which turns every error into an exit code."""

    @override
    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except (CommandError, SettingsError, LedgerError, BatchError) as error:
            complain(str(error))
            raise typer.Exit(exit_of_error(error)) from None
        except KeyboardInterrupt:
            raise typer.Exit(Exit.INTERRUPTED) from None


EXAMPLES = (
    f"{NAME} demo                  see it work, without an account",
    f"{NAME} setup                 give the server to Claude, Codex, VS Code …, on the sandbox",
    f"{NAME} --sandbox             serve an assistant on the sandbox",
    f"{NAME} doctor                does your own dialer answer?",
    f"{NAME} call search_lead -h   look a lead up from here",
)


def _list(title: str, lines: Sequence[str]) -> str:
    """Make a heading with its lines, which typer doesn't join."""
    return "\n".join([f"[bold]{title}[/bold]", *(f"  {escape(line)}" for line in lines)])


app = typer.Typer(
    name=NAME,
    cls=_Commands,
    rich_markup_mode="rich",
    # Rich's traceback can show local variables: the token, and what was typed.
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="\n \n".join(
        [
            _list("Examples", EXAMPLES),
            _list("Exit codes", [f"{code.value:>3}  {code.meaning}" for code in Exit]),
        ]
    ),
)


def _show_version(is_asked: bool) -> None:  # noqa: FBT001 - typer's signature
    if is_asked:
        out().print(f"{NAME} {__version__}")
        raise typer.Exit


@app.callback()
def chasedata_mcp(
    *,
    sandbox: Annotated[
        bool,
        typer.Option("--sandbox", help="Alone: serve an assistant on the sandbox, over stdio."),
    ] = False,
    show_version: Annotated[  # noqa: ARG001 - its callback prints it
        bool,
        typer.Option(
            "--version",
            is_eager=True,
            callback=_show_version,
            help="Print the version.",
        ),
    ] = False,
) -> None:
    """Operate a ChaseData (DialedIn) dialer: from an assistant by MCP, or from here.

    Without a command it serves MCP over standard input and output.
    """
    if sandbox:
        raise UsageError(f"--sandbox stands behind a command, as in {NAME} doctor --sandbox")


def _add(to: typer.Typer, name: str, function: Callable[..., None], **named: Any) -> None:  # noqa: ANN401 - typer's own
    """Add a command; `named` are its examples, and its help where that isn't the function's."""
    examples: Sequence[str] = named.pop("examples", ())
    epilog = _list("Examples", examples) if examples else None
    to.command(name, cls=Command, epilog=epilog, **named)(function)


def _add_group(
    name: str,
    *,
    text: str,
    examples: Sequence[str],
    alone: Callable[..., None] | None = None,
) -> typer.Typer:
    """Add a group of commands; `alone` is what it does without a command behind it."""
    group = typer.Typer(
        cls=Group,
        help=text,
        epilog=_list("Examples", examples),
        no_args_is_help=alone is None,
        rich_markup_mode="rich",
    )
    app.add_typer(group, name=name)
    if alone is not None:
        group.callback(invoke_without_command=True, help=text, cls=Group)(alone)
    return group


# A tool's options are made of its schema, so typer hands on whatever stands behind its name.
_TAKES_A_TOOL = {"allow_interspersed_args": False, "ignore_unknown_options": True}

_add(app, "demo", demo.demo)
_add(app, "setup", setup.setup, help=setup.HELP, examples=setup.EXAMPLES)
_add(app, "serve", serve.serve, examples=serve.EXAMPLES)
_add(
    app,
    "call",
    call.call,
    help=call.HELP,
    examples=call.EXAMPLES,
    context_settings=_TAKES_A_TOOL,
)
_add(app, "approve", approve.approve, examples=approve.EXAMPLES)
_add(app, "approvals", approvals.approvals, examples=approvals.EXAMPLES)
_add(app, "undo", undo.undo, examples=undo.EXAMPLES)
_add(app, "reconcile", reconcile.reconcile, examples=reconcile.EXAMPLES)
_add(app, "tools", tools.tools)
_add(app, "doctor", doctor.doctor)
_add(app, "probe", probe.probe, help=probe.HELP, examples=probe.EXAMPLES)
_add(app, "history", history.history, help=history.HELP, examples=history.EXAMPLES)
_add(app, "freeze", freeze.freeze, examples=freeze.EXAMPLES)
_add(app, "schemas", schemas.schemas)
_add(app, "worker", worker.worker, examples=worker.EXAMPLES)
_add(app, "version", version.version)

_LEDGER = _add_group(
    "ledger",
    text="Verify, back up, restore, export or prune the record of every call.",
    examples=ledger.EXAMPLES,
)
_add(_LEDGER, "verify", ledger.verify)
_add(_LEDGER, "head", ledger.head)
_add(_LEDGER, "backup", backup.backup, examples=backup.BACKUP_EXAMPLES)
_add(_LEDGER, "restore", restore.restore, examples=restore.EXAMPLES)
_add(_LEDGER, "export", ledger.export)
_add(_LEDGER, "prune", ledger.prune)

_POLICY = _add_group(
    "policy",
    text="Show, check, test or fit the policy, or let calls go on after a stop.",
    examples=policy.EXAMPLES,
)
_add(_POLICY, "show", policy.show)
_add(_POLICY, "check", policy.check)
_add(_POLICY, "rearm", policy.rearm)
_add(_POLICY, "suggest", policy_suggest.suggest, examples=policy_suggest.EXAMPLES)
_add(
    _POLICY,
    "test",
    policy_test.evaluate,
    help=policy_test.HELP,
    examples=policy_test.EXAMPLES,
    context_settings=_TAKES_A_TOOL,
)

_BATCH = _add_group("batch", text=batch.HELP, examples=batch.EXAMPLES)
_add(_BATCH, "plan", batch.plan)
_add(_BATCH, "run", batch.run)
_add(_BATCH, "show", batch.show)
_add(_BATCH, "list", batch.list_batches)
_add(_BATCH, "stop", batch.stop)
_add(_BATCH, "results", batch.results)

_DNC = _add_group("dnc", text=dnc.HELP, examples=dnc.EXAMPLES)
_add(_DNC, "pending", dnc.pending)
_add(_DNC, "send", dnc.send)
_add(_DNC, "drop", dnc.drop)

_GRANTS = _add_group("grants", text=grants.HELP, examples=grants.EXAMPLES, alone=grants.grants)
_add(_GRANTS, "give", grants.give)
_add(_GRANTS, "revoke", grants.revoke)

_KEYS = _add_group("keys", text=keys.HELP, examples=keys.EXAMPLES, alone=keys.keys)
_add(_KEYS, "make", keys.make)
_add(_KEYS, "revoke", keys.revoke)

_NAMES = _add_group("names", text=names.HELP, examples=names.EXAMPLES)
_add(_NAMES, "list", names.list_names)
_add(_NAMES, "find", names.find)
_add(_NAMES, "import", names.import_names)
_add(_NAMES, "forget", names.forget)
_add(_NAMES, "check", names.check)

_SANDBOX = _add_group(
    "sandbox", text=sandbox.HELP, examples=sandbox.EXAMPLES, alone=sandbox.sandbox
)
_add(_SANDBOX, "reset", sandbox.reset)

_FACTOR = _add_group("second-factor", text=second_factor.HELP, examples=second_factor.EXAMPLES)
_add(_FACTOR, "enroll", second_factor.enroll)
_add(_FACTOR, "remove", second_factor.remove)


def run(words: Sequence[str], commands: typer.Typer = app) -> None:
    """Run one command and end the process with its exit code."""
    speak_utf8()
    # Python's own end for an error is 1, which means here that a check failed.
    try:
        commands(list(words), prog_name=NAME)
    except Exception as error:  # noqa: BLE001 - a fault of our own, which has an exit code too
        complain(f"{fault(error).message} Please report it.")
        sys.exit(Exit.FAULT)
