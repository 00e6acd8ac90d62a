import asyncio
from contextlib import asynccontextmanager, AsyncExitStack


async def ticks(n):
    try:
        for i in range(n):
            await asyncio.sleep(0)
            yield i
    finally:
        print("ticks closed")


@asynccontextmanager
async def resource(name):
    print("open", name)
    try:
        yield name.upper()
    finally:
        print("close", name)


class Countdown:
    def __init__(self, n):
        self.n = n

    def __aiter__(self):
        return self

    async def __anext__(self):
        if not self.n:
            raise StopAsyncIteration
        self.n -= 1
        return self.n


async def main():
    print([i async for i in ticks(4) if i % 2])
    async with resource("db") as r, resource("net"):
        print(r)
    async with AsyncExitStack() as stack:
        print([await stack.enter_async_context(resource(n)) for n in "ab"])
    print([x async for x in Countdown(3)], await anext(Countdown(9)))
    async for i in (gen := ticks(9)):
        if i == 1:
            break
    await gen.aclose()


asyncio.run(main())
