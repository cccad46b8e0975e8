"""The policy's rules, each a pure function of a call and of facts, with its law beside it.

Compliance (TCPA): `do_not_call` and `contact_times`. Safety: `access`, `protections`, `usage_caps`,
`text_messages` and `prompt_injection`. They read no store and no clock.
"""
