# jsonrpclib-pelix. It prints nothing if all is as it should be.
import sys
import jsonrpclib

server = jsonrpclib.ServerProxy(sys.argv[1])
for value in [
    0, -1, 2**63 - 1, -2**63, 0.5, 1e300, -5.0222913342353405e+116, 7.0, True, None,
    "", "ä\U0001f35e\r\n\0", [], [1, [2.5, ["x"]]], {"a": {"b": None}},
]:
    got = server.sample.echo(value)
    assert got == value and type(got) is type(value), (value, got)

assert server.sample.add(2, 3) == 5
assert server.sample.add(a=2, b=3) == 5

# A notification is carried out; that there is no answer (204), it takes for an error. It leaves
# that answer unread, and its connection is of no use any more.
try:
    jsonrpclib.ServerProxy(sys.argv[1])._notify.test.note()
    raise AssertionError("it takes 204")
except jsonrpclib.jsonrpc.TransportError as error:
    assert error.args[1] == 204, error
assert server.test.noted() == 1

def fault(call):
    try:
        return call()
    except jsonrpclib.ProtocolError as error:
        return "fault", error.args[0][0]

assert fault(lambda: server.sample.divide(1, 0)) == ("fault", 1)
assert fault(lambda: server.none()) == ("fault", -32601)
assert fault(lambda: server.sample.add(2)) == ("fault", -32602)
assert fault(lambda: server.test.fail()) == ("fault", -32603)
assert fault(lambda: server.sample.echo(2**64 - 1)) == ("fault", -32602)

many = jsonrpclib.MultiCall(server)
many.sample.add(2, 3)
many.sample.echo([1])
assert list(many()) == [5, [1]]
