"""The dialer's spelling: the names of its scripts, the words round an answer, its sentences.

It imports the scripts alone. How an answer is read is the client's, how one is written the
sandbox's.
"""
