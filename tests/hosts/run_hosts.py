"""`make hosts`: real hosts and frameworks against the sandbox, with a scripted model."""

import argparse
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import host_claude_code
import host_codex
import host_gemini_cli
import host_opencode
import screens
import table
from evidence import Observed, Ran, Skipped, Verdict, evaluated, keep, suppressed
from frameworks import FRAMEWORKS
from hosting import BUILD, Host, Launch, Place, Talk, install
from person import approve, command_in
from screens import MissingError
from scripted_model import ScriptedModel, serving
from story import GUARDED, SUPPRESSED, SUPPRESSED_WRITTEN

HOSTS = (
    *host_claude_code.HOSTS,
    *host_codex.HOSTS,
    *host_gemini_cli.HOSTS,
    *host_opencode.HOSTS,
    *FRAMEWORKS,
)
EVIDENCE = BUILD / "evidence"
AT_ONCE = 3
"""Most of a run is a call that waits for a person."""
_PATIENCE = 300


def main() -> int:
    """Run the hosts, print and keep what was seen, and give 1 where one broke a promise."""
    chosen = _arguments()
    hosts = [host for host in HOSTS if not chosen.only or host.key in chosen.only]
    EVIDENCE.mkdir(parents=True, exist_ok=True)
    versions = {host.key: _installed(host) for host in hosts}
    with ThreadPoolExecutor(AT_ONCE) as at_once:
        verdicts = list(at_once.map(lambda host: _run(host, versions[host.key]), hosts))
    for verdict in verdicts:
        keep(EVIDENCE, verdict)
    _say("\n".join(table.summary(verdicts)))
    if chosen.docs:
        table.write(chosen.docs, verdicts)
    return 1 if any(isinstance(one, Ran) and one.broken for one in verdicts) else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--docs", type=Path, help="write the tables into this document")
    keys = [host.key for host in HOSTS]
    parser.add_argument("only", nargs="*", metavar="HOST", help=f"of {', '.join(keys)}")
    chosen = parser.parse_args()
    if unknown := set(chosen.only) - set(keys):
        parser.error(f"no such host: {', '.join(sorted(unknown))}")
    if chosen.docs and chosen.only:
        parser.error("the document is written of all hosts")
    return chosen


def _installed(host: Host) -> str | MissingError:
    try:
        if host.talk is not None:
            screens.check()
        version = install(host)
    except MissingError as missing:
        _say(f"{host.name}: not here: {missing}")
        return missing
    _say(f"{host.name} {version}")
    return version


def _run(host: Host, version: str | MissingError) -> Verdict:
    if isinstance(version, MissingError):
        return Skipped(host.key, host.name, str(version))
    # Not below this repository: hosts tell the model of the one that they are started in.
    with tempfile.TemporaryDirectory(prefix="hosts-", ignore_cleanup_errors=True) as home:
        return _run_in(Path(home), host, version)


def _run_in(home: Path, host: Host, version: str) -> Ran:
    (home / "work").mkdir()
    observed = Observed()
    model = ScriptedModel(lambda title, text: _observe(place, observed, title, text))
    with serving(model) as url:
        place = Place(host.installed, home, url)
        launch = host.launch(place)
        if host.talk is None:
            _alone(launch, place, observed)
        else:
            _at_a_screen(host.talk, launch, place, model, observed)
    verdict = evaluated(host, version, place, model, observed)
    for log in (place.tapped, place.output):
        if log.exists():
            shutil.copy(log, EVIDENCE / f"{host.key}-{log.name}")
    _say(f"{host.name}: {table.word(verdict)}")
    return verdict


def _observe(place: Place, observed: Observed, title: str, text: str) -> bool:
    """Note the state behind a result; answer a guarded call that waits for a person beside it.

    The model goes on but where nobody can answer.
    """
    observed.dnc_after[title] = suppressed(place.sandbox)
    if title != GUARDED.title:
        return True
    command = command_in(text)
    if command is not None and SUPPRESSED in observed.dnc_after[title]:
        observed.answer = approve(command, SUPPRESSED_WRITTEN, place.shell, place.settings)
    return observed.at_a_screen or command is not None


def _alone(launch: Launch, place: Place, observed: Observed) -> None:
    """Run a host that nobody sits before, to its end."""
    environment = place.environment(launch.environment)
    with place.output.open("w", encoding="utf-8") as output:
        try:
            ran = subprocess.run(  # noqa: S603 - the host that was installed
                launch.command,
                check=False,
                cwd=place.work,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                timeout=_PATIENCE,
            )
        except subprocess.TimeoutExpired:
            observed.fault = f"it didn't end within {_PATIENCE} seconds"
        else:
            observed.fault = f"it ended with {ran.returncode}" if ran.returncode else None


def _at_a_screen(
    talk: Talk, launch: Launch, place: Place, model: ScriptedModel, observed: Observed
) -> None:
    """Run a host on a screen, and answer what it asks there."""
    observed.at_a_screen = True
    environment = place.environment(launch.environment)
    with screens.on_a_screen(launch.command, environment, place.work) as screen:
        try:
            talk(screen, model.results, place)
            screens.wait_until(lambda: model.ended)
        except screens.NotSeenError as missing:
            observed.fault = str(missing)
        observed.screens = screen.kept


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
