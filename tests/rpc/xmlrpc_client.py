# Python's own client of XML-RPC. It prints nothing if all is as it should be.
import datetime, sys
import xmlrpc.client

server = xmlrpc.client.ServerProxy(sys.argv[1], allow_none=True, use_builtin_types=True)

day = datetime.datetime(2026, 7, 4, 8, 5, 9)
for value in [
    0, 1, -1, 2**31 - 1, -2**31, True, False, 0.5, -12.53, 1e300, 5e-324, 7.0,
    "", "soup", " a  b ", "007", "a<b>&\"'", "]]>", "&amp;", "ä\U0001f35e", "a\tb\nc",
    b"", bytes(range(256)) * 10, day, None, [], [1, [2.5, ["x"]]], {},
    {"a": 1, " b c ": {"<": "&"}}, [None, {"x": None}],
]:
    got = server.sample.echo(value)
    assert got == value and type(got) is type(value), (value, got)

# It writes what XML changes, as it is; we do not.
assert server.sample.echo("a\r\nb") == "a\nb"
assert server.test.lines() == "a\r\nb\rc"
# More than 32 bits it reads and does not write.
assert server.test.large() == 2**40
try:
    server.sample.echo(2**31)
    raise AssertionError("it is written")
except OverflowError:
    pass

def fault(call):
    try:
        return call()
    except xmlrpc.client.Fault as fault:
        assert type(fault.faultCode) is int and fault.faultString, fault
        return "fault", fault.faultCode

assert server.sample.add(2, 3) == 5
assert fault(lambda: server.sample.divide(1, 0)) == ("fault", 1)
assert fault(lambda: server.none()) == ("fault", -32601)
assert fault(lambda: server.sample.add(2)) == ("fault", -32602)
assert fault(lambda: server.sample.add("2", 3)) == ("fault", -32602)
assert fault(lambda: server.test.fail()) == ("fault", -32603)
assert fault(lambda: server.test.unwritable()) == ("fault", -32603)

many = xmlrpc.client.MultiCall(server)
many.sample.add(2, 3)
many.sample.divide(1, 0)
many.none()
many.sample.echo([1])
results = many()
assert [fault(lambda: results[place]) for place in range(4)] == [
    5, ("fault", 1), ("fault", -32601), [1]]

names = server.system.listMethods()
assert names == sorted(names) and "sample.add" in names, names
assert server.system.methodSignature("sample.add") == [["int", "int", "int"]]
assert server.system.methodHelp("sample.add") == "The sum of two numbers."

# Another encoding, and types without the extension.
latin = xmlrpc.client.ServerProxy(sys.argv[1], encoding="iso-8859-1")
assert latin.sample.echo("ä") == "ä"
date = xmlrpc.client.DateTime("20260704T08:05:09")
assert latin.sample.echo(date) == date
data = xmlrpc.client.Binary(b"\0" * 200)
assert latin.sample.echo(data) == data
