"""APDUs of the payer's card (docs/card-protocol.md)."""

AID = b"\xf0NYALA\x01"  # proprietary, unregistered category (ISO/IEC 7816-5)
PROTOCOL_VERSION = 1

INS_SELECT = 0xA4
CLA_NYALA = 0x80
INS_GET_CERTIFICATE = 0xCA
INS_AUTHORIZE = 0xA8

SELECT_RESPONSE_BYTES = 11  # version 1, fingerprint 8, certificate length 2
AUTHORIZE_DATA_BYTES = 46  # terminal 4, sequence 4, previous 32, amount 4, currency 2
AUTHORIZE_RESPONSE_BYTES = 72  # counter 4, spent 4, signature 64
CERTIFICATE_CHUNK_BYTES = 240

SW_OK = 0x9000
SW_OVER_ALLOWANCE = 0x6985
SW_OVER_CARD_LIMIT = 0x6986
SW_BLOCKED = 0x6983
SW_WRONG_DATA = 0x6A80
SW_NOT_FOUND = 0x6A82
SW_WRONG_P1P2 = 0x6B00
SW_UNKNOWN_INS = 0x6D00
