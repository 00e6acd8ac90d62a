export TZ=UTC
s=$(date -u -d '2024-03-01' +%s); e=$(date -u -d '2024-12-25' +%s); echo $(((e - s) / 86400)) days
for i in 0 1 2 3; do date -u -d "2024-02-27 + $i days" '+%F %a'; done; date -u -d '2023-02-28 +1 day' +%F; date -u -d '2024-01-31 +1 month' +%F
date -u -d '2024-06-15 12:30:45' '+%Y%m%dT%H%M%SZ week %V day %j'; date -u -d @86399 +%T; date -u -d '1970-01-02 00:00:01' +%s; date -u -d '2024-06-15 12:00 UTC + 36 hours' '+%F %R'
leap() { [ "$(date -u -d "$1-02-28 +1 day" +%m-%d)" = 02-29 ] && echo "$1 leap" || echo "$1 common"; }; leap 2000; leap 1900; leap 2023; leap 2024
dur() { local s=$1; printf '%dd %02d:%02d:%02d\n' $((s / 86400)) $((s % 86400 / 3600)) $((s % 3600 / 60)) $((s % 60)); }; dur 93784; dur 59
for m in 01 02 04 12; do last=$(date -u -d "2024-$m-01 +1 month -1 day" +%d); echo "$m $last"; done; date -u -d '2024-05-05 last week' +%F 2>/dev/null; date -u -d 'Wed, 15 May 2024 08:00:00 +0000' +%s
printf '%s\n' 2024-03-02 2023-12-31 2024-01-15 | sort | while read -r d; do date -u -d "$d" '+%d %b %Y'; done; date -u -d '2024-07-04' '+%-d/%-m/%y'; date -u -d '2024-07-04 yesterday' +%F; date -u -d '2024-07-04 tomorrow' +%F; printf '%(%Y-%m-%d %H:%M)T\n' 0
age() { local b=$1 n=$2 y; y=$((${n:0:4} - ${b:0:4})); [[ ${n:5} < ${b:5} ]] && y=$((y - 1)); echo $y; }; age 1990-06-15 2024-06-14; age 1990-06-15 2024-06-15; touch -d '2024-01-02 03:04:05' f; date -u -r f '+%F %T'; stat -c %Y f
