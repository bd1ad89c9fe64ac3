import datetime as dt
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from knowledge import facts
from knowledge.hours import Hours
from knowledge.models import Closure, OpeningHours

CHICAGO = ZoneInfo("America/Chicago")
WEDNESDAY = dt.datetime(2026, 11, 18, 15, 0, tzinfo=CHICAGO)


def said(known, question, at=WEDNESDAY):
    found = facts.read(question, at=at, known=known)
    return (found[0].id, found[0].answer) if found else None


def bar(weekly, zone=CHICAGO, known=None):
    rows = [OpeningHours(weekday=day, opens=dt.time(*opens), closes=dt.time(*closes)) for day, opens, closes in weekly]
    return replace(known, hours=Hours(zone, tuple(rows), ()))


@pytest.mark.parametrize(
    ("question", "days"),
    [
        ("are you open today", "2026-11-18"),
        ("Are you open tomorrow?", "2026-11-19"),
        ("are you open the day after tomorrow", "2026-11-20"),
        ("what time do you close on Saturday?", "2026-11-21"),
        ("are you open this Sunday", "2026-11-22"),
        ("are you open this weekend", "2026-11-21+2026-11-22"),
        ("are you open next weekend", "2026-11-28+2026-11-29"),
        ("are you open on the 24th", "2026-11-24"),
        ("are you open on the 10th", "2026-12-10"),
        ("are you open November 26", "2026-11-26"),
        ("are you open on the 26th of November", "2026-11-26"),
        ("are you open on November twenty sixth", "2026-11-26"),
        ("are you open Thursday, November 26th", "2026-11-26"),
        ("are you open on 12/24", "2026-12-24"),
        ("are you open on 2026-12-24", "2026-12-24"),
        ("are you open on January 2nd", "2027-01-02"),
        ("are you open on Sundays", "sunday"),
        ("how late are you open on Thursdays", "thursday"),
        ("are you open on weekends", "saturday+sunday"),
        ("are you open Monday or Tuesday", "2026-11-23+2026-11-24"),
        ("are you open this Saturday or next Saturday", "2026-11-21+2026-11-28"),
        ("are you guys open on Saturday", "2026-11-21"),
        ("r u open 2day", "2026-11-18"),
        ("u open tmrw", "2026-11-19"),
        ("so you're closed Tuesday?", "2026-11-24"),
        ("wat time u close", "2026-11-18"),
        ("are you open the day after Thanksgiving", "2026-11-27"),
        ("are you closed the day before Thanksgiving?", "2026-11-25"),
        ("are you open this week", "week"),
        ("are you open during the week", "week"),
        ("are you open next week", "next_week"),
        ("are you open sun", "2026-11-22"),
        ("is Glow Beauty Salon open tomorrow morning", "2026-11-19"),
        ("How late are you open tonight?", "2026-11-18"),
        ("What are your hours?", "week"),
        ("hi there, can you please tell me your opening hours?", "week"),
        ("when are you open", "week"),
        ("are you open in the evenings", "week"),
        ("are you open late", "week"),
        ("are you open late on Thursdays", "thursday"),
        ("what are your Saturday hours", "2026-11-21"),
        ("weekend hours", "2026-11-21+2026-11-22"),
        ("are you closing soon", "now"),
        ("are you open right now", "now"),
        ("are you still open", "now"),
    ],
)
def test_day_is_read_exactly(glow_facts, question, days):
    found = said(glow_facts, question)

    assert found
    assert found[0] == f"hours:{days}"


@pytest.mark.parametrize(
    "question",
    [
        "are you open on Friday the 26th",  # which is a Thursday
        "are you open on Easter",
        "are you open the day after Christmas",  # two days of closure: the 26th, or the 27th?
        "do you work in the sun?",
        "do you work over the sun",
        "is it open on Sunday?",
        "do they work on Saturday?",
        "are they open today",
        "are you open 10/30 at 5/12",
        "are you open half past 7",
        "are you open from 9 to 5",
        "are you open on February 30",
        "are you open on 13/45",
        "are you open to new ideas",
        "are you open on November 26 2025",
        "what are your hours and how much is a balayage?",
        "are you open on Saturday and do you have parking",
        "how are you today",
        "what are your working conditions and hours",
        "happy hours",
        "open",
        "are you open on the 99th",
    ],
)
def test_question_with_a_word_left_over_is_not_read(glow_facts, question):
    assert said(glow_facts, question) is None


def test_next_friday_said_on_a_wednesday_tells_both(glow_facts):
    assert said(glow_facts, "are you open next Friday")[0] == "hours:2026-11-20+2026-11-27"


def test_next_sunday_said_on_a_sunday_is_a_week_later(glow_facts):
    sunday = dt.datetime(2026, 11, 22, 12, 0, tzinfo=CHICAGO)

    found = said(glow_facts, "are you open next Sunday?", sunday)

    assert found == ("hours:2026-11-29", "We are closed on Sunday, November 29.")


def test_next_tuesday_said_on_a_saturday_is_the_coming_one(glow_facts):
    saturday = dt.datetime(2026, 11, 21, 12, 0, tzinfo=CHICAGO)

    assert said(glow_facts, "are you open next Tuesday", saturday)[0] == "hours:2026-11-24"


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("are you open on Thanksgiving?", "We are closed on Thursday, November 26, for Thanksgiving."),
        ("are you open Thanksgiving Day", "We are closed on Thursday, November 26, for Thanksgiving."),
        ("are you open on Christmas Eve", "We are closed on Thursday, December 24, for Christmas Eve."),
        ("are you closed on New Year's?", "We are closed on Friday, January 1, 2027, for New Year's Day."),
        (
            "are you open over Christmas",
            "We are closed from Friday, December 25 to Saturday, December 26, for Christmas.",
        ),
        ("are you open November 26", "We are closed on Thursday, November 26, for Thanksgiving."),
        ("what are your Thanksgiving hours", "We are closed on Thursday, November 26, for Thanksgiving."),
        ("are you open Thanksgiving morning", "We are closed on Thursday, November 26, for Thanksgiving."),
        ("are you open on Thanksgiving at 10", "We are closed on Thursday, November 26, for Thanksgiving."),
        ("are you open Christmas Eve until noon?", "We are closed on Thursday, December 24, for Christmas Eve."),
        (
            "are you closed on Christmas Eve or Thanksgiving",
            (
                "We are closed on Thursday, November 26, for Thanksgiving. "
                "We are closed on Thursday, December 24, for Christmas Eve."
            ),
        ),
    ],
)
def test_holiday_is_named(glow_facts, question, answer):
    assert said(glow_facts, question)[1] == answer


def test_holiday_that_is_over_is_not_told(glow_facts):
    december = dt.datetime(2026, 12, 1, 12, 0, tzinfo=CHICAGO)

    assert said(glow_facts, "are you open on Thanksgiving", december) is None


def test_times_are_told_as_people_say_them(glow_facts):
    assert said(glow_facts, "are you open today")[1] == "Today, Wednesday, November 18, we are open from 9 am to 7 pm."


def test_neighbouring_days_are_told_together(glow_facts):
    assert said(glow_facts, "what are your hours")[1] == (
        "We are open Tuesday and Wednesday from 9 am to 7 pm, Thursday and Friday from 9 am to 8 pm, "
        "on Saturday from 9 am to 5 pm, and closed on Monday and Sunday."
    )


def test_german_workshop_has_day_first_and_a_24_hour_clock(bicycle_facts):
    at = dt.datetime(2026, 11, 18, 12, 0, tzinfo=ZoneInfo("Europe/Berlin"))

    assert said(bicycle_facts, "are you open on 5/12", at) == (
        "hours:2026-12-05",
        "On Saturday 5 December, we are open from 9:00 to 14:00.",
    )
    assert said(bicycle_facts, "are you open tomorrow", at)[1] == (
        "Tomorrow, Thursday 19 November, we are open from 10:00 to 13:00 and from 14:00 to 18:30."
    )


@pytest.mark.parametrize(
    ("hour", "minute", "answer"),
    [
        (8, 0, "We are closed right now. We open today at 9 am."),
        (9, 0, "We are open now, until 7 pm."),
        (18, 29, "We are open now, until 7 pm."),
        (18, 45, "We are open now, but only until 7 pm."),
        (19, 0, "We are closed right now. We open tomorrow, Thursday, November 19, at 9 am."),
    ],
)
def test_open_now_follows_the_clock(glow_facts, hour, minute, answer):
    assert said(glow_facts, "are you open now", WEDNESDAY.replace(hour=hour, minute=minute))[1] == answer


def test_closed_now_tells_the_holiday_and_the_next_opening(glow_facts):
    thanksgiving = dt.datetime(2026, 11, 26, 10, 0, tzinfo=CHICAGO)

    assert said(glow_facts, "are you open now", thanksgiving)[1] == (
        "We are closed right now, for Thanksgiving. We open tomorrow, Friday, November 27, at 9 am."
    )


def test_closing_time_is_todays_while_open_and_the_next_opening_afterwards(glow_facts):
    assert said(glow_facts, "what time do you close")[0] == "hours:2026-11-18"
    assert said(glow_facts, "what time do you close", WEDNESDAY.replace(hour=20))[0] == "hours:now"


def test_zone_is_the_salons_whatever_the_callers(glow_facts):
    in_utc = dt.datetime(2026, 11, 19, 0, 30, tzinfo=dt.UTC)  # 18:30 on Wednesday in Chicago

    assert said(glow_facts, "are you open today", in_utc)[0] == "hours:2026-11-18"
    assert said(glow_facts, "are you open now", in_utc)[1] == "We are open now, but only until 7 pm."


def test_span_over_midnight_belongs_to_the_day_before(glow_facts):
    night = bar([(5, (20, 0), (3, 0))], known=glow_facts)
    sunday_at_1 = dt.datetime(2026, 11, 22, 1, 0, tzinfo=CHICAGO)

    assert said(night, "are you open now", sunday_at_1)[1] == "We are open now, until 3 am."
    assert said(night, "are you open now", sunday_at_1.replace(hour=3))[1].startswith("We are closed right now.")
    assert said(night, "are you open today", sunday_at_1)[1].startswith("We are closed today")
    assert said(night, "when do you close", sunday_at_1)[0] == "hours:now"


def test_night_is_an_hour_longer_when_the_clock_goes_back(glow_facts):
    night = bar([(5, (20, 0), (3, 0))], known=glow_facts)
    first_1_30 = dt.datetime(2026, 11, 1, 1, 30, tzinfo=CHICAGO)
    second_1_30 = first_1_30.replace(fold=1)

    opens, closes = night.hours.span_at(first_1_30)

    assert closes - opens == dt.timedelta(hours=8)
    assert night.hours.span_at(second_1_30) == (opens, closes)


def test_closing_soon_counts_real_minutes_when_the_clock_goes_forward(glow_facts):
    night = bar([(5, (20, 0), (3, 15))], known=glow_facts)
    at_1_50 = dt.datetime(2027, 3, 14, 1, 50, tzinfo=CHICAGO)  # 25 minutes later it is 3:15

    assert said(night, "are you open now", at_1_50)[1] == "We are open now, but only until 3:15 am."


def test_open_day_and_night_has_no_closing_time(glow_facts):
    always = bar([(day, (0, 0), (0, 0)) for day in range(7)], known=glow_facts)

    assert said(always, "are you open now")[1] == "We are open now."


@pytest.mark.parametrize(
    "question", ["do you open 9.30?", "do you open 9.05", "are you open 3.30", "are you open 10:30", "do you open at 9"]
)
def test_time_is_no_date_and_without_a_day_is_about_every_day(glow_facts, question):
    found = said(glow_facts, question)

    assert found[0].startswith("hours:week@")
    assert "We are open Tuesday and Wednesday from 9 am" in found[1]


def test_dot_is_a_date_where_the_day_comes_first_unless_it_can_be_none(bicycle_facts):
    at = dt.datetime(2026, 11, 18, 12, 0, tzinfo=ZoneInfo("Europe/Berlin"))

    assert said(bicycle_facts, "are you open on 24.12.", at)[0] == "hours:2026-12-24"
    assert said(bicycle_facts, "are you open on 24.12.2026", at)[0] == "hours:2026-12-24"
    assert said(bicycle_facts, "are you open 9.12", at)[0] == "hours:2026-12-09"
    assert said(bicycle_facts, "are you open 9.30", at)[0].startswith("hours:week@")
    assert said(bicycle_facts, "are you open at 9.12", at)[0].startswith("hours:week@")


def test_dot_is_no_date_where_the_month_comes_first(glow_facts):
    assert said(glow_facts, "are you open on 12.24") is None
    assert said(glow_facts, "are you open 12/24")[0] == "hours:2026-12-24"


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("are you open at 6 pm today", "Yes. Today"),
        ("are you open at 8pm today", "No. Today"),
        ("are you open tonight at 22:00?", "No. Today"),
        ("are you open tonight at 6", "Yes. Today"),
        ("are you open Saturday at five", "No. On Saturday"),
        ("are you open at noon on Saturday", "Yes. On Saturday"),
        ("open at 8 on Saturday?", "No. On Saturday"),
        ("are you open at 8 tomorrow", "No. Tomorrow"),
        ("are you open at 10 on Saturday", "On Saturday"),  # in the morning yes, in the evening no
        ("are you open before 9 on Friday", "No. On Friday"),
        ("are you open by 9 on Friday", "Yes. On Friday"),
        ("are you open after 7 on Friday", "Yes. On Friday"),
        ("are you open past 8 on Friday", "No. On Friday"),
        ("are you open until 8 on Friday", "Yes. On Friday"),
        ("are you open until midnight on Friday", "No. On Friday"),
        ("do you close at 5 on Saturday", "Yes. On Saturday"),
        ("do you close at 5 on Friday", "No. On Friday"),
        ("are you closed by 6 on Saturday", "Yes. On Saturday"),
        ("do you open at 9 on Friday", "Yes. On Friday"),
        ("do you open at 10 on Friday", "On Friday"),  # it is open by then
        ("do you open at 8 in the morning on Friday", "No. On Friday"),
        ("are you open at noon on Sunday", "No. We are closed on Sunday"),
        ("are you open on Sunday at 3 in the morning", "No. We are closed on Sunday"),
        ("are you open at noon on November 26", "No. We are closed on Thursday"),
        ("do you close at 5 on Sunday", "We are closed on Sunday"),
        ("do you open before 9?", "No. We are open Tuesday"),
        ("are you open until midnight", "No. We are open Tuesday"),
        ("do you close at 5?", "We are open Tuesday"),  # on Saturdays only
        ("are you open at noon?", "We are open Tuesday"),  # today may be a Sunday
        ("are you open after 5 on Saturdays", "No. On Saturdays"),
        ("what time do you close at 5", "We are open Tuesday"),
        ("are you open around 10 on Friday", "On Friday"),
    ],
)
def test_time_asked_about_gets_a_yes_or_no_only_where_it_is_certain(glow_facts, question, answer):
    assert said(glow_facts, question)[1].startswith(answer)


def test_lunch_break_is_no_opening_hour(bicycle_facts):
    at = dt.datetime(2026, 11, 19, 9, 0, tzinfo=ZoneInfo("Europe/Berlin"))

    assert said(bicycle_facts, "are you open today at 13:30", at)[1].startswith("No. Today")
    assert said(bicycle_facts, "are you open today at 18", at)[1].startswith("Yes. Today")
    assert said(bicycle_facts, "do you close at 13:00 today", at)[1].startswith("Yes. Today")


def test_bar_that_is_open_past_midnight(glow_facts):
    night = bar([(5, (20, 0), (3, 0))], known=glow_facts)

    assert said(night, "are you open until 2 on Saturday")[1].startswith("Yes. On Saturday")
    assert said(night, "are you open past 4 on Saturday")[1].startswith("No. On Saturday")
    assert said(night, "are you open at 1 on Saturday")[1].startswith("On Saturday")  # which night?


def test_open_day_and_night_is_not_closed_at_midnight(glow_facts):
    always = bar([(day, (0, 0), (0, 0)) for day in range(7)], known=glow_facts)

    assert not said(always, "are you open at midnight on Friday")[1].startswith("No")
    assert said(always, "are you open at 4 on Friday")[1].startswith("Yes. ")


def test_after_closing_time_today_is_told_as_over(glow_facts):
    evening = WEDNESDAY.replace(hour=20)

    answer = "We were open today, Wednesday, November 18, from 9 am to 7 pm, and are closed now."
    assert said(glow_facts, "are you open today?", evening)[1] == answer
    assert said(glow_facts, "are you open today at 6 pm?", evening)[1] == answer


@pytest.mark.parametrize(
    "question",
    [
        "are you open November 25 2027?",
        "are you open on November 10",  # last week: the next one is a year away
        "are you open on August 3",
        "are you open on 8/3",
    ],
)
def test_far_day_is_asked_and_a_past_one_is_not_next_year(glow_facts, question):
    assert said(glow_facts, question) is None


def test_far_closure_is_known_and_told_with_its_year(glow_facts):
    assert said(glow_facts, "are you open on May 31")[1] == "We are closed on Monday, May 31, 2027, for Memorial Day."


def test_day_of_another_year_is_told_with_its_year(glow_facts):
    assert said(glow_facts, "are you open on February 2")[1].startswith("On Tuesday, February 2, 2027, we are open")


def test_closures_that_were_never_entered_are_not_vouched_for(glow_facts):
    nothing_entered = replace(glow_facts, hours=replace(glow_facts.hours, closures=()))

    assert said(nothing_entered, "are you open on December 11")
    assert said(nothing_entered, "are you open on December 25") is None


@pytest.mark.parametrize(
    "question", ["are you open on Thursdays", "what are your hours", "when are you open", "are you open next week"]
)
def test_weekly_hours_tell_what_is_closed_in_the_coming_days(glow_facts, question):
    sunday = dt.datetime(2026, 11, 22, 8, 20, tzinfo=CHICAGO)

    assert said(glow_facts, question, sunday)[1].endswith("We are closed on Thursday, November 26, for Thanksgiving.")


@pytest.mark.parametrize("question", ["are you open on Fridays", "what are your hours"])
def test_weekly_hours_tell_no_other_closure(glow_facts, question):
    sunday = dt.datetime(2026, 11, 22, 8, 20, tzinfo=CHICAGO)
    at = sunday if "Friday" in question else WEDNESDAY

    assert "Thanksgiving" not in said(glow_facts, question, at)[1]


def test_closure_of_a_day_that_is_never_open_is_not_told(glow_facts):
    sunday_only = Closure(pk=9, starts_on=dt.date(2026, 11, 22), ends_on=dt.date(2026, 11, 22), reason="stocktaking")
    known = replace(glow_facts, hours=replace(glow_facts.hours, closures=(sunday_only,)))

    assert "stocktaking" not in said(known, "what are your hours")[1]
