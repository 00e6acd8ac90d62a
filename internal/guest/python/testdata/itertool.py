from itertools import *

print(list(accumulate([1, 2, 3, 4], lambda a, b: a * b)), list(chain("ab", [1])), list(combinations("abc", 2)), len(list(permutations(range(5)))))
print(list(product([0, 1], repeat=2)), list(groupby("aabbbc"))[0][0], [(k, len(list(g))) for k, g in groupby("aabbbc")])
print(list(zip_longest("ab", "c", fillvalue="-")), list(islice(count(5, 2), 4)), list(pairwise([1, 4, 9])), list(batched("abcdefg", 3)))
print(list(starmap(pow, [(2, 3), (3, 2)])), list(compress("abcd", [1, 0, 1])), list(dropwhile(str.isdigit, "12a3")), list(filterfalse(None, [0, 1, 2])))
a, b = tee(iter("xyz"))
print(next(a), list(b), list(a), list(islice(cycle("ab"), 5)), list(combinations_with_replacement("ab", 2)), list(repeat(1, 3)))
