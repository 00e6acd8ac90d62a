answer = 42 if __name__ == "other" else 0
