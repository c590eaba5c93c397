"""Messages are bytes already."""


def toBytes(message):  # noqa: N802
    return message
