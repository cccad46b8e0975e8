"""The directory of names: what an account calls its campaigns, agents, dispositions and so on.

The API lists none of them. It knows the tools and the ledger's databases, and no pipeline.
"""
