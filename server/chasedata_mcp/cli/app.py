"""The commands. Wrong settings or usage, an unusable ledger and Ctrl-C end each in one line."""

import sys
from collections.abc import Callable, Sequence
from typing import Annotated, Any

import typer
from rich.markup import escape

from chasedata_mcp import __version__
from chasedata_mcp.cli import (
    approvals,
    approve,
    call,
    demo,
    doctor,
    freeze,
    grants,
    history,
    ledger,
    policy,
    policy_test,
    reconcile,
    sandbox,
    schemas,
    second_factor,
    serve,
    tools,
    undo,
)
from chasedata_mcp.cli.exit_codes import Exit
from chasedata_mcp.cli.help_text import Command, Group
from chasedata_mcp.cli.ledger_access import exit_of
from chasedata_mcp.cli.screen import NAME, complain, out, speak_utf8
from chasedata_mcp.cli.usage_errors import UsageError
from chasedata_mcp.errors import SettingsError
from chasedata_mcp.ledger import LedgerError
from chasedata_mcp.pipeline.errors import fault


class _Commands(Group):
    """Ends every command as `Exit` says."""

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401 - typer keeps its types to itself
        try:
            return super().invoke(ctx)
        except (SettingsError, UsageError) as error:
            complain(str(error))
            raise typer.Exit(Exit.USAGE) from None
        except LedgerError as error:
            complain(str(error))
            raise typer.Exit(exit_of(error)) from None
        except KeyboardInterrupt:
            raise typer.Exit(Exit.INTERRUPTED) from None


EXAMPLES = (
    f"{NAME} demo                  see it work, without an account",
    f"{NAME} --sandbox             serve an assistant on the sandbox",
    f"{NAME} doctor                does your own dialer answer?",
    f"{NAME} call search_lead -h   look a lead up from here",
)


def _listed(title: str, lines: Sequence[str]) -> str:
    """A heading and its lines, as typer leaves them."""
    return "\n".join([f"[bold]{title}[/bold]", *(f"  {escape(line)}" for line in lines)])


app = typer.Typer(
    name=NAME,
    cls=_Commands,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="\n \n".join(
        [
            _listed("Examples", EXAMPLES),
            _listed("Exit codes", [f"{code.value:>3}  {code.meaning}" for code in Exit]),
        ]
    ),
)


def _version(asked: bool) -> None:  # noqa: FBT001 - typer's signature
    if asked:
        out().print(f"{NAME} {__version__}")
        raise typer.Exit


@app.callback()
def chasedata_mcp(
    *,
    sandbox: Annotated[
        bool,
        typer.Option("--sandbox", help="Alone: serve an assistant on the sandbox, over stdio."),
    ] = False,
    version: Annotated[  # noqa: ARG001 - its callback prints it
        bool,
        typer.Option(
            "--version",
            is_eager=True,
            callback=_version,
            help="Print the version.",
        ),
    ] = False,
) -> None:
    """Operate a ChaseData (DialedIn) dialer: from an assistant by MCP, or from here.

    Without a command it serves MCP over standard input and output.
    """
    if sandbox:
        raise UsageError(f"--sandbox stands behind a command, as in {NAME} doctor --sandbox")


def _epilog(*commands: str) -> str:
    """Examples, each on a line of its own."""
    return _listed("Examples", commands)


def _add(to: typer.Typer, name: str, function: Callable[..., None], **told: Any) -> None:  # noqa: ANN401 - typer's own
    """Add a command; `told` is its help, where that isn't the function's own, and its examples."""
    examples: Sequence[str] = told.pop("examples", ())
    epilog = _epilog(*examples) if examples else None
    to.command(name, cls=Command, epilog=epilog, **told)(function)


def _group(name: str, *, told: str, examples: Sequence[str], alone: bool = False) -> typer.Typer:
    """A group of commands; one that does something `alone` needs no command behind it."""
    group = typer.Typer(
        cls=Group,
        help=told,
        epilog=_epilog(*examples),
        no_args_is_help=not alone,
        rich_markup_mode="rich",
    )
    app.add_typer(group, name=name)
    return group


# What belongs to a tool stands behind its name, in whatever order.
_TAKES_A_TOOL = {"allow_interspersed_args": False, "ignore_unknown_options": True}

_add(app, "demo", demo.demo)
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
_add(app, "history", history.history, help=history.HELP, examples=history.EXAMPLES)
_add(app, "freeze", freeze.freeze, examples=freeze.EXAMPLES)
_add(app, "schemas", schemas.schemas)

ledgers = _group(
    "ledger", told="Verify, export or prune the record of every call.", examples=ledger.EXAMPLES
)
_add(ledgers, "verify", ledger.verify)
_add(ledgers, "head", ledger.head)
_add(ledgers, "export", ledger.export)
_add(ledgers, "prune", ledger.prune)

policies = _group(
    "policy",
    told="Show, check or test the policy, or let writes go on after a freeze.",
    examples=policy.EXAMPLES,
)
_add(policies, "show", policy.show)
_add(policies, "check", policy.check)
_add(policies, "rearm", policy.rearm)
_add(
    policies,
    "test",
    policy_test.rehearse,
    help=policy_test.HELP,
    examples=policy_test.EXAMPLES,
    context_settings=_TAKES_A_TOOL,
)

allowed = _group("grants", told=grants.HELP, examples=grants.EXAMPLES, alone=True)
allowed.callback(invoke_without_command=True, help=grants.HELP, cls=Group)(grants.grants)
_add(allowed, "give", grants.give)
_add(allowed, "revoke", grants.revoke)

sandboxes = _group("sandbox", told=sandbox.HELP, examples=sandbox.EXAMPLES, alone=True)
sandboxes.callback(invoke_without_command=True, help=sandbox.HELP, cls=Group)(sandbox.sandbox)
_add(sandboxes, "reset", sandbox.reset)

factors = _group("second-factor", told=second_factor.HELP, examples=second_factor.EXAMPLES)
_add(factors, "enroll", second_factor.enroll)
_add(factors, "remove", second_factor.remove)


def run(words: Sequence[str], commands: typer.Typer = app) -> None:
    """Run one command and end the process with its exit code."""
    speak_utf8()
    try:
        commands(list(words), prog_name=NAME)
    except Exception as error:  # noqa: BLE001 - a fault of our own: told apart from every other end
        complain(f"{fault(error).message} Please report it.")
        sys.exit(Exit.FAULT)
