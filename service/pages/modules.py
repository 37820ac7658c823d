"""Joins the modules of a page into one script.

It relies on the form in which static/js is written: imports are named or whole (`* as`) and begin a line, exports are
declarations, no module imports itself by way of others, and no string goes over several lines or holds ` // `.
Comments and indents stay behind, because they are a fifth of what would be sent.
"""

import re
from collections.abc import Callable
from pathlib import Path

IMPORT = re.compile(r'^import (\{[^}]*\}|\* as \w+) from "(\.[^"]+)";', re.MULTILINE)
LEFT_OUT = re.compile(r"^ */\*\*[^*]*(?:\*(?!/)[^*]*)*\*/\n|^ *//[^\n]*\n| +// [^\n]*$|^ +", re.MULTILINE)
EXPORT = re.compile(r"^export (?=(?:const|class|function|async function\*?) (\w+))", re.MULTILINE)


def joined(entry: Path, read: Callable[[Path], str]) -> str:
    """A script in which every module has a scope of its own, and follows what it imports."""
    names: dict[Path, str] = {}
    scopes: list[str] = []

    def add(path: Path) -> str:
        """The name that the module's scope has in the script."""
        if path not in names:
            names[path] = f"$module{len(names)}"
            scopes.append(scope(path, read(path)))
        return names[path]

    def scope(path: Path, source: str) -> str:
        def imported(found: re.Match[str]) -> str:
            what, where = found.groups()
            what = what.removeprefix("* as ").replace(" as ", ": ")
            return f"const {what} = {add((path.parent / where).resolve())};"

        body = EXPORT.sub("", IMPORT.sub(imported, LEFT_OUT.sub("", source)))
        exported = ", ".join(EXPORT.findall(source))
        return f"// {path.name}\nconst {names[path]} = (() => {{\n{body}\nreturn {{ {exported} }};\n}})();\n"

    add(entry)
    return "\n".join(scopes)
