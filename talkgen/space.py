"""The motion space and the face's regions: names, order and ownership, stated once.

The space is ARKit's 52 blendshapes in Apple's order, each 0 (neutral face) to 1, plus a head rotation and translation that
`types.MotionClip` carries beside them. Left and right are the subject's own. Every shape belongs to exactly one region.
"""

BLENDSHAPES: tuple[str, ...] = (
    "eyeBlinkLeft", "eyeLookDownLeft", "eyeLookInLeft", "eyeLookOutLeft", "eyeLookUpLeft", "eyeSquintLeft", "eyeWideLeft",
    "eyeBlinkRight", "eyeLookDownRight", "eyeLookInRight", "eyeLookOutRight", "eyeLookUpRight", "eyeSquintRight", "eyeWideRight",
    "jawForward", "jawLeft", "jawRight", "jawOpen",
    "mouthClose", "mouthFunnel", "mouthPucker", "mouthLeft", "mouthRight", "mouthSmileLeft", "mouthSmileRight",
    "mouthFrownLeft", "mouthFrownRight", "mouthDimpleLeft", "mouthDimpleRight", "mouthStretchLeft", "mouthStretchRight",
    "mouthRollLower", "mouthRollUpper", "mouthShrugLower", "mouthShrugUpper", "mouthPressLeft", "mouthPressRight",
    "mouthLowerDownLeft", "mouthLowerDownRight", "mouthUpperUpLeft", "mouthUpperUpRight",
    "browDownLeft", "browDownRight", "browInnerUp", "browOuterUpLeft", "browOuterUpRight",
    "cheekPuff", "cheekSquintLeft", "cheekSquintRight", "noseSneerLeft", "noseSneerRight", "tongueOut",
)  # fmt: skip
INDEX: dict[str, int] = {name: index for index, name in enumerate(BLENDSHAPES)}

EMOTIONS: tuple[str, ...] = ("happy", "sad", "angry", "fear", "disgust", "surprise", "contempt")
"""Columns of every emotion weight array. Neutral is the eighth emotion: all zeros, and therefore no column."""
NEUTRAL = "neutral"

REGIONS: tuple[str, ...] = ("brows", "eyes", "gaze", "nose", "cheeks", "mouth", "jaw", "head")
SIDED: frozenset[str] = frozenset({"brows", "eyes", "nose", "cheeks", "mouth"})
"""Regions with a left and a right that can differ. The two eyes look, and the jaw and head move, as one."""
REGION_GROUPS: dict[str, tuple[str, ...]] = {
    "upper": ("brows", "eyes", "gaze"),
    "lower": ("nose", "cheeks", "mouth", "jaw"),
    "all": REGIONS,
}
FIELDS: tuple[str, ...] = tuple(
    field for region in REGIONS for field in ((f"{region}.left", f"{region}.right") if region in SIDED else (region,))
)
"""The R axis of `types.EmotionTrack.weights`: every region, a sided one as its left and its right half."""

_PREFIXES = {
    "brow": "brows", "eyeLook": "gaze", "eye": "eyes", "nose": "nose", "cheek": "cheeks",
    "mouth": "mouth", "tongue": "mouth", "jaw": "jaw",
}  # fmt: skip
REGION_OF: dict[str, str] = {
    name: next(region for prefix, region in _PREFIXES.items() if name.startswith(prefix)) for name in BLENDSHAPES
}
"""Region of each blendshape."""


def side_of(name: str) -> str | None:
    """ "left" or "right" for a shape of one half of the face; None for a central one.

    `jawLeft`, `jawRight`, `mouthLeft` and `mouthRight` name a direction, not a half, and are central.
    """
    if REGION_OF[name] not in SIDED or name in ("mouthLeft", "mouthRight"):
        return None
    return "left" if name.endswith("Left") else "right" if name.endswith("Right") else None


def fields_of_shape(name: str) -> tuple[str, ...]:
    """The fields whose weights drive a blendshape; several are averaged (a central shape of a sided region)."""
    region, side = REGION_OF[name], side_of(name)
    if region not in SIDED:
        return (region,)
    return (f"{region}.{side}",) if side else (f"{region}.left", f"{region}.right")


def expand_region(name: str) -> tuple[str, ...]:
    """Fields that a region, a half (`brows.left`) or a group (`upper`) names.

    Raises `KeyError` when the name is none of these; `region_names` lists them.
    """
    base, _, side = name.partition(".")
    regions = REGION_GROUPS.get(base) or ((base,) if base in REGIONS else None)
    if regions is None or side not in ("", "left", "right"):
        raise KeyError(name)
    fields = tuple(f for f in FIELDS if f.partition(".")[0] in regions and (not side or f.endswith("." + side)))
    if not fields:
        raise KeyError(name)
    return fields


def region_names() -> tuple[str, ...]:
    """Every name that `expand_region` takes."""
    names = (*REGIONS, *REGION_GROUPS)
    sided = tuple(f"{n}.{s}" for n in names for s in ("left", "right") if n in REGION_GROUPS or n in SIDED)
    return names + sided
