//! What your code must keep: the promises of the chapter, and those of the exercises.

#[path = "../../../../tests/ex17.rs"]
mod extensions;
#[path = "../../../../tests/ch17.rs"]
mod promises;

include!("../../../../tests/last_word.rs");
