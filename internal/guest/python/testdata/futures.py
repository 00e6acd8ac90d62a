from concurrent.futures import ThreadPoolExecutor, as_completed, wait, FIRST_COMPLETED, Future

with ThreadPoolExecutor(max_workers=3) as pool:
    print(list(pool.map(pow, [2, 3, 4], [5, 2, 1])))
    fs = {pool.submit(lambda n: n * n, i): i for i in range(5)}
    print(sorted((fs[f], f.result()) for f in as_completed(fs)))
    bad = pool.submit(int, "x")
    print(type(bad.exception()).__name__, bad.done(), bad.cancel())
    done, rest = wait([pool.submit(sum, [1, 2])], timeout=1, return_when=FIRST_COMPLETED)
    print(len(done), len(rest), done.pop().result())
f = Future()
f.add_done_callback(lambda f: print("callback", f.result()))
f.set_result(7)
try:
    pool.submit(print)
except RuntimeError as e:
    print(e)
