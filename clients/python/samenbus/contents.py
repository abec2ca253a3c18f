"""What an event says: one dataclass per content, its fields as samenbus.proto names them (PROTOCOL §15).

Texts are texts also where they are dates, references or UUIDs: the forms are those of PROTOCOL
§4.3, and what the daemon accepted is not turned into something else. Absent is "", 0 or empty.
"""
from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import ClassVar, Mapping, Sequence, Union


class Named(enum.IntEnum):
    """An enum of the protocol; `str()` gives the name that JSON has (PROTOCOL §16.1)."""

    def __str__(self) -> str:
        return self.name.lower()


class DecidingBody(Named):
    COUNCIL, COLLEGE, MAYOR, BOARD, PORTFOLIO_HOLDERS, OTHER = range(1, 7)


class Disclosure(Named):
    PUBLIC, CLOSED, SECRET, EMBARGOED = range(1, 5)


class AgendaKind(Named):
    MEETING, ITEM, DEADLINE, FORWARD_AGENDA = range(1, 5)


class AgendaStatus(Named):
    PLANNED, CONFIRMED, POSTPONED, CANCELLED, HELD = range(1, 6)


class DecisionRule(Named):
    CONSULTATION, CONSENT_ALL, MAJORITY, TWO_THIRDS, WEIGHTED = range(1, 6)


class TieRule(Named):
    REJECTED, POSTPONED, REVOTE_THEN_CHAIR = range(1, 4)


class PositionValue(Named):
    (IN_FAVOUR, IN_FAVOUR_WITH_CONDITIONS, AGAINST, CONSENT_WITHHELD, VIEW_SUBMITTED, NO_VIEW,
     ABSTAINED, DEFERRED, NOT_TAKEN, INFORMATION_ONLY) = range(1, 11)


class PositionKind(Named):
    VIEW, CONSENT, VOTE, WISHES = range(1, 5)


class Outcome(Named):
    (OPEN, ADOPTED, ADOPTED_WITH_CONDITIONS, NOT_ADOPTED, LAPSED, WITHDRAWN, SUPERSEDED,
     UNCLEAR) = range(1, 9)


class Severity(Named):
    INFORMATION, ATTENTION, URGENT = range(1, 4)


Choice = Union[int, str, Named]  # a member, its name in lower case, or a number that is newer


class Content:
    """Whatever an event may say."""

    kind: ClassVar[str] = ""  # its name in Body, empty for what only stands inside a content


@dataclass(frozen=True)
class Attachment(Content):
    """A document that stays where it is."""

    title: str
    media_type: str = ""
    size: int = 0
    sha256: str = ""
    url: str = ""


@dataclass(frozen=True)
class AgendaItem(Content):
    """A meeting, an item of one, a deadline, an entry of a forward agenda (PROTOCOL §15.2)."""

    kind: ClassVar[str] = "agenda_item"
    item_id: str
    title: str
    agenda_kind: Choice = AgendaKind.MEETING  # the field `kind` of the protocol
    description: str = ""
    body: Choice = 0
    start: str = ""
    end: str = ""
    timezone: str = ""
    date: str = ""
    location: str = ""
    status: Choice = 0
    participants: Sequence[str] = ()
    attachments: Sequence[Attachment] = ()
    disclosure: Choice = 0
    embargo_until: str = ""
    secrecy_ground: str = ""
    imposed_by: str = ""
    liftable_by: str = ""
    number: str = ""
    parent: str = ""
    portfolio_holder: str = ""
    theme: str = ""
    co_editors: Sequence[str] = ()
    supersedes: Sequence[str] = ()


@dataclass(frozen=True)
class Proposal(Content):
    """What is to be decided, by whom and by which rule (PROTOCOL §15.4)."""

    kind: ClassVar[str] = "proposal"
    decision_id: str
    title: str
    participants: Sequence[str]
    rule: Choice
    text: str = ""
    dossier: str = ""
    weights: Mapping[str, int] = field(default_factory=dict)
    threshold: int = 0
    tie: Choice = 0
    chair: str = ""
    quorum: int = 0
    body: Choice = 0
    deadline: str = ""
    date: str = ""
    replaces: str = ""
    supersedes: Sequence[str] = ()
    attachments: Sequence[Attachment] = ()


@dataclass(frozen=True)
class Position(Content):
    """What one participant says of a proposal (PROTOCOL §15.5)."""

    kind: ClassVar[str] = "position"
    decision: str
    revision: str
    value: Choice
    date_taken: str
    position_kind: Choice = 0  # the field `kind` of the protocol
    body: Choice = 0
    conditions: str = ""
    reference: str = ""
    round: int = 0
    as_chair: bool = False
    on_behalf_of: str = ""


@dataclass(frozen=True)
class Withdrawal(Content):
    """The proposer takes its proposal back."""

    kind: ClassVar[str] = "withdrawal"
    decision_id: str
    reason: str = ""
    date: str = ""


@dataclass(frozen=True)
class Tip(Content):
    """A place in a history: the link `hash` at `seq` of an epoch."""

    origin: str
    counter: int
    tag: int
    seq: int
    hash: bytes
    past: bool = False


@dataclass(frozen=True)
class Closing(Content):
    """What the proposer states as the outcome, and what it counted."""

    kind: ClassVar[str] = "closing"
    decision_id: str
    outcome: Choice
    date: str = ""
    cut: Sequence[Tip] = ()


@dataclass(frozen=True)
class Notification(Content):
    """Something that others are to know (PROTOCOL §15.7)."""

    kind: ClassVar[str] = "notification"
    notification_id: str
    severity: Choice
    subject: str
    text: str = ""
    addressees: Sequence[str] = ()
    expires: str = ""
    requires_acknowledgement: bool = False


@dataclass(frozen=True)
class Acknowledgement(Content):
    """An organisation has taken note of a notification."""

    kind: ClassVar[str] = "acknowledgement"
    notification: str
    text: str = ""


@dataclass(frozen=True)
class Custom(Content):
    """What the protocol did not think of."""

    kind: ClassVar[str] = "custom"
    content_type: str
    data: bytes = b""


@dataclass(frozen=True)
class KeyCertificate(Content):
    """The old key says that the new one speaks for the same origin (PROTOCOL §9.2)."""

    kind: ClassVar[str] = "key_certificate"
    origin: str
    old_key: bytes
    new_key: bytes
    time_ms: int = 0
    old_signature: bytes = b""
    new_signature: bytes = b""


@dataclass(frozen=True)
class EpochStart(Content):
    """The first event of an epoch (PROTOCOL §5.2)."""

    kind: ClassVar[str] = "epoch_start"
    counter: int
    nonce: bytes
    sign_key: bytes
    first_commitment: bytes
    parents: Sequence[Tip] = ()
    certificate: Union[KeyCertificate, None] = None


@dataclass(frozen=True)
class Erasure(Content):
    """Body and salt of that event are to be dropped for good."""

    kind: ClassVar[str] = "erasure"
    event: str
    ground: str = ""


@dataclass(frozen=True)
class Receipt(Content):
    """No copy of what was erased is left in the sender's store."""

    kind: ClassVar[str] = "receipt"
    erasure: str
    event: str
    time_ms: int = 0
