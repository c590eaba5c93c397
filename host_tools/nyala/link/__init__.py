"""The link to a terminal (docs/link-protocol.md).

`port` opens a line, `frames` and `connection` carry requests over it, `client` has a method a command.
"""
