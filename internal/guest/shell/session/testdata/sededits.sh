cat > conf <<'E'
# main settings
host = localhost
port = 8080

[paths]
root = /var/www
tmp  = /tmp
# end
E
sed -i 's/^port = .*/port = 9090/; s#/var/www#/srv/www#' conf
sed -n '/^\[paths\]/,$p' conf
sed -e '/^#/d' -e '/^$/d' conf
sed '/^host/a user = app' conf | sed -n '2,3p'
sed '/^root/i\
owner = nobody' conf | grep -n owner
sed -E 's/^([a-z]+) *= *(.*)$/export \U\1\E="\2"/' conf | grep export
sed -n '/=/{s/ *= */=/;p}' conf
sed '$!N;s/\n/ ~ /' conf
sed -n '$=' conf; sed '2,4c replaced' conf | head -3; sed 5q conf | tail -1
sed 's/o/0/2g' <<< 'foo boo woo'; sed 's/[aeiou]/<&>/g' <<< education; echo a.b.c | sed 'y/abc/xyz/;s/\./-/'
sed -i.bak '1d' conf; diff conf.bak conf; sed -n 'h;n;G;p' <<< $'1\n2\n3\n4'; printf '%s\n' one two three | sed -n '/two/!p'
printf 'a\nb\nb\nc\n' | sed '$!N;/^\(.*\)\n\1$/!P;D'; sed = <<< $'x\ny' | sed 'N;s/\n/\t/'
