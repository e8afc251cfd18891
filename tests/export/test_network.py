"""Packets that are heard on the other side, by python-osc's server and by the rules of Unreal's receiver, and when."""

import socket
import struct
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from pythonosc.dispatcher import Dispatcher
from pythonosc.osc_server import BlockingOSCUDPServer
from scipy.spatial.transform import Rotation
from takes import NODS_DOWN, TILTS_RIGHT, TURNS_LEFT, moving_head, noisy_take

from talkgen.export._retarget import read_map
from talkgen.output import check_output, save
from talkgen.types import Performance, TalkgenError


def heard_by_osc(take: Performance, **options: str) -> list[tuple]:
    """Every message (address, then arguments) that an OSC server gets."""
    messages: list[tuple] = []
    done = threading.Event()

    def note(address: str, *arguments: object) -> None:
        messages.append((address, *arguments))
        if sum(found[0] == "/VMC/Ext/Blend/Apply" for found in messages) == len(take.motion):
            done.set()

    dispatcher = Dispatcher()
    dispatcher.set_default_handler(note)
    with BlockingOSCUDPServer(("127.0.0.1", 0), dispatcher) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        save(take, f"osc://127.0.0.1:{server.server_address[1]}", **options)
        done.wait(5)
        server.shutdown()
        thread.join()
    return messages


@pytest.mark.parametrize("names", ["vrm0", "vrm", "arkit"])
def test_vmc(names: str) -> None:
    take = noisy_take(6)
    messages = heard_by_osc(take, **({} if names == "vrm0" else {"retarget": names}))
    curves = read_map(names)
    assert {"vrm0": "Joy", "vrm": "happy", "arkit": "jawOpen"}[names] in curves.names
    told = [(name, value) for address, *rest in messages if address == "/VMC/Ext/Blend/Val" for name, value in [rest]]
    assert [name for name, _ in told] == list(curves.names) * 6
    np.testing.assert_allclose(np.reshape([value for _, value in told], (6, -1)), curves(take), atol=1e-6)
    times = [rest[0] for address, *rest in messages if address == "/VMC/Ext/T"]
    np.testing.assert_allclose(times, np.arange(6) / 30, atol=1e-6)
    assert messages[0] == ("/VMC/Ext/OK", 1)


@pytest.mark.parametrize(("axis", "sign"), [(NODS_DOWN, 1), (TURNS_LEFT, -1), (TILTS_RIGHT, -1)])
def test_the_head_bone_in_unitys_frame(axis: int, sign: int) -> None:
    bones = [rest for address, *rest in heard_by_osc(moving_head(axis, n=3)) if address == "/VMC/Ext/Bone/Pos"]
    name, *numbers = bones[-1]
    assert name == "Head" and numbers[:3] == [0, 0, 0]
    expected = np.zeros(3)
    expected[axis] = 0.2 * sign
    np.testing.assert_allclose(Rotation.from_quat(numbers[3:]).as_rotvec(), expected, atol=1e-5)


def decode(data: bytes) -> dict:
    """A packet as PyLiveLinkFace takes it apart."""
    version, length = struct.unpack_from(">Bi", data)
    device = data[5 : 5 + length].decode()
    (size,) = struct.unpack_from(">i", data, 5 + length)
    start = 9 + length
    name = data[start : start + size].decode()
    frame, _, numerator, denominator = struct.unpack_from(">ifii", data, start + size)
    values = struct.unpack_from(">B61f", data, start + size + 16)
    assert start + size + 16 + 1 + 4 * 61 == len(data) and values[0] == 61 and version == 6 and len(device) == 36
    return {"name": name, "frame": frame, "rate": numerator / denominator, "values": values[1:]}


@pytest.fixture
def receiver() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as channel:
        channel.bind(("127.0.0.1", 0))
        channel.settimeout(5)
        yield channel


def test_live_link_comes_in_real_time(receiver: socket.socket) -> None:
    take, arrived = noisy_take(10), []
    port = receiver.getsockname()[1]
    thread = threading.Thread(target=save, args=(take, f"livelink://127.0.0.1:{port}"))
    thread.start()
    for _ in range(10):
        arrived.append((decode(receiver.recv(2048)), time.monotonic()))
    thread.join()
    packets = [packet for packet, _ in arrived]
    assert [packet["frame"] for packet in packets] == list(range(10))
    assert {(packet["name"], packet["rate"]) for packet in packets} == {("talkgen", 30.0)}
    np.testing.assert_allclose([packet["values"][:52] for packet in packets], take.motion.blendshapes, atol=1e-6)
    assert 0.25 < arrived[-1][1] - arrived[0][1] < 3  # nine thirtieths of a second; a busy machine may be late


@pytest.mark.parametrize(("axis", "column", "sign"), [(NODS_DOWN, 53, 1), (TURNS_LEFT, 52, -1), (TILTS_RIGHT, 54, -1)])
def test_live_link_head(receiver: socket.socket, axis: int, column: int, sign: int) -> None:
    save(moving_head(axis, n=2), f"livelink://127.0.0.1:{receiver.getsockname()[1]}")
    receiver.recv(2048)
    values = decode(receiver.recv(2048))["values"]
    assert values[column] == pytest.approx(0.2 * sign, abs=1e-5)


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("osc://nowhere", "not an address; write it as osc://127.0.0.1:39539"),
        ("livelink://127.0.0.1:99999", "not an address; write it as livelink://127.0.0.1:11111"),
        ("osc://:39539", "not an address"),
        ("tcp://127.0.0.1:1", "no suffix that talkgen knows"),
    ],
)
def test_addresses_that_are_none(address: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(TalkgenError, match=words):
        check_output(address, has_picture=False)


def test_a_host_that_is_not_known() -> None:
    with pytest.raises(TalkgenError, match=r"Nothing can be sent to no\.such\.host\.invalid:5"):
        save(noisy_take(2), "osc://no.such.host.invalid:5")
