"""Write docs/transcripts.md anew."""

import anyio

from transcripts.transcript import DOCUMENT, write_all

DOCUMENT.write_text(anyio.run(write_all), "utf-8")
