"""The signed documents of docs/voucher-format.md, on the host: read strictly, verified with `cryptography`.

One module a document, each with a frozen dataclass, `parse(data)`, `sign(...)` and `verify(data, public)`. A public key
is the 64 bytes x || y; a private key is a `cryptography` P-256 key. Everything that is refused raises a subclass of
`nyala.errors.DocumentError`. Written apart from the firmware's own code, so that each checks the other.
"""
