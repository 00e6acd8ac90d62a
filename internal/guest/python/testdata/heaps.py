import heapq, bisect

h = [5, 1, 8, 3]
heapq.heapify(h)
heapq.heappush(h, 2)
print([heapq.heappop(h) for _ in range(3)], heapq.nlargest(2, [4, 9, 1]), heapq.nsmallest(2, "banana", key=lambda c: -ord(c)), list(heapq.merge([1, 4], [2, 3])), heapq.heapreplace(h, 0))
xs = [1, 3, 3, 7]
print(bisect.bisect_left(xs, 3), bisect.bisect_right(xs, 3), bisect.bisect(["a", "bb", "cccc"], 2, key=len))
bisect.insort(xs, 4)
print(xs, "FDCBA"[bisect.bisect([60, 70, 80, 90], 85)])
