"""The table of faults: what a server does, and what the call must end in. See test_fault_table.py.

Its rows are those of the list of faults that the client promises to stand, as far as a server can
bring them about; the tests beside it that are marked with a row show the others.
"""

from faults.table.addresses import ADDRESSES
from faults.table.arguments import INPUT
from faults.table.codings import CODINGS
from faults.table.decoded import DECODED
from faults.table.early import EARLY
from faults.table.echoes import CALLED, ECHOES, TOKENS
from faults.table.floods import FLOODS
from faults.table.framing import FRAMING
from faults.table.kept import KEPT
from faults.table.network import NETWORK
from faults.table.protocol import PROTOCOL
from faults.table.proxies import PROXIES
from faults.table.responses import RESPONSES, WAITS
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
    *KEPT,
    *ADDRESSES,
    *UNSENT,
    *EARLY,
    *FRAMING,
    *FLOODS,
    *CODINGS,
]
