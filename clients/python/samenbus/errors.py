"""Everything that can go wrong, one class per name, so that a program catches exactly what it means.

Three families below Error: Refusal (the daemon says no, by code: PROTOCOL §13), Fault (what came
does not verify: PROTOCOL §10.1), Trouble (configuration, network, versions).
"""
from __future__ import annotations

from typing import Optional

from samenbus_verify.faults import SENTENCES
from samenbus_verify.shown import shown


class Error(Exception):
    """Whatever this package raises on its own account. As text it is fit for a terminal."""

    def __str__(self) -> str:
        return shown(super().__str__())


# ---------------------------------------------------------------- the daemon says no


class Refusal(Error):
    """The daemon did not do it, save where `done` says otherwise (PROTOCOL §13)."""

    code = 0
    name = ""
    sentence = "The daemon refused for a reason that is newer than this client."
    retried = False  # publish tries again by itself until its time-out

    def __init__(self, text: str = "", code: Optional[int] = None) -> None:
        self.code = self.code if code is None else code
        self.name = self.name or f"code_{self.code}"
        self.text = text or self.sentence
        super().__init__(f"{self.name}: {self.text}")


class Malformed(Refusal):
    code, name, sentence = 1, "malformed", "The request could not be read."


class TooLarge(Refusal):
    code, name = 2, "too_large"
    sentence = "The request exceeds a limit on size or number."


class InvalidBody(Refusal):
    code, name = 3, "invalid_body"
    sentence = "The content lacks a required field or has a value that is not allowed."


class InvalidTopic(Refusal):
    code, name = 4, "invalid_topic"
    sentence = ("The topic is not 2 to 8 segments of a-z, 0-9 and '-' joined by '/', "
                "or does not fit the content.")


class NotAllowed(Refusal):
    code, name, sentence = 5, "not_allowed", "This key has no right to do that."


class IdConflict(Refusal):
    code, name = 6, "id_conflict"
    sentence = "An event with this id and another content exists."


class Recovering(Refusal):
    code, name, retried = 7, "recovering", True
    sentence = "The daemon is fetching its own history back; nothing was published, try again."


class StoreFull(Refusal):
    code, name = 8, "store_full"
    sentence = "The store has no room; nothing was published."


class Quota(Refusal):
    code, name = 9, "quota"
    sentence = "The disk quota of this origin has been reached."


class Erased(Refusal):
    code, name = 10, "erased"
    sentence = "An event with this id was published before and has been erased."


class ShuttingDown(Refusal):
    code, name, retried = 11, "shutting_down", True
    sentence = "The daemon is stopping; nothing was published."


class UnknownDecision(Refusal):
    code, name, sentence = 12, "unknown_decision", "No such decision is known here."


class StaleRevision(Refusal):
    code, name = 13, "stale_revision"
    sentence = "The position is about a text that has been revised since."


class NotParticipant(Refusal):
    code, name = 14, "not_participant"
    sentence = "The organisation is not a participant in this decision."


class Closed(Refusal):
    code, name, sentence = 15, "closed", "The decision has been closed."


class RemoteImpossible(Refusal):
    code, name = 16, "remote_impossible"
    sentence = "Fewer partners may hold this event than were to confirm it."


class UnknownOutcome(Refusal):
    """Perhaps done, perhaps not: publish the same draft, with its id, again."""

    code, name, retried = 17, "unknown_outcome", True
    sentence = "It is not known whether this was done; ask again with the same id."


class UnknownConsumer(Refusal):
    code, name, sentence = 23, "unknown_consumer", "No consumer of this name is kept here."


class ConsumerConflict(Refusal):
    code, name = 24, "consumer_conflict"
    sentence = "A consumer of this name exists and is another client's, or has other filters."


class UnknownEvent(Refusal):
    code, name, sentence = 25, "unknown_event", "No such event is known here."


class NotErasable(Refusal):
    code, name = 29, "not_erasable"
    sentence = "Only its origin erases an event, and never one of the system's."


class Rate(Refusal):
    code, name, retried = 30, "rate", True
    sentence = ("This key has published as much as it may for now; nothing was published, "
                "try again later.")


class BegunAnew(Refusal):
    code, name = 31, "begun_anew"
    sentence = "The consumer was begun anew while it was read: what it gave before counts no more."


class NewerCode(Refusal):
    """A code above those that this version knows: surely not done."""


REFUSALS: dict[int, type[Refusal]] = {
    kind.code: kind for kind in Refusal.__subclasses__() if kind.code
}


def refusal(code: int, text: str = "") -> Refusal:
    """The exception of a code; what is newer keeps its number."""
    kind = REFUSALS.get(code)
    return kind(text) if kind else NewerCode(text, code)


# ---------------------------------------------------------------- what came does not verify


class Fault(Error):
    """What the daemon delivered does not verify; nothing of it was given on (PROTOCOL §10.1)."""

    name = ""
    sentence = ""

    def __init__(self, where: str = "", text: str = "") -> None:
        self.where = where
        sentence = text or self.sentence or SENTENCES[self.name]
        super().__init__(f"{self.name}: {where + ': ' if where else ''}{sentence}")


class BadFile(Fault):
    name = "bad_file"


class BadLink(Fault):
    name = "bad_link"


class BadPrev(Fault):
    name = "bad_prev"


class BadCommitment(Fault):
    name = "bad_commitment"


class BadBody(Fault):
    name = "bad_body"


class BadCheckpoint(Fault):
    name = "bad_checkpoint"


class NoCheckpoint(Fault):
    name = "no_checkpoint"


class BadEpoch(Fault):
    name = "bad_epoch"


class BadKey(Fault):
    name = "bad_key"


class WrongPartnership(Fault):
    """The daemon, or an event that it gave, belongs to another partnership."""

    name = "wrong_partnership"
    sentence = "it is of another partnership than the daemon's"


class WrongOrganisation(Fault):
    """The daemon says that it is another organisation's than client.yaml says."""

    name = "wrong_organisation"
    sentence = "the daemon is another organisation's"


class Gap(Fault):
    """The stream left out an event that belongs into it."""

    name = "gap"
    sentence = "an event is left out"


class WrongState(Fault):
    """The daemon withholds what it must give, or gives what it must not have."""

    name = "wrong_state"
    sentence = "it cannot be so for this organisation"


FAULTS: dict[str, type[Fault]] = {kind.name: kind for kind in Fault.__subclasses__()}


# ---------------------------------------------------------------- configuration, network, versions


class Trouble(Error):
    """Neither refused nor forged: it could not be done now, or not with this configuration."""


class ConfigError(Trouble):
    """client.yaml or a key file is not as it should be."""


class Unreachable(Trouble):
    """The daemon cannot be reached, or does not admit this key; nothing was done."""


class NoAnswer(Trouble):
    """The daemon is connected and does not answer."""


class MalformedFrame(Trouble):
    """The daemon sent a frame that breaks the rules of PROTOCOL §2."""


class ClientClosed(Trouble):
    """The client was closed; nothing can be asked of it any more."""


class NewerVersion(Trouble):
    """The daemon speaks a version of the protocol that this client does not know."""
