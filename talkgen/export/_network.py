"""Playing to an address in real time."""

import socket
import time
from collections.abc import Iterable

from talkgen.types import TalkgenError


def play(packets: Iterable[bytes], fps: float, host: str, port: int) -> None:
    """Send each of `packets` as one UDP datagram when it is due, k / fps after the first.

    A packet that is late is sent at once, and those after it in their own time. Raises `TalkgenError` when the address is not known
    or the network refuses; nobody needs to listen.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0]
        with socket.socket(family, kind, protocol) as channel:
            start = time.monotonic()
            for k, packet in enumerate(packets):
                time.sleep(max(start + k / fps - time.monotonic(), 0))
                channel.sendto(packet, address)
    except OSError as error:
        raise TalkgenError(f"Nothing can be sent to {host}:{port}: {(error.strerror or str(error)).lower()}.") from None
