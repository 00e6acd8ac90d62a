import random

r = random.Random(42)
print(r.random(), r.randint(1, 100), r.choice("abcdef"), r.sample(range(100), 5), r.gauss(0, 1), r.uniform(1, 2))
xs = list(range(10))
r.shuffle(xs)
print(xs, r.choices("ab", weights=[1, 9], k=8), r.getrandbits(70), r.triangular(0, 1), r.expovariate(2), r.betavariate(1, 2))
state = r.getstate()
a = [r.random() for _ in range(3)]
r.setstate(state)
print(a == [r.random() for _ in range(3)], random.Random("seed").random(), random.Random(b"x").randrange(1000), r.randbytes(4).hex())
random.seed(7)
print(random.random(), random.randrange(0, 100, 5), random.vonmisesvariate(0, 4), random.binomialvariate(10, 0.3))
