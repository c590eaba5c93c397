"""Small named values in the ESP32's non-volatile storage (`esp32.NVS`).

ESP-IDF writes a new value beside the old one and drops the old one last, so a power cut leaves one of both whole
(ESP-IDF Programming Guide, Non-Volatile Storage Library, "Structure of a page").
"""

from micropython import const

TYPE_CHECKING = False
if TYPE_CHECKING:
    from esp32 import NVS

VALUE_BYTES_MAX = 3072
NAME_CHARACTERS_MAX = 15  # NVS_KEY_NAME_MAX_SIZE less the final zero

_NOT_FOUND = const(-0x1102)  # ESP_ERR_NVS_NOT_FOUND


class NvsVault:
    """The vault (hardware.Vault) in one NVS namespace."""

    def __init__(self, nvs: "NVS") -> None:
        self._nvs = nvs

    def get(self, name: str) -> "bytes | None":
        """Return the value put last under `name`, None when there is none. Raises OSError when the storage fails."""
        buffer = bytearray(VALUE_BYTES_MAX)
        try:
            count = self._nvs.get_blob(name, buffer)
        except OSError as error:
            if error.errno == _NOT_FOUND:
                return None
            raise
        return bytes(memoryview(buffer)[:count])

    def put(self, name: str, value: bytes) -> None:
        """Keep `value` (at most 3,072 bytes) under `name` (at most 15 characters); durable on return.

        Raises OSError when the storage is full or fails; the value before is then still there.
        """
        assert 0 < len(name) <= NAME_CHARACTERS_MAX, name
        assert len(value) <= VALUE_BYTES_MAX, name
        self._nvs.set_blob(name, value)
        self._nvs.commit()
