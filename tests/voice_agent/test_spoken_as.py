"""A table: what is written, and what a caller hears."""

import pytest

from knowledge.models import Salon
from voice_agent.spoken import as_spoken

US = Salon(name="Glow", region="US", time_zone="America/Chicago")
GB = Salon(name="Glow", region="GB", time_zone="Europe/London", clock_24h=True)

TABLE = [
    # prices
    ("It is $45.", "It is 45 dollars."),
    ("It is $45.50.", "It is 45 dollars and 50 cents."),
    ("It costs $45.00 today.", "It costs 45 dollars today."),
    ("Only $1!", "Only 1 dollar!"),
    ("A sample is $0.50.", "A sample is 50 cents."),
    ("From $1,200 up.", "From 1,200 dollars up."),
    ("It is 45 €, or €50.", "It is 45 euros, or 50 euros."),
    ("It is £30.", "It is 30 pounds."),
    ("Between $45-60.", "Between 45 and 60 dollars."),
    ("From $45 to $60.", "From 45 to 60 dollars."),
    ("$45–$60", "45 to 60 dollars"),
    ("$45.50 - $60", "45 dollars and 50 cents to 60 dollars"),
    ("Men's haircut: $35", "Men's haircut: 35 dollars"),
    ("$50/hr", "50 dollars per hour"),
    ("$20/person", "20 dollars per person"),
    # times
    ("We open at 9:30.", "We open at 9 30."),
    ("We open at 9:00 am.", "We open at 9 AM."),
    ("We open at 9 a.m. on Friday.", "We open at 9 AM on Friday."),
    ("At 9:05 pm.", "At 9 oh 5 PM."),
    ("We close at 17:00.", "We close at 5 PM."),
    ("We close at 19:30.", "We close at 7 30 PM."),
    ("At 9:00 sharp", "At 9 o'clock sharp"),
    ("From 9-5.", "From 9 to 5."),
    ("9am-5pm", "9 AM to 5 PM"),
    ("9:00-17:30", "9 o'clock to 5 30 PM"),
    ("9 to 5 pm", "9 to 5 PM"),
    # dates
    ("On 2026-12-24 we are closed.", "On December 24th, 2026 we are closed."),
    ("Closed 12/24.", "Closed December 24th."),
    ("Closed 24/12.", "Closed December 24th."),
    ("Closed on 7/5.", "Closed on July 5th."),
    ("Until Dec 24 we are open.", "Until December 24th we are open."),
    ("Closed on Thu, Nov 26.", "Closed on Thursday, November 26th."),
    ("We are back on January 2.", "We are back on January 2nd."),
    ("On 4 December.", "On the 4th of December."),
    ("3/4 of our clients", "3/4 of our clients"),
    ("In 2026 we open a second salon.", "In 2026 we open a second salon."),
    # days
    ("Mon-Fri 9-5", "Monday to Friday 9 to 5"),
    ("Open Mon, Wed & Fri.", "Open Monday, Wednesday and Friday."),
    ("Sat 9-5, Sun closed", "Saturday 9 to 5, Sun closed"),
    ("Sat and Sun we rest.", "Saturday and Sunday we rest."),
    ("Sun protection is included.", "Sun protection is included."),
    ("Tuesday-Thursday", "Tuesday to Thursday"),
    # telephone numbers
    ("Call (415) 555-2671.", "Call 4 1 5, 5 5 5, 2 6 7 1."),
    ("Call 415-555-2671 now", "Call 4 1 5, 5 5 5, 2 6 7 1 now"),
    ("I have +14155552671.", "I have plus 1, 4 1 5, 5 5 5, 2 6 7 1."),
    ("+1 415 555 2671", "plus 1, 4 1 5, 5 5 5, 2 6 7 1"),
    ("4155552671", "4 1 5, 5 5 5, 2 6 7 1"),
    ("Call 555-2671.", "Call 5 5 5, 2 6 7 1."),
    ("020 7946 0958", "0 2 0, 7 9 4 6, 0 9 5 8"),
    # words
    ("20% off & more", "20 percent off and more"),
    ("10-15%", "10 to 15 percent"),
    ("It takes 45 min.", "It takes 45 minutes."),
    ("It takes 45-60 min in all.", "It takes 45 to 60 minutes in all."),
    ("About 2 hrs, or 1 hr.", "About 2 hours, or 1 hour."),
    ("Comes w/ a massage, w/o tip", "Comes with a massage, without tip"),
    ("We are at 12 Main St. in town.", "We are at 12 Main Street in town."),
    ("We are at 12 Main St.", "We are at 12 Main Street."),
    ("5 Fifth Ave, No. 3", "5 Fifth Avenue, number 3"),
    ("Near St. Mary's.", "Near Saint Mary's."),
    ("Ask Dr. Smith on Ocean Dr.", "Ask Doctor Smith on Ocean Drive."),
    ("No. That is all.", "No. That is all."),
    ("Shampoo, e.g. for kids, etc.", "Shampoo, for example for kids, et cetera."),
    ("Wi-Fi and blow-dry", "Wi-Fi and blow-dry"),
    ("R&B music", "R and B music"),
    ("We are here 24/7.", "We are here 24 hours a day, 7 days a week."),
    # addresses
    ("Write to hello@glow-salon.com.", "Write to hello at glow dash salon dot com."),
    ("See https://www.glow.com/booking.", "See glow dot com slash booking."),
    # Markdown and emoji
    ("**Yes**, *of course* 😊!", "Yes, of course !"),
    ("- Cut\n- Colour", "Cut. Colour"),
    ("# Prices\nSee [our list](https://glow.com).", "Prices. See our list."),
    ("Use `Glow`.", "Use Glow."),
    # what stays
    ("Rooms 3 and 4, 1.5 hours", "Rooms 3 and 4, 1.5 hours"),
    ("You'll get the answer by text by 3:40 pm today.", "You'll get the answer by text by 3 40 PM today."),
]


@pytest.mark.parametrize(("written", "heard"), TABLE)
def test_text_is_spoken_as_people_say_it(written, heard):
    assert as_spoken(written, salon=US) == heard


@pytest.mark.parametrize(
    ("written", "heard"),
    [
        ("Closed 24/12.", "Closed the 24th of December."),
        ("We close at 17:30.", "We close at 17 30."),
        ("2026-12-24", "the 24th of December, 2026"),
    ],
)
def test_elsewhere_dates_and_times_are_said_otherwise(written, heard):
    assert as_spoken(written, salon=GB) == heard


@pytest.mark.parametrize("written", [written for written, _ in TABLE])
def test_saying_it_twice_changes_nothing(written):
    once = as_spoken(written, salon=US)

    assert as_spoken(once, salon=US) == once
