"""Operate a ChaseData (DialedIn CCaaS) dialer from an assistant, safely."""

__version__ = "0.1.0"
