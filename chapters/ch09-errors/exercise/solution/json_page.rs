use crate::{Failure, Request, Response, error_page, reason};

/// Whether the client asks for JSON.
///
/// `Accept` is a list of media ranges, with commas between them, and several fields `Accept`
/// are one list (RFC 9110 sections 5.3 and 12.5.1). Parameters may follow a range, each
/// behind a semicolon: `text/html;level=1;q=0.5`. Whitespace (spaces and tabs) may stand around
/// commas and semicolons.
///
/// Whoever names `application/json`, in capitals or not, asks for it, unless its parameter `q`
/// is zero (`q=0` to `q=0.000`; also `Q`): that means "anything but this". `*/*` and
/// `application/*` do not ask for it. Browsers and `curl` send them, and people read HTML.
///
/// A value may have bytes in it that are no UTF-8; that changes nothing about the other
/// ranges. Commas and semicolons in quotation marks need not be told from others.
pub fn asks_for_json(request: &Request) -> bool {
    request.headers.get_all("Accept").any(|list| {
        // What is no UTF-8 becomes characters that no media type has.
        String::from_utf8_lossy(list).split(',').any(names_json)
    })
}

/// Whether this is `application/json`, and wanted.
fn names_json(range: &str) -> bool {
    let mut parts = range.split(';').map(|part| part.trim_matches([' ', '\t']));
    parts.next().is_some_and(|name| name.eq_ignore_ascii_case("application/json"))
        && !parts.any(is_weight_of_zero)
}

fn is_weight_of_zero(parameter: &str) -> bool {
    match parameter.split_once('=') {
        Some((name, value)) => name.eq_ignore_ascii_case("q") && value.parse() == Ok(0.0),
        None => false,
    }
}

/// `text` as a string of JSON, its quotation marks included (RFC 8259 section 7).
///
/// Whatever JSON parser reads it, `text` comes out. A quotation mark, a backslash and the
/// control characters from U+0000 to U+001F must not stand in a string as they are: they are
/// written `\"`, `\\` and `\u` with four hexadecimal digits, as in `\u001b`; for some there
/// are short forms, like `\n`. All others may be escaped and need not.
pub fn json_string(text: &str) -> String {
    let mut string = String::with_capacity(text.len() + 2);
    string.push('"');
    for char in text.chars() {
        match char {
            '"' => string += "\\\"",
            '\\' => string += "\\\\",
            '\n' => string += "\\n", // a traceback has many
            '\0'..='\x1f' => string += &format!("\\u{:04x}", u32::from(char)),
            _ => string.push(char),
        }
    }
    string.push('"');
    string
}

/// The error page as JSON: one object, of type `application/json`, with the failure's status.
///
/// | member | value | is there |
/// |---|---|---|
/// | `status` | the status, a number | always |
/// | `reason` | the [`reason`](crate::reason) phrase, a string, which may be empty | always |
/// | `request` | the request as its one line, a string | if there is a request |
/// | `detail` | the detail, a string | if it is not empty |
/// | `traceback` | its text, with its line breaks, a string | if there is a traceback |
///
/// The members may come in any order, and whitespace may stand between them.
/// [`Traceback::whole`](crate::Traceback::whole) is left out.
pub fn json_page(failure: &Failure<'_>) -> Response {
    let Failure { status, request, detail, traceback } = *failure;
    let mut page = format!("{{\"status\":{status},\"reason\":{}", json_string(reason(status)));
    // The names are ours and have nothing in them to escape.
    let mut add = |name, text: &str| page += &format!(",\"{name}\":{}", json_string(text));
    if let Some(request) = request {
        add("request", &request.to_string());
    }
    if !detail.is_empty() {
        add("detail", detail);
    }
    if let Some(traceback) = traceback {
        add("traceback", &traceback.to_string());
    }
    page += "}\n";
    Response::new(status).content_type("application/json").body(page)
}

/// [`json_page`] for whoever asks for it, and for all others, also those whose request could
/// not be read, [`error_page`].
///
/// Both have the field `Vary: Accept` besides. It tells a cache that another client's `Accept`
/// may get another page (RFC 9110 section 12.5.5).
pub fn page_as_asked(failure: &Failure<'_>) -> Response {
    let page = match failure.request {
        Some(request) if asks_for_json(request) => json_page(failure),
        _ => error_page(failure),
    };
    page.header("Vary", "Accept").expect("a name and a value that may be sent")
}
