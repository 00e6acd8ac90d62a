import calendar

print(calendar.month(2024, 2), calendar.isleap(1900), calendar.monthrange(2023, 2), calendar.leapdays(2000, 2025))
print(calendar.TextCalendar(6).formatmonth(2025, 1, w=3), list(calendar.day_abbr), calendar.timegm((2024, 1, 1, 0, 0, 0)))
print([d for d in calendar.Calendar().itermonthdates(2024, 2)][:3], calendar.HTMLCalendar().formatmonth(2024, 2)[:60], calendar.weekday(2024, 2, 29))
