"""ECDSA P-256: known answers, and what it must refuse."""

from crypto import ecdsa

_PRIVATE = bytes.fromhex("C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721")
_PUBLIC = bytes.fromhex(
    "60FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB6"
    "7903FE1008B8BC99A41AE9E95628BC64F2F1B20C2D7E9F5177A3C294D4462299"
)


def test_signatures_equal_rfc_6979_a_2_5():
    assert ecdsa.public_key(_PRIVATE) == _PUBLIC
    s = ecdsa.sign(_PRIVATE, b"sample")
    assert s.hex() == (
        "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"
        "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8"
    )
    assert ecdsa.verify(_PUBLIC, b"sample", s)
    assert not ecdsa.verify(_PUBLIC, b"sampl2", s)
