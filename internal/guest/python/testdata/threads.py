import threading, queue, time

results, lock = [], threading.Lock()


def work(n):
    with lock:
        results.append(n * n)


ts = [threading.Thread(target=work, args=(i,), name=f"w{i}") for i in range(5)]
for t in ts:
    t.start()
for t in ts:
    t.join()
print(sorted(results), ts[0].name, ts[0].is_alive(), threading.active_count(), threading.current_thread().name)
q, out = queue.Queue(), []


def consumer():
    while (x := q.get()) is not None:
        out.append(x + 1)
        q.task_done()


for i in range(4):
    q.put(i)
q.put(None)
t = threading.Thread(target=consumer)
t.start()
t.join()
print(out, q.empty())
local, event = threading.local(), threading.Event()
local.x = 1


def waiter():
    event.set()
    out.append(hasattr(local, "x"))


t = threading.Thread(target=waiter)
t.start()
print(event.wait(5))
t.join()
print(out[-1])
timer = threading.Timer(0.01, lambda: out.append("timer"))
timer.start()
timer.join()
print(out[-1])
sem = threading.BoundedSemaphore(2)
with sem:
    print(sem.acquire(blocking=False), sem.acquire(blocking=False))
    sem.release()


def boom():
    raise ValueError("in thread")


threading.excepthook = lambda a: print("hook", a.exc_type.__name__, a.exc_value)
t = threading.Thread(target=boom)
t.start()
t.join()
pq = queue.PriorityQueue()
for p in (3, 1, 2):
    pq.put(p)
print([pq.get() for _ in range(3)])
try:
    pq.get(timeout=0.01)
except queue.Empty:
    print("empty")
