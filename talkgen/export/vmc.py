"""The VMC protocol over OSC, in real time, for VRM avatars (`osc://127.0.0.1:39539`).

Expressions have the names of VRM 0; `--retarget vrm` sends those of VRM 1.0, `--retarget arkit` the 52 of Perfect Sync. The bone
`Head` turns in Unity's left-handed frame, where +X is the avatar's right and +Z is forward: +x nods down, -y turns the face to the
subject's left, -z tilts the head towards the subject's right shoulder. Its position is sent as zero, as trackers of faces do.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np

from talkgen.export._network import play
from talkgen.export._retarget import read_map
from talkgen.export.base import ENGINE_FPS
from talkgen.members import missing_extra
from talkgen.types import Performance

suffixes = ("osc://",)
needs_picture = False
fps = ENGINE_FPS
options = ("retarget",)

UNITY = np.array([1, -1, -1, 1])
"""A quaternion, x y z w, from a right-handed frame whose +X is the subject's left."""


def check(fps: float | None, retarget: str = "vrm0") -> None:
    """See `export.base.Exporter`; python-osc has to be installed."""
    read_map(retarget)
    try:
        import pythonosc  # noqa: F401
    except ImportError as error:
        raise missing_extra("python-osc", "osc", "Sending to a VMC receiver") from error


def send(performance: Performance, host: str, port: int, retarget: str = "vrm0") -> None:
    """See `export.base.Exporter`."""
    play(_bundles(performance, retarget), performance.motion.fps, host, port)


def _bundles(performance: Performance, retarget: str) -> Iterator[bytes]:
    """A bundle for each frame: that there is a face, when, how the head is turned, every expression, and the word to apply them."""
    from pythonosc.osc_bundle_builder import IMMEDIATELY, OscBundleBuilder
    from scipy.spatial.transform import Rotation

    curves, motion = read_map(retarget), performance.motion
    turned = Rotation.from_rotvec(motion.head_rotation).as_quat() * UNITY
    for k, (quaternion, row) in enumerate(zip(turned, curves(performance), strict=True)):
        bundle = OscBundleBuilder(IMMEDIATELY)
        bundle.add_content(_message("/VMC/Ext/OK", 1))
        bundle.add_content(_message("/VMC/Ext/T", k / motion.fps))
        bundle.add_content(_message("/VMC/Ext/Bone/Pos", "Head", 0.0, 0.0, 0.0, *quaternion.tolist()))
        for name, value in zip(curves.names, row.tolist(), strict=True):
            bundle.add_content(_message("/VMC/Ext/Blend/Val", name, value))
        bundle.add_content(_message("/VMC/Ext/Blend/Apply"))
        yield bytes(bundle.build().dgram)


def _message(address: str, *arguments: str | int | float) -> Any:
    from pythonosc.osc_message_builder import OscMessageBuilder

    builder = OscMessageBuilder(address)
    for argument in arguments:
        builder.add_arg(argument, "s" if isinstance(argument, str) else "i" if isinstance(argument, int) else "f")
    return builder.build()
