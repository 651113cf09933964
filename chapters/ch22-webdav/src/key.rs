use std::collections::BTreeMap;

/// All entries of `map` at `key` or below it. Keys are names with slashes between them.
pub(crate) fn at_or_below<'a, T>(
    map: &'a BTreeMap<String, T>,
    key: &str,
) -> impl Iterator<Item = (&'a String, &'a T)> {
    let prefix = below(key);
    let inner =
        map.range(prefix.clone()..).take_while(move |(known, _)| known.starts_with(&prefix));
    // Below the root there is the root, as its key is empty.
    map.get_key_value(key).filter(|_| !key.is_empty()).into_iter().chain(inner)
}

/// Whether `key` is `outer`, or below it.
pub(crate) fn is_at_or_below(key: &str, outer: &str) -> bool {
    key == outer || key.starts_with(&below(outer))
}

/// What the keys below `key` begin with.
fn below(key: &str) -> String {
    if key.is_empty() { String::new() } else { format!("{key}/") }
}

/// `key`, and those above it up to the root, whose key is empty.
pub(crate) fn upwards(key: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(key), |key| parent(key))
}

/// The key of the folder in which something is; the root is in none.
pub(crate) fn parent(key: &str) -> Option<&str> {
    match key.rsplit_once('/') {
        Some((parent, _)) => Some(parent),
        None => (!key.is_empty()).then_some(""),
    }
}
