import asyncio


async def work(name, delay, fail=False):
    await asyncio.sleep(delay)
    if fail:
        raise ValueError(name)
    return name


async def main():
    print(await asyncio.gather(work("a", 0.02), work("b", 0.01), work("c", 0)))
    tasks = [asyncio.create_task(work(n, d)) for n, d in [("slow", 0.03), ("fast", 0.005)]]
    for t in asyncio.as_completed(tasks):
        print(await t)
    try:
        await asyncio.wait_for(work("late", 1), 0.01)
    except TimeoutError:
        print("timeout")
    try:
        async with asyncio.TaskGroup() as g:
            g.create_task(work("x", 0.01, True))
            g.create_task(work("y", 1))
    except* ValueError as e:
        print("group", e.exceptions)
    print(await asyncio.gather(work("p", 0), work("q", 0, True), return_exceptions=True))
    q = asyncio.Queue(2)

    async def producer():
        for i in range(5):
            await q.put(i)
        await q.put(None)

    async def consumer():
        got = []
        while (x := await q.get()) is not None:
            got.append(x * x)
        return got

    _, got = await asyncio.gather(producer(), consumer())
    print(got)
    lock, order = asyncio.Lock(), []

    async def critical(i):
        async with lock:
            order.append(i)
            await asyncio.sleep(0)
            order.append(i)

    await asyncio.gather(*map(critical, range(3)))
    print(order)
    async with asyncio.timeout(1):
        print(await asyncio.to_thread(sum, range(10)))
    t = asyncio.create_task(asyncio.sleep(10))
    await asyncio.sleep(0)
    t.cancel()
    try:
        await t
    except asyncio.CancelledError:
        print("cancelled", t.cancelled())


asyncio.run(main())
