use crate::{Environ, HttpError, percent_decode};

/// The segments of the path behind `SCRIPT_NAME`, each decoded by itself: in `/hello/a%2fb` the
/// second one is `a/b`.
///
/// `PATH_INFO` does not tell where a slash was encoded, so the target is asked, as it was sent. A
/// gateway that does not pass it on in `REQUEST_URI` leaves nothing but `PATH_INFO`. What is
/// not UTF-8 is the name of nothing here: 404.
pub fn segments(environ: &Environ) -> Result<Vec<String>, HttpError> {
    let text = |bytes| String::from_utf8(bytes).map_err(|_| HttpError(404));
    if let Some(raw) = raw_path(environ) {
        return raw
            .split('/')
            .map(|segment| text(percent_decode(segment).ok_or(HttpError(400))?))
            .collect();
    }
    let path = text(environ.get("PATH_INFO").unwrap_or_default().to_vec())?;
    Ok(path.strip_prefix('/').unwrap_or(&path).split('/').map(str::to_owned).collect())
}

/// What follows `SCRIPT_NAME` and a slash in the target, not decoded.
fn raw_path(environ: &Environ) -> Option<&str> {
    let target = environ.text("REQUEST_URI").split('?').next()?;
    let path = match target.strip_prefix('/') {
        Some(path) => path,
        // In absolute form, which names the host as well (RFC 9112 section 3.2.2).
        None => target.split_once("://")?.1.split_once('/').map_or("", |(_, path)| path),
    };
    let script = environ.text("SCRIPT_NAME");
    let mut rest = path;
    for _ in script.matches('/') {
        rest = rest.split_once('/').map_or("", |(_, rest)| rest);
    }
    // It is the same path, or somebody has rewritten one of the two.
    let decoded = percent_decode(rest)?;
    let path_info = environ.get("PATH_INFO")?;
    (path_info.strip_prefix(b"/").unwrap_or(path_info) == decoded).then_some(rest)
}
