//! What your code must keep: the promises of the chapter, and those of the exercises.

#[path = "../../../../tests/ex20.rs"]
mod extensions;
#[path = "../../../../tests/ch20.rs"]
mod promises;

include!("../../../../tests/last_word.rs");
