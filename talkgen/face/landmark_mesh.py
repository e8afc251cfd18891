"""Names for the points of the 478-landmark face mesh (MediaPipe's topology): the one place where its index lists appear.

Every line runs from the subject's right (image left) to the left, except the oval, which runs around. Corners belong to both
lips or lids.
"""

N_MESH = 468
"""Landmarks on the skin; the ten after them are the irises."""
IRISES = {"right": (468, 469, 470, 471, 472), "left": (473, 474, 475, 476, 477)}
"""Centre, then the iris edge at image right, top, image left and bottom."""

UPPER_LIP_INNER = (78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308)
LOWER_LIP_INNER = (78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308)
UPPER_LIP_OUTER = (61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291)
LOWER_LIP_OUTER = (61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291)
LIPS = UPPER_LIP_OUTER + LOWER_LIP_OUTER[-2:0:-1]
"""The outline of the red of the lips, all around."""
UPPER_LIP_ROWS = (184, 74, 73, 72, 11, 302, 303, 304, 408, 183, 42, 41, 38, 12, 268, 271, 272, 407)
LOWER_LIP_ROWS = (77, 90, 180, 85, 16, 315, 404, 320, 307, 96, 89, 179, 86, 15, 316, 403, 319, 325)
"""Two rows on the red of each lip, between its outer and its inner line."""

UPPER_LIDS = {"right": (33, 246, 161, 160, 159, 158, 157, 173, 133), "left": (362, 398, 384, 385, 386, 387, 388, 466, 263)}
LOWER_LIDS = {"right": (33, 7, 163, 144, 145, 153, 154, 155, 133), "left": (362, 382, 381, 380, 374, 373, 390, 249, 263)}

BROWS = {"right": (70, 63, 105, 66, 107, 46, 53, 52, 65, 55), "left": (336, 296, 334, 293, 300, 285, 295, 282, 283, 276)}
"""Upper edge (five points), then lower edge (five)."""

OVAL = (
    10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152,
    148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
)  # fmt: skip
"""The outline of the face, from the top of the forehead clockwise as seen in the image."""

NOSTRILS = (98, 97, 2, 326, 327, 79, 309, 60, 290)
"""Points on and around the nostrils."""
SMILE_FOLDS = {
    "right": ((129, 203, 206, 216, 212), (130, 226, 35)),
    "left": ((358, 423, 426, 436, 432), (359, 446, 265)),
}
"""Lines along the folds of a smile: from the wing of the nose past the corner of the mouth; outwards from the corner of the eye."""

WRINKLES: dict[str, dict[str, tuple[tuple[tuple[int, ...], ...], ...]]] = {
    "smile": {"right": (((129,), (203,), (206,), (216,), (216, 212)),), "left": (((358,), (423,), (426,), (436,), (436, 432)),)},
    "squint": {
        "right": (((226, 130), (35,), (143,)), ((226, 113), (124,)), ((226, 31), (35, 111))),
        "left": (((446, 359), (265,), (372,)), ((446, 342), (353,)), ((446, 261), (265, 340))),
    },
    "frown": {"right": (((107, 9), (55, 8), (55, 193, 8)),), "left": (((336, 9), (285, 8), (285, 417, 8)),)},
    "sneer": {
        "right": (((6,), (122,), (188,)), ((197,), (196,), (174,))),
        "left": (((6,), (351,), (412,)), ((197,), (419,), (399,))),
    },
}
"""Lines along which skin folds besides, each of points that lie amid some of the mesh: from the wing of the nose past the corner of
the mouth; outwards from the corner of the eye; between the brows, downwards; from the bridge of the nose down its side."""
FOREHEAD = (
    ((63, 68), (105, 104), (66, 69), (107, 108), (9, 151), (336, 337), (296, 299), (334, 333), (293, 298)),
    ((68,), (104,), (69,), (108,), (151,), (337,), (299,), (333,), (298,)),
    ((104, 103), (104, 103), (69, 67), (108, 109), (151, 10), (337, 338), (299, 297), (333, 332), (333, 332)),
)
"""Lines across the forehead as such points, from the brows upwards."""
