"""What each command takes and needs; one module a command beside this one, with `async def run(link, arguments)`.

The table of docs/link-protocol.md says the same. `link` is the link.service.Link; the results that `run` returns go
into the `done` response.
"""

# Who may: any of these bits is enough; none of them: anyone.
UNPROVISIONED = 1
TECHNICIAN = 1 << 4  # 1 << wire.entry.ROLE_TECHNICIAN
RECONCILER = 1 << 5  # 1 << wire.entry.ROLE_RECONCILER
# The command means nothing before the terminal has an identity.
PROVISIONED = 2

# By number: name, types of the arguments ("u" unsigned integer, "b" byte string), needs.
COMMANDS = (
    ("hello", "", 0),
    ("status", "", 0),
    ("challenge", "", PROVISIONED),
    ("put", "uuub", 0),
    ("login", "", PROVISIONED),
    ("logout", "", 0),
    ("read", "uu", RECONCILER | TECHNICIAN),
    ("receipt", "", RECONCILER),
    ("make_key", "ub", UNPROVISIONED | TECHNICIAN),
    ("install", "", UNPROVISIONED | TECHNICIAN),
    ("set_clock", "u", UNPROVISIONED | TECHNICIAN | RECONCILER),
    ("policy", "", PROVISIONED),
    ("identify", "", 0),
    ("head", "", RECONCILER | TECHNICIAN),
)
