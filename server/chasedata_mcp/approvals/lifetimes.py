"""The time that a question stays open."""

from datetime import timedelta
from typing import Final

LIFE: Final = timedelta(minutes=5)
LIFE_OUT_OF_BAND: Final = timedelta(minutes=15)
"""Somebody has to be given the code and to go to a terminal first."""
