"""Who reads Spanish, from signing in to the text that the caller gets; and that its longer words fit the screen."""

import re

import pytest
from playwright.sync_api import expect

from tests.journeys.test_desk_in_browser import answers, desk, row  # noqa: F401
from tests.scratch import PASSWORD, wait_for

QUESTION = "Do you offer keratin treatments?"
ASK = f"result = str(ask({QUESTION!r}).pk)"
WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture
def page(browser, desk):  # noqa: F811
    """A browser that asks for Spanish; nobody has signed in."""
    context = browser.new_context(locale="es-ES", base_url=desk.scratch.url, reduced_motion="reduce")
    page = context.new_page()
    wait_for(lambda: answers(page), describe="the server")
    yield page
    context.close()


def test_signing_in_answering_and_sending_in_spanish(page, desk):  # noqa: F811
    desk.do(ASK)
    page.goto("/admin/")
    expect(page.locator("h1")).to_have_text("Entrar en la mesa")

    page.get_by_label("Nombre de usuario").fill("supervisor")
    page.get_by_label("Contraseña").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator("#connection")).to_have_text("En vivo")
    expect(page.get_by_role("heading", name="Te necesitan ahora")).to_be_visible()
    expect(row(page, QUESTION).locator(".left")).to_have_text(re.compile("^quedan "))
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.get_by_label("Tu respuesta").fill("Yes, from 150 dollars.")
    expect(page.locator("#count")).to_contain_text("caracteres")
    page.get_by_label("Solo a quien llama").check()
    with page.expect_navigation(url=re.compile(r"\?sent="), timeout=30_000):
        page.get_by_label("Tu respuesta").press("Control+Enter")

    text = desk.do("result = HelpRequest.objects.latest('created_at').messages.latest('id').text")
    assert "Yes, from 150 dollars." in text
    assert not re.search("[áéíóúñ¿]", text)


@pytest.mark.parametrize("width", [320, 360, 1440])
@pytest.mark.parametrize("language", ["en-US", "es-ES"])
def test_no_page_is_wider_than_the_screen(browser, desk, language, width):  # noqa: F811
    request = desk.do(ASK)
    context = browser.new_context(locale=language, base_url=desk.scratch.url, viewport={"width": width, "height": 740})
    cookie, session = desk.do("result = session('supervisor')")
    context.add_cookies([{"name": cookie, "value": session, "url": desk.scratch.url}])
    page = context.new_page()
    wait_for(lambda: answers(page), describe="the server")
    wide = {}

    for path in ("", f"supervision/helprequest/{request}/answer/", "numbers/", "my-texts/", "practice/",
                 "digest/", "knowledge/learnedanswer/", "supervision/call/", "supervision/message/"):  # fmt: skip
        page.goto(f"/admin/{path}")
        wide[path] = page.evaluate(WIDER)

    context.close()
    assert not {path: by for path, by in wide.items() if by > 0}
