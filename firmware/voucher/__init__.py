"""The signed documents of docs/voucher-format.md, one a file, over `cbor`, `cose` and `fields`."""


class DocumentError(ValueError):
    """A document or message is not what docs/voucher-format.md allows. All that `voucher` refuses is one of these."""
