import sqlite3

db = sqlite3.connect("shop.db")
db.row_factory = sqlite3.Row
db.executescript(
    """create table item (id integer primary key, name text unique, price real check (price >= 0));
    create table sale (item integer references item(id), n integer, day text);
    create index by_day on sale (day);"""
)
db.executemany("insert into item (name, price) values (?, ?)", [("tea", 2.5), ("milk", 1.2), ("bread", 3)])
db.executemany("insert into sale values (:i, :n, :d)", [{"i": i % 3 + 1, "n": i, "d": f"2024-01-{i % 5 + 1:02}"} for i in range(20)])
db.commit()
for r in db.execute("select name, sum(n) as total, round(sum(n * price), 2) as money from sale join item on item = id group by name order by money desc"):
    print(dict(r))
try:
    with db:
        db.execute("insert into item (name, price) values ('water', 1)")
        db.execute("insert into item (name, price) values ('tea', 9)")
except sqlite3.IntegrityError as e:
    print(type(e).__name__, e)
print(db.execute("select count(*) from item").fetchone()[0])
db.create_function("shout", 1, lambda s: s.upper() + "!")
print(db.execute("select shout(name) from item order by 1").fetchall()[0][0])
print([tuple(r) for r in db.execute("with recursive n(i) as (select 1 union all select i+1 from n where i<5) select i, i*i from n")])
print([tuple(r) for r in db.execute("select day, sum(sum(n)) over (order by day) from sale group by day")])
db.execute("create virtual table doc using fts5(body)")
db.executemany("insert into doc values (?)", [("the cat sat",), ("a dog ran",), ("cats and dogs",)])
print([r[0] for r in db.execute("select body from doc where doc match 'cat* NOT sat'")])
print(db.execute("select json_extract('{\"a\":[1,2,3]}', '$.a[2]')").fetchone()[0])
db.close()
again = sqlite3.connect("shop.db")
print(again.execute("select max(n) from sale").fetchone(), again.execute("pragma integrity_check").fetchone())
