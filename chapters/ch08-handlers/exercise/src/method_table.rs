use crate::{Request, Response};
use anyhow::Result;

// Boxes, as in the server's list; `register` of the server takes them as they are.
type Pattern = Box<dyn Fn(&Request) -> bool + Send + Sync>;
type Handler = Box<dyn Fn(&Request) -> Result<Response> + Send + Sync>;

/// Handlers by method and path, and therefore able to say which methods a path has.
#[derive(Default)]
pub struct MethodTable {
    // What does it have to remember that a pattern would not tell?
}

impl MethodTable {
    /// Lets `handler` answer requests with this method for this path, unless one was registered
    /// before for the same method and path. Both are compared byte by byte; nothing is decoded.
    pub fn register(
        &mut self,
        method: &str,
        path: &str,
        handler: impl Fn(&Request) -> Result<Response> + Send + Sync + 'static,
    ) {
        todo!("remember all three")
    }

    /// Makes of the table a pattern and a handler for the server:
    /// `let (pattern, handler) = table.into_pair(); server.register(pattern, handler);`
    ///
    /// The pattern matches if the path is in the table, whatever the method; it calls no
    /// handler. The handler then answers:
    ///
    /// - The handler for this method and path is called, once, and what it returns is returned.
    /// - A HEAD without a handler of its own goes to that of GET, if there is one. (The server
    ///   leaves out the body.)
    /// - Any other method is answered 405, with one more field, `Allow`: all methods that the
    ///   path has, each once, in any order, with `, ` between them. Where GET is, HEAD is too.
    ///   No handler is called. The body may be anything.
    pub fn into_pair(self) -> (Pattern, Handler) {
        todo!("two closures and one table: who owns it?")
    }
}
