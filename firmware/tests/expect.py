"""What the unit tests share."""


def raises(error: type, call: object, *args: object) -> Exception:
    """Call `call(*args)` and return the `error` it raises; fail when it raises none (another kind passes through)."""
    try:
        result = call(*args)
    except error as raised:
        return raised
    raise AssertionError("%s was not raised, got %r" % (error.__name__, result))
