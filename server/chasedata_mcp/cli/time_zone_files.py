"""The files of time zones in use, as `doctor` says it: whose they are, and of which release."""

from dataclasses import dataclass

from chasedata_mcp.fields.zone_files import PACKAGE, TESTED, ZoneDatabase, ZoneFiles, is_older

_UPDATE = (
    "Update them, with pip install --upgrade tzdata or with the operating system: where rules "
    "changed since, calling hours are an hour off."
)


@dataclass(frozen=True, slots=True)
class ZoneReport:
    """The state of the time zones: a sentence, and what to do where they may be wrong."""

    message: str
    advice: str = ""
    can_be_used: bool = True


def describe_zone_files(found: ZoneDatabase) -> ZoneReport:
    """Describe the files in use, and the others that are there."""
    if not found.trees:
        advice = "Install them: pip install tzdata."
        return ZoneReport("There are no files of time zones.", advice, can_be_used=False)
    used, *others = found.trees
    beside = "".join(f" {_name(one).capitalize()} has {_release(one)}." for one in others)
    message = f"Time zones are of {_release(used)}, from {_name(used)}.{beside}"
    if not is_older(used.version, TESTED):
        return ZoneReport(message)
    return ZoneReport(f"{message} This server was tested with {TESTED}.", _UPDATE)


def _name(files: ZoneFiles) -> str:
    return files.origin if files.origin == PACKAGE else f"{files.origin} ({files.root})"


def _release(files: ZoneFiles) -> str:
    return f"release {files.version}" if files.version else "a release that it doesn't say"
