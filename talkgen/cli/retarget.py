"""`talkgen retarget`: a map for a rig, to be edited."""

from pathlib import Path
from typing import Annotated

import typer

from talkgen.cli.progress import report
from talkgen.types import TalkgenError


def retarget(
    rig: Annotated[str, typer.Argument(help="A rig whose map ships (arkit, metahuman, ...), or your own head (.glb, .vrm).")],
    output: Annotated[Path, typer.Option("--output", "-o", help="map.yaml.")],
) -> None:
    """Write how talkgen's curves move a rig, as a map to edit and give to animate --retarget."""
    from talkgen.export._retarget import format_map, map_text
    from talkgen.export._targets import start_of_map
    from talkgen.lib.files import check_writable, replacing

    if output.suffix.lower() not in (".yaml", ".yml"):
        raise TalkgenError(f"{output} is not the name of a map; give one that ends in .yaml.")
    check_writable(output)
    text = format_map(start_of_map(Path(rig))) if rig.lower().endswith((".glb", ".vrm")) else map_text(rig)
    with replacing(output) as path:
        path.write_text(text, encoding="utf-8")
    report(f"{output}: edit it and give it to talkgen animate --retarget {output}")
