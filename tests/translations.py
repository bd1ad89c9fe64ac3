"""What there is to translate, and what is translated: read without the gettext tools."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from django.apps import apps
from django.template.base import Lexer, TokenType
from django.utils.text import smart_split, unescape_string_literal

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("knowledge", "supervision", "salon_receptionist")
ONE = ("_", "gettext", "gettext_lazy")
SEVERAL = ("ngettext", "ngettext_lazy")
CONSTANT = re.compile(r"_\((\"[^\"]+\")\)")
CHOICES = (  # whose words stand on pages of the desk
    "supervision.Call.channel", "supervision.Call.state", "supervision.Call.ended_because",
    "supervision.HelpRequest.status", "supervision.HelpRequest.closed_because", "supervision.Message.purpose",
    "supervision.Message.state", "supervision.Message.cancelled_because", "supervision.Promise.state",
    "knowledge.LearnedAnswer.origin", "knowledge.Phrasing.state",
)  # fmt: skip
Message = tuple[str, str | None]  # as it is looked up, and its plural


def wanted() -> dict[Message, list[str]]:
    """Every message that code or a template asks for, and the files that do."""
    found: dict[Message, list[str]] = {}
    for path in sorted((ROOT / "templates").rglob("*.html")):
        for message in _of_template(path.read_text(encoding="utf-8")):
            found.setdefault(message, []).append(str(path.relative_to(ROOT)))
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            for message in _of_code(path.read_text(encoding="utf-8")):
                found.setdefault(message, []).append(str(path.relative_to(ROOT)))
    for choices in CHOICES:
        model, _, name = choices.rpartition(".")
        for _, label in apps.get_model(model)._meta.get_field(name).flatchoices:
            found.setdefault((str(label), None), []).append(choices)
    return found


def _of_template(source: str) -> Iterator[Message]:
    tokens = iter(Lexer(source).tokenize())
    for token in tokens:
        if token.token_type in (TokenType.BLOCK, TokenType.VAR):
            for constant in CONSTANT.findall(token.contents):
                yield unescape_string_literal(constant).replace("%", "%%"), None
        if token.token_type != TokenType.BLOCK:
            continue
        name, *rest = smart_split(token.contents)
        if name == "translate":
            yield unescape_string_literal(rest[0]).replace("%", "%%"), None
        elif name == "blocktranslate":
            yield _block(tokens)


def _block(tokens: Iterator) -> Message:
    forms = [""]
    for token in tokens:
        if token.contents == "plural" and token.token_type == TokenType.BLOCK:
            forms.append("")
        elif token.token_type == TokenType.BLOCK:
            break
        else:
            is_name = token.token_type == TokenType.VAR
            forms[-1] += f"%({token.contents})s" if is_name else token.contents.replace("%", "%%")
    return forms[0], forms[1] if len(forms) > 1 else None


def _of_code(source: str) -> Iterator[Message]:
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            continue
        texts = [one.value for one in node.args if isinstance(one, ast.Constant) and isinstance(one.value, str)]
        if node.func.id in ONE and texts:
            yield texts[0], None
        elif node.func.id in SEVERAL:
            yield texts[0], texts[1]


def catalog(path: Path) -> dict[Message, list[str]]:
    """The messages of a .po with their translations, one for each form."""
    found: dict[Message, list[str]] = {}
    for entry in path.read_text(encoding="utf-8").split("\n\n"):
        parts, name = dict[str, str](), ""
        for line in entry.splitlines():
            if line.startswith("#"):
                continue
            keyword, quoted = re.fullmatch(r"(\S+ )?(\".*\")", line).groups()
            name = keyword.strip() if keyword else name
            parts[name] = parts.get(name, "") + ast.literal_eval(quoted)
        if parts.get("msgid"):
            forms = [text for name, text in parts.items() if name.startswith("msgstr")]
            found[parts["msgid"], parts.get("msgid_plural")] = forms
    return found
