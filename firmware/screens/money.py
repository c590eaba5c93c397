"""Amounts as the policy shows them: 2500000 minor units of the rupiah as 25.000."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from voucher.policy import Policy


def keyed_unit_minor(policy: "Policy") -> int:
    """How many minor units one step of the last shown digit is: 100 when the rupiah is shown without decimals."""
    return 10 ** max(0, policy.exponent - policy.shown)


def digits(amount_minor: int, policy: "Policy") -> str:
    """The amount without its prefix; what is smaller than the last shown digit is cut off."""
    text = str(amount_minor // keyed_unit_minor(policy))
    decimals = ""
    if policy.shown:
        text = "0" * (policy.shown + 1 - len(text)) + text
        decimals = ("," if policy.separator == "." else ".") + text[-policy.shown :]
        text = text[: -policy.shown]
    groups = []
    while len(text) > 3:
        groups.insert(0, text[-3:])
        text = text[:-3]
    groups.insert(0, text)
    return policy.separator.join(groups) + decimals


def price(amount_minor: int, policy: "Policy", width: int = 16) -> str:
    """The amount with its prefix; without what does not fit into `width` characters, never without a digit."""
    text = digits(amount_minor, policy)
    if len(policy.prefix) + len(text) <= width:
        return policy.prefix + text
    if len(text) > width:
        text = text.replace(policy.separator, "") if policy.separator else text
    return text[:width]  # all that is ever cut are decimals of a total of a million billions
