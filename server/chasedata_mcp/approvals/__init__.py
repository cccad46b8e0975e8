"""A person's consent: questions, approvals, grants, and how sure a yes is.

It knows no policy, no pipeline and no page.
"""
