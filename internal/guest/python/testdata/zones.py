from zoneinfo import ZoneInfo, available_timezones, ZoneInfoNotFoundError
from datetime import datetime, timedelta, timezone

utc = datetime(2024, 7, 1, 12, tzinfo=timezone.utc)
for z in ["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Auckland"]:
    local = utc.astimezone(ZoneInfo(z))
    print(z, local, local.tzname(), local.dst())
b = ZoneInfo("Europe/Berlin")
print(datetime(2024, 3, 31, 1, 59, tzinfo=b).utcoffset(), datetime(2024, 3, 31, 3, 0, tzinfo=b).utcoffset())
print(datetime(2024, 10, 27, 2, 30, tzinfo=b).utcoffset(), datetime(2024, 10, 27, 2, 30, fold=1, tzinfo=b).utcoffset(), len(available_timezones()) > 400)
try:
    ZoneInfo("Mars/Base")
except ZoneInfoNotFoundError as e:
    print(e)
