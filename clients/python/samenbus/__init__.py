"""samenbus for Python: publish to one's own municipality's daemon and subscribe to what it holds.

Start with Client (or AsyncClient for asyncio), Draft and the dataclasses of samenbus.contents.
Everything that is delivered has been verified. Written from proto/PROTOCOL.md alone.
"""
from .aio import AsyncClient
from .client import Client, Subscription
from .config import Config, read_config
from .contents import (Acknowledgement, AgendaItem, Attachment, Closing, Custom, Notification, Position,
                       Proposal, Withdrawal)
from .cursor import At, Cursor, CursorFile, Tip
from .errors import Error, Fault, Refusal, Trouble
from .event import Draft, Event, new_id
from .offline import verify, verify_proof
from .publisher import Outcome, Published, remote
from samenbus_verify.words import Epoch  # of a Tip

__all__ = [
    "Acknowledgement", "AgendaItem", "AsyncClient", "At", "Attachment", "Client", "Closing", "Config",
    "Cursor", "CursorFile", "Custom", "Draft", "Epoch", "Error", "Event", "Fault", "Notification", "Outcome",
    "Position", "Proposal", "Published", "Refusal", "Subscription", "Tip", "Trouble", "Withdrawal",
    "new_id", "read_config", "remote", "verify", "verify_proof",
]
