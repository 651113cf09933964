//! Lays the learner's files before an exercise is compiled that has been cloned just now.

#[path = "src/lib.rs"]
mod starter;

use std::path::Path;

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    // A new chapter is listed there.
    println!("cargo::rerun-if-changed={}", root.join("chapters/course.toml").display());
    for exercise in starter::exercises(&root) {
        println!("cargo::rerun-if-changed={}", exercise.join("starter").display());
    }
    if let Err(error) = starter::lay(&root) {
        panic!("the files of an exercise cannot be laid: {error}");
    }
}
