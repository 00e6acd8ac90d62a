"""What this runtime does not have: nothing."""


def explain(e):
    """Add to an exception what its reader cannot know."""
