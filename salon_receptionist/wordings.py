"""Templates of two kinds: pages, and the words that callers hear or get."""

from django.conf import settings
from django.http import HttpRequest
from django.template.backends.django import DjangoTemplates, Template
from django.utils import translation
from django.utils.safestring import SafeString


class Wordings(Template):
    """What is spoken, texted or mailed: in the salon's language, whoever caused it on the desk."""

    def render(self, context: dict | None = None, request: HttpRequest | None = None) -> SafeString:
        if translation.get_language() == settings.LANGUAGE_CODE:
            return super().render(context, request)
        with translation.override(settings.LANGUAGE_CODE):
            return super().render(context, request)


class PagesAndWordings(DjangoTemplates):
    """A page's name ends in .html; it is written in the language of who reads it."""

    def get_template(self, template_name: str) -> Template:
        template = super().get_template(template_name)
        return template if template_name.endswith(".html") else Wordings(template.template, self)
