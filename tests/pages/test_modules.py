"""A page's modules as one script."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.pages import modules
from service.pages.packing import KNOWN
from service.settings import ROOT

STATIC = ROOT / "static"
MARKS = re.compile(
    r"/(?:\\.|\[(?:\\.|[^\]\\])*\]|[^/\\\n])+/[a-z]*|\"[^\"]*\"|^ *(?://|\*|/\*).*"
)  # where a ` begins nothing
PAGES = ["index", "library", "progress", "chat", "read"]


def joined(folder: Path, **sources: str) -> str:
    for name, source in sources.items():
        (folder / f"{name}.js").write_text(source)
    return modules.joined(folder / "page.js", Path.read_text)


def test_a_module_follows_what_it_imports_in_a_scope_of_its_own(tmp_path: Path) -> None:
    script = joined(
        tmp_path,
        page='import * as all from "./a.js";\nimport { one, two as too } from "./b.js";\n\nall.begin(one, too);\n',
        a='import {\n  one,\n} from "./b.js"; // why\n\nexport const begin = () => one;\n',
        b="/** Why. */\nconst own = 1;\n// And how.\nexport const one = own;\n"
        "export async function two() {}\nexport class Three {}\n",
    )
    assert script == (
        "// b.js\nconst $module2 = (() => {\n"
        "const own = 1;\nconst one = own;\nasync function two() {}\nclass Three {}\n\n"
        "return { one, two, Three };\n})();\n\n"
        "// a.js\nconst $module1 = (() => {\n"
        "const {\none,\n} = $module2;\n\nconst begin = () => one;\n\n"
        "return { begin };\n})();\n\n"
        "// page.js\nconst $module0 = (() => {\n"
        "const all = $module1;\nconst { one, two: too } = $module2;\n\nall.begin(one, too);\n\n"
        "return {  };\n})();\n"
    )


@pytest.mark.parametrize("page", PAGES)
def test_the_pages_are_written_in_the_form_that_can_be_joined(page: str) -> None:
    known = STATIC / KNOWN
    script = modules.joined(STATIC / "js" / f"{page}.js", lambda path: "" if path == known else path.read_text())
    assert len(script) > 10_000
    assert not re.search(r"^\s*(import|export)\b|\bimport\(|^export default", script, re.MULTILINE)
    for name, at in [(found[1], found.start()) for found in re.finditer(r"= (\$module\d+);", script)]:
        assert 0 <= script.find(f"const {name} = (() =>") < at, (
            "it is used before it is there: modules import each other"
        )


def test_what_can_be_exported_is_all_that_is_exported() -> None:
    for path in (STATIC / "js").rglob("*.js"):
        source = path.read_text()
        assert source.count("\nexport ") + source.startswith("export ") == len(modules.EXPORT.findall(source)), path
        assert len(re.findall(r"^import\b", source, re.MULTILINE)) == len(modules.IMPORT.findall(source)), path
        assert "$module" not in source
        assert "\nawait " not in source
        assert not re.search(r"[\"`][^\"`\n]* // [^\"`\n]*[\"`]", source), path
        assert [line for line in source.split("\n") if MARKS.sub("", line).count("`") % 2] == [], (
            "a string over several lines"
        )
        assert set(imports(path)) <= {*(STATIC / "js").rglob("*.js"), STATIC / KNOWN}, path


def imports(path: Path) -> Iterator[Path]:
    for _, where in modules.IMPORT.findall(path.read_text()):
        yield (path.parent / where).resolve()
