printf 'hello world\nfoo bar\nbaz\n' > f
sed 's/o/0/' f; sed 's/o/0/g' f; sed -n '2p' f; sed '1d' f; sed '$d' f; sed -n '/foo/,$p' f; sed 's/\(.*\) \(.*\)/\2 \1/' f
sed -E 's/([a-z]+) ([a-z]+)/\2-\1/' f; sed 's/world/[&]/' f; sed -e 's/a/A/' -e 's/b/B/' f; sed '2i\inserted' f; sed '1a after' f; sed '2c changed' f
sed -n '$=' f; sed 'y/abc/xyz/' f; sed '/foo/!d' f; sed '1!G;h;$!d' f; sed ':a;N;$!ba;s/\n/,/g' f; sed 's|/|_|g' <<<'a/b/c'; sed 2q f; sed -n 'l' <<<$'a\tb'
sed -i 's/foo/FOO/' f; cat f; sed -i.bak '1d' f; cat f f.bak; sed 's/.*/\U&/' <<<abc; sed -E 's/(^|_)([a-z])/\u\2/g' <<<snake_case_name; sed 's/x*/-/g' <<<abc
sed '0~2d' <<<$'1\n2\n3\n4'; sed '2,3{s/^/> /;}' f.bak; sed = <<<$'a\nb' | sed 'N;s/\n/ /'; sed 's/a/b/2' <<<aaaa; sed 's/a/b/2g' <<<aaaa; sed -n 's/a/b/p' <<<$'a\nc'
sed 's/\bfoo\b/X/' <<<'foo food'; sed '/a/I,+1d' <<<$'A\nb\nc'; sed -s -n '1p' f f.bak; printf 'no end' | sed 's/no/NO/'; echo; sed --expression='s/1/2/' <<<1
sed 's/\(a\)\(b\)\?/[\1\2]/g' <<<'ab a'; sed '/start/,/end/{//!d}' <<<$'a\nstart\nx\nend\nb'; sed 's/[^,]*,//2' <<<'a,b,c'; sed -n '2{p;q}' f.bak
