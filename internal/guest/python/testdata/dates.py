from datetime import *

d = datetime(2024, 2, 29, 13, 5, 7, 123456)
print(d, d.isoformat(timespec="minutes"), d.strftime("%a %d %b %Y %I:%M %p %j %U %%"), d.date() + timedelta(days=366), d.replace(year=2023, day=1))
print(datetime.strptime("05/Mar/2021:14:30:00 +0200", "%d/%b/%Y:%H:%M:%S %z"), datetime.fromisoformat("2024-01-02T03:04:05.678+05:30").astimezone(timezone.utc))
print(timedelta(days=1, hours=-3, seconds=90.5), (date(2024, 12, 25) - date(2024, 2, 29)).days, timedelta(hours=25) // timedelta(hours=7), timedelta(1) > timedelta(hours=23))
print(date(2024, 1, 1).isocalendar(), date.fromisocalendar(2024, 9, 4), d.weekday(), d.timetuple().tm_yday, date.max, time(23, 59) < time(23, 59, 1), d.toordinal())
print(datetime.fromtimestamp(1700000000, timezone.utc), datetime(1970, 1, 2, tzinfo=timezone.utc).timestamp(), timezone(timedelta(hours=-5, minutes=-30)))
for bad in [lambda: date(2023, 2, 29), lambda: d - datetime.now(timezone.utc), lambda: datetime.strptime("x", "%Y")]:
    try:
        bad()
    except (ValueError, TypeError) as e:
        print(e)
import time as t

print(t.strftime("%Y-%m-%d", t.gmtime(0)), t.mktime((2000, 1, 1, 0, 0, 0, 0, 0, 0)) > 0, t.monotonic() <= t.monotonic(), t.time() > 1.6e9, t.perf_counter_ns() > 0)
