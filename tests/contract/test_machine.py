"""Updates, rejected requests, injected failures and a moving clock, in any order.

After each step, response and state of the sandbox equal those of the model. The invariants are also
checked independently of the model.
"""

import json
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from certifier_sandbox import FREE_TOKEN, PREMIUM_TOKEN, SECOND_TOKEN
from contract import request_table
from contract.model import DESIGNS, Request
from contract.pair import Pair, control, in_process, over_socket
from contract.profile import CONTRACT
from figures import contract as counted
from support import DocumentedError, documented_errors

TOKENS = st.sampled_from([PREMIUM_TOKEN, PREMIUM_TOKEN, FREE_TOKEN, SECOND_TOKEN])
IDS = st.sampled_from(["a", "b", "c", "01hz2ej4yzdcfkq9fa78nhyj0x"])
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
FIELDS = st.fixed_dictionaries(
    {},
    optional={
        "name": TEXT,
        "designIds": st.lists(IDS, min_size=1, max_size=4),
        "learningEventUrl": st.sampled_from(["https://a.org", "https://b.org/?c", "urn:a:b"]),
    },
)
LEGACY = st.fixed_dictionaries(
    {}, optional={"name": TEXT, "certificateDesignId": IDS, "badgeDesignId": IDS}
)


class Templates(RuleBasedStateMachine):
    """The sandbox and its model."""

    def __init__(self) -> None:
        super().__init__()
        self._stack = ExitStack()
        self._pair = Pair(self._stack.enter_context(self.where()))
        self._now = datetime(2026, 3, 1, tzinfo=UTC)
        self._before: dict[str, Any] = {}

    where = staticmethod(in_process)

    @initialize()
    def start(self) -> None:
        """Begin with the templates of a new sandbox, and one more."""
        self._pair.reset(self._time())
        control(self._pair.service, "POST", "/templates", {"organization": "premium", "id": "new"})
        self._pair.model.templates = self._pair.templates()
        self._before = self._pair.templates()

    @rule(seconds=st.sampled_from([0.001, 1, 3600, -1, -86400]))
    def move_the_clock(self, seconds: float) -> None:
        """Move the clock forward or back."""
        self._now += timedelta(seconds=seconds)
        self._pair.set_clock(self._time())

    @rule(token=TOKENS, sent=st.one_of(FIELDS, LEGACY), data=st.data())
    def update(self, token: str, sent: dict[str, Any], data: st.DataObject) -> None:
        """Send a well-formed update, in either shape, to any template."""
        template_id = data.draw(st.sampled_from(sorted(self._before)))
        response = self._pair.ask(request_table.update(sent, token, template_id))
        after = self._pair.templates()
        if response.status == 200:
            self._check_update(self._before[template_id], after[template_id], sent)
            self._before[template_id] = after[template_id]
        assert after == self._before

    @rule(row=st.sampled_from([request for _, request in request_table.rows()]))
    def send_a_row(self, row: Request) -> None:
        """Send any row of the table; a rejected request changes nothing."""
        response = self._pair.ask(row)
        after = self._pair.templates()
        if response.status != 200:
            assert after == self._before
        self._before = after

    @rule(error=st.sampled_from(documented_errors()), sent=FIELDS)
    def fail(self, error: DocumentedError, sent: dict[str, Any]) -> None:
        """Inject a documented error; the request changes nothing."""
        expected = self._pair.model.error(error.code)
        injection = {"status": error.status, "json": dict(expected.body)}
        control(self._pair.service, "POST", "/injections", injection)
        got, _, body = self._pair.service.send(request_table.update(sent))
        assert (got, json.loads(body)) == (error.status, expected.body)

    @invariant()
    def has_the_state_of_the_model(self) -> None:
        """Compare the templates after each step."""
        counted.add("machine_steps")
        templates = self._pair.templates()
        assert templates == self._pair.model.templates
        for template_id, before in self._before.items():
            assert templates[template_id]["createdAt"] == before["createdAt"]
            assert templates[template_id]["updatedAt"] >= before["updatedAt"]

    def teardown(self) -> None:
        """Stop the sandbox."""
        self._stack.close()

    def _time(self) -> str:
        return self._now.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    @staticmethod
    def _check_update(before: dict[str, Any], after: dict[str, Any], sent: dict[str, Any]) -> None:
        """Fail unless the fields that were sent are set, and all others are unchanged."""
        assert {name: after[name] for name in sent} == sent
        moved = {*sent, "updatedAt", *(DESIGNS if set(DESIGNS) & sent.keys() else ())}
        assert {k: v for k, v in after.items() if k not in moved} == {
            k: v for k, v in before.items() if k not in moved
        }


class TemplatesOverSocket(Templates):
    """The same state machine over a socket."""

    where = staticmethod(over_socket)


TestInProcess = Templates.TestCase
TestInProcess.settings = settings(CONTRACT, max_examples=40, stateful_step_count=40)
# It is slow, and has the rules of the one in process.
TestOverSocket = pytest.mark.slow(TemplatesOverSocket.TestCase)
TestOverSocket.settings = settings(CONTRACT, max_examples=5, stateful_step_count=40)
