"""An owner gives an app the key, and signs in with its code; whoever speaks to his computer has no single keys."""

import base64
import re

from django_otp.oath import TOTP

from tests.scratch import PASSWORD

LOGIN = "rosa"


def code_of(key, *, later=0):
    """What an app with this key shows, now or half a minute later."""
    secret = base64.b32decode(key.replace(" ", "") + "=" * (-len(key.replace(" ", "")) % 8))
    return f"{TOTP(secret, drift=later).token():06d}"


def test_a_code_of_the_app_is_asked_for_once_it_has_the_key(house, browser, person):
    house.ask(
        "from django.contrib.auth import get_user_model\n"
        f"get_user_model().objects.create_superuser({LOGIN!r}, password={PASSWORD!r})\nprint(1)"
    )
    page = person(LOGIN)

    page.goto(f"{house.url}/admin/profile/")
    page.get_by_role("link", name="Set up codes").click()
    picture = page.get_by_alt_text("The key as a picture for the app")
    assert picture.evaluate("image => image.complete && image.naturalWidth > 100")
    key = page.locator("#key").inner_text()
    page.get_by_label("Type the code that the app shows now").fill(code_of(key))
    page.get_by_role("button", name="Ask for codes from now on").click()
    paper = page.locator(".paper-codes code").all_inner_texts()
    page.get_by_role("link", name="I have them").click()
    page.get_by_text("10 codes left on paper").wait_for()

    anew = browser.new_context(locale="en-US").new_page()
    for code in (code_of(key, later=1), paper[0]):
        give_password(anew, house)
        anew.get_by_label("The code that your app shows").fill(code)
        anew.get_by_role("button", name="Sign in").click()
        anew.wait_for_url(f"{house.url}/admin/")
        anew.context.clear_cookies()
    give_password(anew, house)
    anew.get_by_label("The code that your app shows").fill(paper[0])
    anew.get_by_role("button", name="Sign in").click()
    anew.get_by_text(re.compile("not the code|Too many")).wait_for()
    anew.context.close()


def give_password(page, house):
    page.goto(f"{house.url}/admin/login/?next=/admin/")
    page.get_by_label("Username").fill(LOGIN)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(f"{house.url}/admin/login/code/")


def test_single_keys_rest_where_the_profile_says_so(house, person):
    page = person()
    page.keyboard.press("?")
    page.locator("dialog[open]").wait_for()

    page.goto(f"{house.url}/admin/profile/")
    page.get_by_label("Single keys do something").uncheck()
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Saved.").wait_for()
    page.goto(f"{house.url}/admin/")
    page.keyboard.press("?")
    page.keyboard.press("g")
    page.keyboard.press("c")

    assert page.locator("dialog[open]").count() == 0
    assert page.url == f"{house.url}/admin/"
    page.locator('[data-opens="keys"]').click()
    page.locator("dialog[open]").wait_for()
    page.goto(f"{house.url}/admin/profile/")
    page.get_by_label("Single keys do something").check()
    page.get_by_role("button", name="Save").click()
