"""What can be trained, by the name that a configuration gives as its `task`."""

from pathlib import Path

from talkgen.training.distil import DistilConfig, DistilTask
from talkgen.training.embedder import EmbedderTask, EmbedderTaskConfig
from talkgen.training.hearing import HearingConfig, HearingTask
from talkgen.training.loop import Task
from talkgen.training.motion import MotionTask, MotionTaskConfig
from talkgen.training.portrait import PortraitTask, PortraitTaskConfig

Settings = HearingConfig | EmbedderTaskConfig | MotionTaskConfig | DistilConfig | PortraitTaskConfig
CONFIGS: dict[str, type[Settings]] = {
    "hearing": HearingConfig, "emotion": EmbedderTaskConfig, "motion": MotionTaskConfig, "guidance": DistilConfig,
    "portrait": PortraitTaskConfig,
}  # fmt: skip


def task_for(config: Settings, data: Path) -> Task:
    """The task that a configuration describes, with its material from `data`."""
    if isinstance(config, HearingConfig):
        return HearingTask(config, data)
    if isinstance(config, EmbedderTaskConfig):
        return EmbedderTask(config, data)
    if isinstance(config, PortraitTaskConfig):
        return PortraitTask(config, data)
    return DistilTask(config, data) if isinstance(config, DistilConfig) else MotionTask(config, data)
