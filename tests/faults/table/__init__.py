"""The table of faults: what a server does, and how the call must end. See test_fault_table.py.

Its rows are the faults that the client must handle, if a server can cause them. The
others have their own tests, which are marked with the row.
"""

from faults.table.arguments import INPUT
from faults.table.codings import CODINGS
from faults.table.decoded import DECODED
from faults.table.early import EARLY
from faults.table.echoes import CALLED, ECHOES, TOKENS
from faults.table.floods import FLOODS
from faults.table.framing import FRAMING
from faults.table.network import NETWORK
from faults.table.protocol import PROTOCOL
from faults.table.proxies import PROXIES
from faults.table.responses import RESPONSES, WAITS
from faults.table.reused import REUSED
from faults.table.several_addresses import ADDRESSES
from faults.table.unsent import UNSENT

FAULTS = [
    *NETWORK,
    *PROXIES,
    *PROTOCOL,
    *RESPONSES,
    *INPUT,
    *TOKENS,
    *WAITS,
    *DECODED,
    *ECHOES,
    *CALLED,
    *REUSED,
    *ADDRESSES,
    *UNSENT,
    *EARLY,
    *FRAMING,
    *FLOODS,
    *CODINGS,
]
