def sort(items):
    if len(items) < 2:
        return items
    pivot, *rest = items
    return sort([x for x in rest if x < pivot]) + [pivot] + sort([x for x in rest if x >= pivot])


numbers = [(i * 7919) % 1009 for i in range(300)]
print(sort(numbers) == sorted(numbers), sort(numbers)[:8], sort(list("caisson")))
