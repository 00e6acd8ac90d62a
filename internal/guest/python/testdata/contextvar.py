import contextvars, asyncio

user = contextvars.ContextVar("user", default="nobody")
token = user.set("ann")
print(user.get())
user.reset(token)
print(user.get())
ctx = contextvars.copy_context()
ctx.run(user.set, "bob")
print(user.get(), ctx[user])


async def task(name):
    user.set(name)
    await asyncio.sleep(0)
    return user.get()


async def main():
    return await asyncio.gather(*(task(n) for n in "xyz")), user.get()


print(asyncio.run(main()))
