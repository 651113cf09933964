//! Chapter 18's arms: chapter 17's, with an [`App`] between the interface and the handlers.

use super::Site;
use super::gateway::{Behind, Handlers};
use ch18::{App, Application, HttpServer, Methods};
use std::sync::Arc;

/// All methods of RFC 9110 that change something, and GET; the others are the framework's.
const METHODS: [&str; 4] = ["GET", "POST", "PUT", "DELETE"];

/// A site with one route, which all paths have.
fn app(handlers: Handlers) -> App {
    let handlers = Arc::new(handlers);
    let methods = METHODS.into_iter().fold(Methods::default(), |methods, method| {
        let handlers = Arc::clone(&handlers);
        methods.on(method, move |call| {
            let environ = call.environ;
            handlers.answer(environ, call.input())
        })
    });
    let mut app = App::default();
    app.route("/{*path}", methods).expect("the only route");
    app
}

/// See [`register_common`](super::register_common).
pub(super) fn register_common(server: &mut HttpServer) {
    let mut behind = Behind { handlers: Handlers::default(), server };
    super::register_common(&mut behind);
    behind.finish(app);
}

/// See [`register_files`](super::register_files).
pub(super) fn register_files(server: &mut HttpServer, site: &Site) {
    let mut behind = Behind { handlers: Handlers::default(), server };
    super::register_files(&mut behind, site);
    behind.finish(app);
}
