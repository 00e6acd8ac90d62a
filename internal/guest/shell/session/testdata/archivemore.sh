mkdir -p src/sub; echo one > src/a.txt; echo two > src/sub/b.txt; seq 1000 > src/n
tar -cf t.tar src; tar -tf t.tar | sort; mkdir out; tar -xf t.tar -C out; diff -r src out/src && echo same
tar -czf t.tgz -C src a.txt sub; tar -tzf t.tgz | sort; mkdir o2; tar -xzf t.tgz -C o2 sub/b.txt; find o2 -type f; cat o2/sub/b.txt
gzip -k src/n; ls src | sort; gunzip -c src/n.gz | cmp - src/n && echo equal; zcat src/n.gz | tail -1; rm src/n; gunzip src/n.gz; wc -l < src/n; gzip -t t.tgz && echo sound; echo bad > x.gz; gzip -t x.gz 2>/dev/null; echo $?
tar -cf - src | (mkdir o3; cd o3; tar -xf -); ls o3/src | sort; tar -cf e.tar --exclude='*.txt' src; tar -tf e.tar | sort; tar --strip-components=1 -xf t.tar -C o2; ls o2 | sort; echo data | gzip | gunzip; printf 'aaaa%.0s' {1..1000} | gzip -9 | wc -c | awk '{ print ($1 < 100) }'; base64 <<< hello | base64 -d; tar -xOf t.tar src/a.txt
