use anyhow::{Result, bail, ensure};
use std::collections::BTreeMap;

/// Which value belongs to a path: a tree of segments.
///
/// | pattern | matches | does not match |
/// |---|---|---|
/// | `/menu` | `/menu` | `/menu/` |
/// | `/hello/{name}` | `/hello/Ann`, `/hello/a%2fb` | `/hello/`, `/hello/a/b` |
/// | `/files/{*path}` | `/files/a`, `/files/a/b`, `/files/` | `/files` |
///
/// A segment that is written out wins over one that is captured, from the left: of `/a/{x}/c` and
/// `/a/b/{y}` the second gets `/a/b/c`. But if the rest does not fit, the first is tried again.
#[derive(Debug)]
pub struct Router<T>(Node<T>);

/// The value of a path, and what was captured of it, by name.
#[derive(Debug, PartialEq)]
pub struct FoundRoute<'r, T> {
    /// The value of the pattern.
    pub value: &'r T,
    /// Names and what stood in their places, in the order of the pattern.
    pub captures: Vec<(&'r str, String)>,
}

#[derive(Debug)]
struct Node<T> {
    literals: BTreeMap<String, Node<T>>,
    capture: Option<Box<Node<T>>>,
    /// The value of a pattern whose last segment captures the rest.
    rest: Option<Leaf<T>>,
    /// The value of a pattern that ends here.
    leaf: Option<Leaf<T>>,
}

#[derive(Debug)]
struct Leaf<T> {
    pattern: String,
    names: Vec<String>,
    value: T,
}

impl<T> Default for Router<T> {
    fn default() -> Self {
        Self(Node::new())
    }
}

impl<T> Router<T> {
    /// Adds a pattern.
    ///
    /// One that matches the same paths as another one is an error, and so is one that is
    /// malformed: a program shall notice that when it starts, and not its users.
    pub fn add(&mut self, pattern: &str, value: T) -> Result<()> {
        let Some(path) = pattern.strip_prefix('/') else {
            bail!("{pattern:?} has no slash at its start")
        };
        let mut names: Vec<String> = Vec::new();
        let mut node = &mut self.0;
        let mut takes_rest = false;
        let mut segments = path.split('/').peekable();
        while let Some(segment) = segments.next() {
            ensure!(!takes_rest, "in {pattern:?} something follows what takes the rest");
            let is_last = segments.peek().is_none();
            ensure!(is_last || !segment.is_empty(), "in {pattern:?} a segment is empty");
            let Some(name) = segment.strip_prefix('{') else {
                ensure!(
                    !segment.contains(['{', '}']),
                    "in {pattern:?} a capture is no whole segment"
                );
                node = node.literals.entry(segment.to_owned()).or_insert_with(Node::new);
                continue;
            };
            let Some(name) = name.strip_suffix('}') else {
                bail!("in {pattern:?} a brace is not closed")
            };
            takes_rest = name.starts_with('*');
            let name = name.strip_prefix('*').unwrap_or(name);
            let is_name =
                !name.is_empty() && name.chars().all(|char| char.is_alphanumeric() || char == '_');
            ensure!(is_name, "in {pattern:?} {name:?} is no name");
            ensure!(!names.iter().any(|known| known == name), "{pattern:?} captures {name} twice");
            names.push(name.to_owned());
            if !takes_rest {
                node = node.capture.get_or_insert_with(|| Box::new(Node::new()));
            }
        }
        let leaf = if takes_rest { &mut node.rest } else { &mut node.leaf };
        if let Some(other) = leaf {
            bail!("{pattern:?} and {:?} match the same paths", other.pattern);
        }
        *leaf = Some(Leaf { pattern: pattern.to_owned(), names, value });
        Ok(())
    }

    /// Finds the value of a path, which is given as its segments, each decoded: those of `/a/`
    /// are `a` and an empty one.
    pub fn find(&self, segments: &[String]) -> Option<FoundRoute<'_, T>> {
        let mut captured = Vec::new();
        let leaf = self.0.find(segments, &mut captured)?;
        let captures = leaf.names.iter().map(String::as_str).zip(captured).collect();
        Some(FoundRoute { value: &leaf.value, captures })
    }
}

impl<T> Node<T> {
    fn new() -> Self {
        Self { literals: BTreeMap::new(), capture: None, rest: None, leaf: None }
    }

    fn find(&self, segments: &[String], captured: &mut Vec<String>) -> Option<&Leaf<T>> {
        let Some((first, others)) = segments.split_first() else { return self.leaf.as_ref() };
        let in_literal = self.literals.get(first).and_then(|node| node.find(others, captured));
        if in_literal.is_some() {
            return in_literal;
        }
        if let Some(node) = &self.capture
            && !first.is_empty()
        {
            captured.push(first.clone());
            let found = node.find(others, captured);
            if found.is_some() {
                return found;
            }
            captured.pop();
        }
        let rest = self.rest.as_ref()?;
        captured.push(segments.join("/"));
        Some(rest)
    }
}
