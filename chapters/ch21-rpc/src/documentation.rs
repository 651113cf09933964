use crate::{Procedure, Procedures, escape_html};
use ch18::Response;
use std::fmt::Write;

/// A page that says what can be called, made of what the procedures say about themselves: so it
/// cannot be about others. `place` is the path behind which they are.
pub fn documentation(procedures: &Procedures, place: &str) -> Response {
    let mut list = String::new();
    for (name, Procedure { help, parameters, returns, .. }) in procedures.iter() {
        let parameters = parameters.iter().map(|(name, kind)| format!("{name}: {kind}"));
        let parameters = parameters.collect::<Vec<_>>().join(", ");
        // Writing to a text cannot fail.
        let _ = write!(
            list,
            "<dt id=\"{name}\"><code><b>{name}</b>({parameters}) -&gt; {returns}</code></dt>\n\
             <dd>{help}</dd>\n",
            name = escape_html(name),
            help = escape_html(help),
            parameters = escape_html(&parameters),
        );
    }
    let place = escape_html(place);
    Response::html(format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>Procedures</title>\n\
         <style>\nbody {{ max-width: 45em; margin: 2em auto; padding: 0 1em }}\n\
         dt {{ margin-top: 1em }} code {{ overflow-wrap: anywhere }}\n</style>\n\
         <h1>Procedures</h1>\n\
         <p>They are called by POST to <code>{place}</code>, as XML-RPC (<code>text/xml</code>) or \
         as JSON-RPC 2.0 (<code>application/json</code>).</p>\n<dl>\n{list}</dl>\n</html>\n"
    ))
}
