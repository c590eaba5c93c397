"""Warnings go nowhere."""


def warn(*args, **kwargs):
    pass
