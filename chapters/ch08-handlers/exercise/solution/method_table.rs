use crate::{Request, Response};
use anyhow::Result;
use std::sync::Arc;

// Boxes, as in the server's list; `register` of the server takes them as they are.
type Pattern = Box<dyn Fn(&Request) -> bool + Send + Sync>;
type Handler = Box<dyn Fn(&Request) -> Result<Response> + Send + Sync>;

/// Handlers by method and path, and therefore able to say which methods a path has.
#[derive(Default)]
pub struct MethodTable {
    // Method and path as data: from a closure that compares them, nobody gets them back.
    routes: Vec<Route>,
}

struct Route {
    method: String,
    path: String,
    handler: Handler,
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
        let (method, path, handler) = (method.to_owned(), path.to_owned(), Box::new(handler));
        self.routes.push(Route { method, path, handler });
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
        // Pattern and handler go different ways, and either may be used by any thread.
        let table = Arc::new(self);
        let same_table = Arc::clone(&table);
        (
            Box::new(move |request| table.at(&request.path).next().is_some()),
            Box::new(move |request| same_table.answer(request)),
        )
    }

    fn answer(&self, request: &Request) -> Result<Response> {
        let handler_of = |method| self.at(&request.path).find(|route| route.method == method);
        let mut route = handler_of(request.method.as_str());
        if route.is_none() && request.method == "HEAD" {
            route = handler_of("GET");
        }
        match route {
            Some(route) => (route.handler)(request),
            None => {
                let allowed = self.allowed(&request.path).join(", ");
                Ok(Response::new(405).body("not in this way\n").header("Allow", allowed)?)
            }
        }
    }

    /// The methods that a path has, each once.
    fn allowed(&self, path: &str) -> Vec<&str> {
        let mut allowed = Vec::new();
        for route in self.at(path) {
            allowed.push(route.method.as_str());
            if route.method == "GET" {
                allowed.push("HEAD");
            }
        }
        allowed.sort_unstable();
        allowed.dedup();
        allowed
    }

    fn at(&self, path: &str) -> impl Iterator<Item = &Route> {
        self.routes.iter().filter(move |route| route.path == path)
    }
}
