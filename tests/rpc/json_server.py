# A server made with jsonrpclib-pelix.
from jsonrpclib.SimpleJSONRPCServer import SimpleJSONRPCServer

server = SimpleJSONRPCServer(("127.0.0.1", 0), logRequests=False)

def fail():
    raise ValueError("the soup is cold")

told = []

def tell(word):
    told.append(word)

server.register_function(lambda value: value, "echo")
server.register_function(lambda a, b: a + b, "add")
server.register_function(fail, "fail")
server.register_function(tell, "tell")
server.register_function(lambda: told, "told")
print("python: listening on %s:%d" % server.server_address, flush=True)
server.serve_forever()
