"""A person's approval: asked for, given for one call or several, and how sure a yes is.

It knows no policy, no pipeline and no page.
"""
