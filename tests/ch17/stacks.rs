//! Middleware around middleware.

use super::requests::Any;
use ch17::{Application, Mounts, caught, compressed, logged, timed};

pub type Wrap = fn(Any) -> Any;

/// Each middleware, and all of them in one order and in the other.
pub fn stacks() -> Vec<(&'static str, Vec<Wrap>)> {
    let all: [(&str, Wrap); 5] = [
        ("timed", |inner| Any::new(timed(inner))),
        ("logged", |inner| Any::new(logged(inner))),
        ("compressed", |inner| Any::new(compressed(inner))),
        ("caught", |inner| Any::new(caught(false, inner))),
        ("mounted", |inner| Any::new(Mounts::default().mount("/", inner))),
    ];
    let wraps = all.map(|(_, wrap)| wrap);
    let mut stacks: Vec<_> = all.iter().map(|&(name, wrap)| (name, vec![wrap])).collect();
    stacks.push(("all", wraps.to_vec()));
    stacks.push(("all in the other order", wraps.into_iter().rev().collect()));
    stacks
}

pub fn stacked(application: impl Application + 'static, stack: &[Wrap]) -> Any {
    stack.iter().fold(Any::new(application), |inner, wrap| wrap(inner))
}
