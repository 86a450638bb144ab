"""Words are put into templates as those are compiled, and what is shown is what a look-up would show."""

from typing import Any

import pytest
from jinja2 import DictLoader, Environment, StrictUndefined, UndefinedError

from app.doors.console.translations import LANGUAGES, translations_of
from app.doors.console.worded_templates import WordedEnvironment

OPTIONS: dict[str, Any] = {"autoescape": True, "undefined": StrictUndefined, "extensions": ["jinja2.ext.i18n"]}

TEMPLATES = {
    "a word": "{{ _('Today') }}",
    "one that no catalog has": "{{ _('<b>38 %% & more</b>') }}",
    "as an attribute": "<td data-label=\"{{ _('Planned') }}\">",
    "given on": "{% macro p(text) %}<p>{{ text }}</p>{% endmacro %}{{ p(_('Today')) }}",
    "joined": "{{ _('Today') ~ '<' ~ name }}",
    "with places": "{{ _('Hello %(name)s', name=name) }}",
    "by its name": "{{ _(word) }}",
    "in a block": "{% trans %}Today{% endtrans %}{% trans name=name %}Hello {{ name }}{% endtrans %}",
    "as many": "{{ ngettext('%(num)s visit', '%(num)s visits', 3) }}",
}


def environments(language: str, **templates: str) -> tuple[Environment, Environment]:
    """The one that the console has, and the one that Jinja has."""
    words = translations_of(language)
    loader = DictLoader(templates)
    both = WordedEnvironment(words, loader=loader, **OPTIONS), Environment(loader=loader, **OPTIONS)
    for each in both:
        each.install_gettext_translations(words, newstyle=True)  # type: ignore[attr-defined] # the extension's
    return both


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("template", TEMPLATES)
def test_a_word_is_shown_as_a_look_up_would_show_it(template: str, language: str) -> None:
    content = {"name": "<Anna>", "word": "Today"}
    ours, jinjas = (each.get_template("t").render(content) for each in environments(language, t=TEMPLATES[template]))
    assert ours == jinjas


def test_a_word_is_not_looked_up_again_while_it_is_shown() -> None:
    environment, _ = environments("el", t="{{ _('Today') }}")
    template = environment.get_template("t")
    environment.install_gettext_callables(str.upper, str.upper, newstyle=True)  # type: ignore[attr-defined]
    assert template.render() == translations_of("el").gettext("Today") != "TODAY"


def test_a_field_of_an_answer_is_read_whatever_it_is_called_but_for_a_dicts_own_methods() -> None:
    environment, jinjas = environments("en", t="{{ row.name }} {{ row.items()|length }} {{ row.copy is callable }}")
    row = {"name": "Anna", "copy": 1}
    shown = environment.get_template("t").render(row=row)
    assert shown == jinjas.get_template("t").render(row=row) == "Anna 2 True"


def test_a_field_that_an_answer_lacks_is_an_error() -> None:
    environment, _ = environments("en", t="{{ row.name }}")
    with pytest.raises(UndefinedError):
        environment.get_template("t").render(row={})
