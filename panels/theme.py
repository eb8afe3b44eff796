"""The look of the window, read from the token file: the one place where a name becomes a colour, a size or a font."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from string import Template

from font_hanken_grotesk import font_files_otf
from PySide6.QtGui import QColor, QFontDatabase

from core.values import Mode


@dataclass(frozen=True, slots=True)
class Theme:
    """The tokens by name, and the style sheet template they fill."""

    colors: Mapping[str, str]
    accents: Mapping[str, str]
    on_accents: Mapping[str, str]
    sizes: Mapping[str, int]
    fonts: Mapping[str, str]
    template: Template

    def color(self, name: str) -> QColor:
        return QColor(self.colors[name])

    def accent(self, mode: Mode) -> QColor:
        return QColor(self.accents[mode])

    def style_sheet(self, mode: Mode) -> str:
        """The whole window's style in the accent of `mode`; set it when the mode changes, never on a render."""
        modes = {f"accent_{name.lower()}": accent for name, accent in self.accents.items()}
        return self.template.substitute(
            self.colors,
            **self.sizes,
            **self.fonts,
            **modes,
            accent=self.accents[mode],
            on_accent=self.on_accents[mode],
        )


def load_theme() -> Theme:
    assets = resources.files("assets")
    tokens = tomllib.loads(assets.joinpath("tokens.toml").read_text(encoding="utf-8"))
    return Theme(
        colors=tokens["color"],
        accents=tokens["accent"],
        on_accents=tokens["on_accent"],
        sizes=tokens["size"],
        fonts=tokens["font"],
        template=Template(assets.joinpath("heatline.qss").read_text(encoding="utf-8")),
    )


def load_fonts(theme: Theme) -> None:
    """Gives Qt the text face, all of whose digits are equally wide; needs an application, and does its work once."""
    if theme.fonts["family"] in QFontDatabase.families():
        return
    for name, path in font_files_otf.items():
        if not name.endswith("Italic"):
            QFontDatabase.addApplicationFont(path)
