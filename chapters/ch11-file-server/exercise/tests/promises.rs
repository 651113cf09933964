//! What your code must keep: the promises of the chapter, and those of the exercises.

#[path = "../../../../tests/ex11.rs"]
mod extensions;
#[path = "../../../../tests/ch11.rs"]
mod promises;
#[path = "../../../../tests/the_end.rs"]
mod the_end;
