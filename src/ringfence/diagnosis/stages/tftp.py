"""PROVISION by TFTP: what the packets of its transfers show."""

from ringfence.diagnosis.exchange import Wording, exchange
from ringfence.diagnosis.history import HandsetHistory
from ringfence.diagnosis.options import JudgeOptions
from ringfence.diagnosis.timeline import StageTimeline
from ringfence.model.stage import Stage
from ringfence.wire.tftp import TftpOpcode

_PATIENCE = 5.0  # seconds; RFC 1350 names no time, assumed
_WORDING = Wording("TFTP read request", "first block", _PATIENCE)


def provision_by_tftp(history: HandsetHistory, options: JudgeOptions) -> StageTimeline | None:
    """The state that read requests and the first blocks show; None where nothing was asked by TFTP.

    That a file is not there is an answer too: the handset asks for the next one.
    """
    asked = [seen for seen in history.tftp if seen.packet.opcode is TftpOpcode.RRQ]
    blocks = [seen for seen in history.tftp if seen.packet.opcode is TftpOpcode.DATA]
    refused = [seen for seen in history.tftp if seen.packet.opcode is TftpOpcode.ERROR]
    # An error comes from the port that was asked and passes by state where no block does.
    return exchange(Stage.PROVISION, options, _WORDING, asked, blocks or refused)
