import tokenize, io, token, code, codeop, symtable

src = "x = 1.5 + f'{y}' # c\n"
print([(token.tok_name[t.type], t.string) for t in tokenize.generate_tokens(io.StringIO(src).readline)])
print(codeop.compile_command("if x:") is None, codeop.compile_command("1") is not None)
t = symtable.symtable("def f(a):\n  global g\n  return a + b", "s", "exec").get_children()[0]
print(t.get_parameters(), t.get_globals(), t.lookup("a").is_local())
i = code.InteractiveInterpreter({"k": 2})
i.runsource("print(k * 21)")
