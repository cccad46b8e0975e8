"""The commands, and what happens around each: settings, usage and Ctrl-C end in one line."""

from collections.abc import Sequence
from typing import Annotated, Any

import typer
from rich.markup import escape
from typer.core import TyperGroup

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
from chasedata_mcp.cli.exits import Exit
from chasedata_mcp.cli.screen import NAME, complain, out, speak_utf8
from chasedata_mcp.cli.usage import UsageError
from chasedata_mcp.errors import SettingsError


class _Commands(TyperGroup):
    """Ends every command as `Exit` says."""

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401 - typer keeps its types to itself
        try:
            return super().invoke(ctx)
        except (SettingsError, UsageError) as error:
            complain(str(error))
            raise typer.Exit(Exit.USAGE) from None
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
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            is_eager=True,
            callback=_version,
            help="Print the version.",
        ),
    ] = False,
) -> None:
    """Operate a ChaseData (DialedIn) dialer: from an assistant by MCP, or from here."""


def _epilog(*commands: str) -> str:
    """Examples, each on a line of its own."""
    return _listed("Examples", commands)


app.command("demo")(demo.demo)
app.command("serve", epilog=_epilog(*serve.EXAMPLES))(serve.serve)
app.command(
    "call",
    help=call.HELP,
    epilog=_epilog(*call.EXAMPLES),
    context_settings={"allow_interspersed_args": False, "ignore_unknown_options": True},
)(call.call)
app.command("approve", epilog=_epilog(*approve.EXAMPLES))(approve.approve)
app.command("approvals", epilog=_epilog(*approvals.EXAMPLES))(approvals.approvals)
app.command("undo", epilog=_epilog(*undo.EXAMPLES))(undo.undo)
app.command("reconcile", epilog=_epilog(*reconcile.EXAMPLES))(reconcile.reconcile)
app.command("tools")(tools.tools)
app.command("doctor")(doctor.doctor)
app.command("history", help=history.HELP, epilog=_epilog(*history.EXAMPLES))(history.history)
app.command("freeze", epilog=_epilog(*freeze.EXAMPLES))(freeze.freeze)
app.command("sandbox", epilog=_epilog(*sandbox.EXAMPLES))(sandbox.sandbox)
app.command("schemas")(schemas.schemas)

ledgers = typer.Typer(
    help="Check, copy or prune the record of every call.",
    epilog=_epilog(*ledger.EXAMPLES),
    no_args_is_help=True,
    rich_markup_mode="rich",
)
for command in (ledger.verify, ledger.head, ledger.export, ledger.prune):
    ledgers.command()(command)
app.add_typer(ledgers, name="ledger")

policies = typer.Typer(
    help="Show or check the policy, or go on after a freeze.",
    epilog=_epilog(*policy.EXAMPLES),
    no_args_is_help=True,
    rich_markup_mode="rich",
)
policies.command()(policy.show)
policies.command()(policy.check)
policies.command()(policy.rearm)
policies.command(
    "test",
    help=policy_test.HELP,
    epilog=_epilog(*policy_test.EXAMPLES),
    context_settings={"allow_interspersed_args": False, "ignore_unknown_options": True},
)(policy_test.rehearse)
app.add_typer(policies, name="policy")

allowed = typer.Typer(help=grants.HELP, epilog=_epilog(*grants.EXAMPLES), rich_markup_mode="rich")
allowed.callback(invoke_without_command=True, help=grants.HELP)(grants.grants)
allowed.command()(grants.give)
allowed.command()(grants.revoke)
app.add_typer(allowed, name="grants")

factors = typer.Typer(
    help=second_factor.HELP,
    epilog=_epilog(*second_factor.EXAMPLES),
    no_args_is_help=True,
    rich_markup_mode="rich",
)
factors.command()(second_factor.enroll)
factors.command()(second_factor.remove)
app.add_typer(factors, name="second-factor")


def run(words: Sequence[str]) -> None:
    """Run one command and end the process with its exit code."""
    speak_utf8()
    app(list(words), prog_name=NAME)
