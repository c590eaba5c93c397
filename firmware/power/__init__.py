"""The battery: what its gauge says, and what that means."""


class GaugeError(Exception):
    """The gauge does not answer, or what it says cannot be true. The message says which."""
