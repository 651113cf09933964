# Python's own server of XML-RPC.
import datetime
from xmlrpc.server import SimpleXMLRPCServer

server = SimpleXMLRPCServer(
    ("127.0.0.1", 0), logRequests=False, allow_none=True, use_builtin_types=True)
server.register_introspection_functions()
server.register_multicall_functions()

def fail():
    raise ValueError("the soup is cold")

server.register_function(lambda value: value, "echo")
server.register_function(lambda a, b: a + b, "add")
server.register_function(fail, "fail")
server.register_function(lambda: datetime.datetime(2026, 7, 4, 8, 5, 9), "day")
server.register_function(lambda: b"\0\xff" * 100, "bytes")
print("python: listening on %s:%d" % server.server_address, flush=True)
server.serve_forever()
