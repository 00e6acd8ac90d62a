import timeit, time, cProfile, pstats, io

print(timeit.timeit("x + 1", "x = 1", number=100) >= 0, len(timeit.repeat(lambda: 1, number=10, repeat=3)))
t0, c0 = time.monotonic(), time.process_time()
time.sleep(0.02)
print(0.02 <= time.monotonic() - t0 < 5, time.process_time() - c0 < 5, time.time_ns() > 10**18, time.get_clock_info("monotonic").monotonic)


def work():
    return sum(i * i for i in range(100))


p = cProfile.Profile()
p.runcall(work)
out = io.StringIO()
pstats.Stats(p, stream=out).print_stats("work")
print("work" in out.getvalue())
