"""A process that forks while another thread makes the first call, which imports modules."""

import sys

import pytest

from faults import fault_server as s
from faults.fault import CANARY
from faults.fault_server import MAX_WAIT, named, read, serving
from support import run

# The thread pauses within each import, and the main thread forks. If the import lock stays locked
# in the child, the child waits forever; the alarm ends it.
_PROGRAM = """
import os, signal, sys, threading, time
from certifier_client import Certifier

url, token, patience = sys.argv[1:]
paused, is_child = threading.Semaphore(0), False

class Pause:
    def find_spec(self, name, path=None, target=None):
        if not is_child:
            paused.release()
            time.sleep(0.05)

def call():
    return certifier.credential_templates.update("id1", name="a").name

certifier = Certifier(base_url=url, access_token=token)
sys.meta_path.insert(0, Pause())
thread = threading.Thread(target=call)
thread.start()
forks = 0
while thread.is_alive():
    if paused.acquire(timeout=0.01):
        if not (child := os.fork()):
            is_child = True
            signal.alarm(int(patience))
            os._exit(call() != "a")
        forks += 1
        if status := os.waitpid(child, 0)[1]:
            sys.exit(f"the child of fork {forks} ended with {status}")
print(forks)
"""


@pytest.mark.row(27)
def test_a_process_is_forked_during_the_imports_of_a_first_call() -> None:
    """The fork waits for the imports, and the child can make calls."""
    with serving([]) as server:
        server.calm((read, s.echo(named)))
        url = f"http://127.0.0.1:{server.port}"
        # Python 3.12 and later warn about every fork of a process that has threads.
        python = (sys.executable, "-W", "ignore::DeprecationWarning", "-c", _PROGRAM)
        ended = run(*python, url, CANARY, str(MAX_WAIT))
    assert not ended.stderr
    assert int(ended.stdout) > 0
