name = input("name? ")
age = int(input())
print(f"\n{name} is {age}")
try:
    input()
except EOFError as e:
    print("no more", e)
