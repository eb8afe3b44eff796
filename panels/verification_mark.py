"""Whether the broker stands behind what a panel shows."""

from PySide6.QtWidgets import QFrame, QHBoxLayout

from core.views import Verification
from panels import formats
from panels.parts import frame, text_label
from panels.tone import Tone, set_look, set_tone


def verification_text(verification: Verification) -> str:
    at = verification.confirmed_at
    if verification.is_verified:
        return "verified with broker" if at is None else f"verified with broker {formats.moment(at)}"
    if not verification.is_confirmable:
        return "goes by fills · not confirmable here"
    return "unverified, never confirmed" if at is None else f"unverified since {formats.moment(at)}"


class VerificationMark(QFrame):
    """A quiet green line while the broker agrees, a filled amber one as soon as that is in doubt.

    A grey outline where nobody can agree or disagree over this connection.
    """

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("verification")
        self._dot = frame("dot")
        self._text = text_label("verification_text", "small")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(8, 4, 8, 4)
        layout.setSpacing(6)
        layout.addWidget(self._dot)
        layout.addWidget(self._text)
        policy = self.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.setSizePolicy(policy)

    def render_verification(self, verification: Verification) -> None:
        self._text.setText(verification_text(verification))
        tone, state = _look(verification)
        set_tone(self._dot, tone)
        set_look(self, "state", state)


def _look(verification: Verification) -> tuple[Tone, str]:
    if verification.is_verified:
        return Tone.GAIN, "verified"
    return (Tone.WARNING, "unverified") if verification.is_doubtful else (Tone.PLAIN, "by_fills")
