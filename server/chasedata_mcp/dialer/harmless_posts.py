"""The posts of a probe that no tool makes, beside the pipeline: nothing can come of them.

They are the only ones that are not a tool's call, so this is a closed list. None bears a name, an
id, a number or a field, so that an action which a server took one for would lack what it needs. The
skills' script alone has an action that needs nothing, its reload: it is asked with the wrong token
only.
"""

import uuid
from typing import Final

import anyio
import httpx

from chasedata_mcp.dialer.endpoint import Endpoint
from chasedata_mcp.dialer.http_post import PostAddress, post_form
from chasedata_mcp.dialer.responses.answers import HttpReply
from chasedata_mcp.settings.scripts import Script

NO_SUCH_ACTION: Final = "XqzNothing"
"""An action that isn't there: no part of it is in the name of any action or of a function."""

WITH_ACTIONS: Final = (
    Script.LEADS,
    Script.TEXTS,
    Script.CALLS,
    Script.DIAL_LISTS,
    Script.PLAYLISTS,
)
"""The scripts that are asked for that action: those of which every action needs a parameter."""


class HarmlessPosts:
    """Posts the requests of a probe that are no tool's calls.

    Args:
        target: The dialer and the account.
        transport: What carries the posts.
        seconds: The longest that one may take.
    """

    def __init__(
        self, target: Endpoint, transport: httpx.AsyncBaseTransport, seconds: float
    ) -> None:
        self._target = target
        self._transport = transport
        self._seconds = seconds
        self._has_sent_wrong_token = False

    async def ask_no_such_action(self, script: Script, name: str = "") -> HttpReply | None:
        """Ask a script for an action that isn't there; None where no reply came.

        Args:
            script: One of `WITH_ACTIONS`.
            name: What else the script may be called.

        Raises:
            ValueError: The script has an action that would need nothing more.
        """
        if script not in WITH_ACTIONS:
            raise ValueError(f"{script} is not asked for an action that isn't there.")
        return await self._post(
            name or self._target.name_script(script), {"Action": NO_SUCH_ACTION}
        )

    async def ask_for_nothing(self, script: Script) -> HttpReply | None:
        """Post no lead to the script that inserts, or to that which updates.

        Raises:
            ValueError: It is another script.
        """
        match script:
            case Script.INSERT:
                # Were it to store an empty lead, that one is not dialed, and has no phone.
                form = {"ImportOnly": "1"}
            case Script.UPDATE:
                form = dict[str, str]()
            case _:
                raise ValueError(f"{script} is not asked for nothing.")
        return await self._post(self._target.name_script(script), form)

    async def ask_with_wrong_token(self) -> HttpReply | None:
        """Ask the skills' script with a token that nobody has, once: several could lock an account.

        Raises:
            ValueError: It was sent already.
        """
        if self._has_sent_wrong_token:
            raise ValueError("A wrong token is sent once.")
        self._has_sent_wrong_token = True
        script = self._target.name_script(Script.SKILLS)
        token = str(uuid.uuid4()).upper()
        return await self._post(script, {"Action": NO_SUCH_ACTION}, token)

    async def _post(self, script: str, form: dict[str, str], token: str = "") -> HttpReply | None:
        signed = {"token": token or self._target.token, "accid": self._target.accid, **form}
        address = PostAddress.of(self._target.base_url + script)
        with anyio.move_on_after(self._seconds):
            try:
                return await post_form(self._transport, address, signed, self._seconds, _unobserved)
            except httpx.HTTPError:
                return None
        return None


async def _unobserved(_event: str, _info: object) -> None:
    """Take no event of the transport's."""
