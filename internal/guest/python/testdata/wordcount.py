import re
from collections import Counter
from pathlib import Path

text = Path("book.txt").read_text()
words = re.findall(r"[a-z']+", text.lower())
stop = {"the", "and", "of", "a", "to", "in", "it", "was"}
for word, n in Counter(w for w in words if w not in stop).most_common(5):
    print(f"{word:<10}{n:>3} {'#' * n}")
print(len(words), len(set(words)), len(text.splitlines()), max(words, key=len))
sentences = [s.strip() for s in re.split(r"[.!?]+", text) if s.strip()]
print(len(sentences), max(len(s.split()) for s in sentences))
