"""Live Link Face's packets over UDP, in real time, for Unreal's Live Link (`livelink://127.0.0.1:11111`).

The older ARKit packet, version 6: device, subject, frame and rate, then 61 values, big-endian. Signs are those of `_livelink`. The
subject is called talkgen. A packet has no place for a word on its origin.
"""

import struct
import uuid
from fractions import Fraction

from talkgen.export._livelink import values
from talkgen.export._network import play
from talkgen.export.base import ENGINE_FPS
from talkgen.types import Array, Performance

suffixes = ("livelink://",)
needs_picture = False
fps = ENGINE_FPS

SUBJECT = b"talkgen"
DEVICE = str(uuid.uuid5(uuid.NAMESPACE_URL, "talkgen")).encode()
VERSION = 6


def send(performance: Performance, host: str, port: int) -> None:
    """See `export.base.Exporter`."""
    rate = Fraction(performance.motion.fps).limit_denominator(1001)
    rows = enumerate(values(performance.motion))
    play((packet(row, frame, rate) for frame, row in rows), performance.motion.fps, host, port)


def packet(row: Array, frame: int, rate: Fraction) -> bytes:
    """One frame, `row (61,)`."""
    names = struct.pack(">Bi", VERSION, len(DEVICE)) + DEVICE + struct.pack(">i", len(SUBJECT)) + SUBJECT
    time = struct.pack(">ifii", frame, 0.0, rate.numerator, rate.denominator)
    return names + time + struct.pack(f">B{len(row)}f", len(row), *row)
