"""A demonstration coalition: invented parties, and three years of their history.

Everything is done by the commands that a real coalition uses, at the times of the story.
Nobody and nothing in it exists; names are put together from word lists.
"""
