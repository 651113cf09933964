use anyhow::Result;
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
        todo!("segment by segment: what is wrong with it, which node is next, is its place free?")
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

    /// The leaf that these segments lead to from here. What is captured on the way is added to
    /// `captured`, and taken away again where a way leads nowhere.
    fn find(&self, segments: &[String], captured: &mut Vec<String>) -> Option<&Leaf<T>> {
        todo!("what is written out, then a capture, then the rest: which of them leads to a value?")
    }
}
