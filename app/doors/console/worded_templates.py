"""Templates whose words are looked up as they are compiled: there is an environment for each language.

Looked up as they are shown, the words of a table's cells would be a fifth of what the page takes.
"""

from typing import Any

from babel.support import NullTranslations
from jinja2 import Environment, nodes
from jinja2.visitor import NodeTransformer

_LOOKING_UP = frozenset({"_", "gettext"})
_OF_DICTS = frozenset(dir(dict))


class WordedEnvironment(Environment):
    """Compiles templates with words in them, those that have no places to be filled in."""

    def __init__(self, words: NullTranslations, **options: Any) -> None:
        super().__init__(**options)
        self._words = words

    def getattr(self, obj: Any, attribute: str) -> Any:
        """What `obj.attribute` is in a template. Most are dicts, as the API answers them: Jinja first tries, for each,
        whether a dict has such an attribute.
        """
        if type(obj) is dict and attribute in obj and attribute not in _OF_DICTS:
            return obj[attribute]
        return super().getattr(obj, attribute)

    def _generate(self, source: nodes.Template, *others: Any, **named: Any) -> str:
        """Jinja's own hook: the program of a template."""
        return super()._generate(_Wording(self, self._words).visit(source), *others, **named)


class _Wording(NodeTransformer):
    """Puts a text in the place of each `_("text")`."""

    def __init__(self, environment: Environment, words: NullTranslations) -> None:
        self._environment = environment
        self._words = words

    def visit_Call(self, call: nodes.Call) -> nodes.Node:  # noqa: N802 # by this name Jinja finds it
        """The text, as the look-up would answer it."""
        inner = self.generic_visit(call)
        match call:
            case nodes.Call(node=nodes.Name(name=name), args=[nodes.Const(value=str() as text)], kwargs=[]) if (
                name in _LOOKING_UP and call.dyn_args is None and call.dyn_kwargs is None
            ):
                # "%%" is what has places, and so has what could have some
                shown = str(self._words.gettext(text)) % {}
                return nodes.MarkSafe(
                    nodes.Const(shown, lineno=call.lineno, environment=self._environment),
                    lineno=call.lineno,
                    environment=self._environment,
                )
            case _:
                return inner
