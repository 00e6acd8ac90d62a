import inspect, types, sys, dis, io, ast, keyword, builtins


def f(a, b: int = 2, *c, d, **e) -> str:
    """Doc."""
    return a


print(inspect.signature(f), inspect.getdoc(f), f.__defaults__, f.__annotations__, f.__code__.co_varnames, inspect.isgeneratorfunction(f))
print(inspect.signature(f).bind(1, d=4).arguments, callable(f), hasattr(f, "x"), getattr(f, "x", "none"), type(f).__name__, isinstance(f, types.FunctionType))
tree = ast.parse("x = [i ** 2 for i in y if i]")
print(ast.dump(tree.body[0].targets[0]), ast.unparse(tree), sorted({type(n).__name__ for n in ast.walk(tree)})[:5], ast.literal_eval("{'a': [1, (2,)]}"))


class Rename(ast.NodeTransformer):
    def visit_Name(self, n):
        return ast.copy_location(ast.Name({"y": "data"}.get(n.id, n.id), n.ctx), n)


space = {"data": [1, 2, 0]}
exec(compile(ast.fix_missing_locations(Rename().visit(tree)), "t", "exec"), space)
print(space["x"], eval("a + b", {"a": 1}, {"b": 2}), keyword.iskeyword("match"), len(dir(builtins)) > 100)


class K:
    a = 1

    def m(self): ...


print([n for n, _ in inspect.getmembers(K, inspect.isfunction)], vars(K)["a"], K.m.__qualname__, sys._getframe().f_code.co_name, sys.getsizeof(1) > 0)
print(inspect.getsource(K).splitlines()[0], inspect.currentframe().f_lineno, [i.opname for i in dis.get_instructions(lambda: 1)][-1])
m = types.ModuleType("fake")
exec("v = 3", m.__dict__)
sys.modules["fake"] = m
import fake

print(fake.v, types.SimpleNamespace(a=1), types.MappingProxyType({"r": 1}), sys.version_info[:2] == (3, 13), sys.implementation.name, sys.maxunicode)
