"""The part of six.moves that python-ecdsa uses."""


def reduce(function, items):
    items = iter(items)
    total = next(items)
    for item in items:
        total = function(total, item)
    return total
