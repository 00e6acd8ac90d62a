"""Starts the agent. The host runs this file with the image's own Python."""

import sys

from _kernel import agent

del sys.path[0]  # where the agent is: the code has its own folder there
agent.main()
