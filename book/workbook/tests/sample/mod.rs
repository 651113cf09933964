//! A small course in a temporary folder, for tests that spoil it.
#![allow(dead_code)] // each test file uses a part of it

use std::fs;
use std::path::PathBuf;
use tempfile::TempDir;
use workbook::course::checkout::Checkout;
use workbook::pages::build::build_in;

/// A course of two chapters that breaks no rule.
pub struct Sample {
    folder: TempDir,
}

const COURSE: &str = r#"
title = "Sample"
before = ["introduction"]
after = []

[[part]]
title = "One"
chapters = ["ch01", "ch02"]

[[chapter]]
id = "ch01"
folder = "ch01-echo"
title = "Echo"
idea = "An idea."
attack = "An attack."
minutes = 60
prerequisites = []

[[chapter]]
id = "ch02"
folder = "ch02-loop"
title = "The loop"
idea = "An idea."
attack = "An attack."
minutes = 90
prerequisites = ["ch01"]
"#;

const BOOK: &str = r#"
[book]
title = "Sample"
[output.html.playground]
runnable = false
[output.html]
no-section-label = true
"#;

pub const ECHO: &str = "\
/// Says it.
pub fn say() {
    // ANCHOR: hello
    hello();
    // ANCHOR_END: hello
}
";

pub const CH01: &str = "\
# Echo

## Build

```rust
{{#include ch01/src/say.rs:say}}
```
";

pub const CH02: &str = "\
# The loop

## Build

{{#step ch02 src/say.rs}}
";

impl Sample {
    pub fn new() -> Self {
        let sample =
            Self { folder: tempfile::Builder::new().prefix("a course ").tempdir().unwrap() };
        sample.write("chapters/course.toml", COURSE);
        sample.write("book/book.toml", BOOK);
        sample
            .write("book/src/introduction.md", "# Hello\n\nSee [the loop](ch02-loop.md#build).\n");
        sample.write("book/src/ch01-echo.md", CH01);
        sample.write("book/src/ch02-loop.md", CH02);
        for (id, folder) in [("ch01", "ch01-echo"), ("ch02", "ch02-loop")] {
            let manifest = format!("[package]\nname = \"{id}\"\n");
            sample.write(&format!("chapters/{folder}/Cargo.toml"), &manifest);
            sample.write(&format!("tests/{id}.rs"), "");
        }
        sample.write("chapters/ch01-echo/src/say.rs", ECHO);
        sample.write("chapters/ch02-loop/src/say.rs", &ECHO.replace("hello()", "goodbye()"));
        sample
    }

    pub fn checkout(&self) -> Checkout {
        let mut checkout = Checkout::at(self.folder.path()).unwrap();
        checkout.target = self.folder.path().join("target");
        checkout
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    /// Adds `text` to the page of chapter 1.
    pub fn with(self, text: &str) -> Self {
        self.write("book/src/ch01-echo.md", &format!("{CH01}\n{text}"));
        self
    }

    /// The built page of chapter 1.
    pub fn page(&self) -> String {
        let folder = self.path("built");
        build_in(&self.checkout(), &folder).unwrap();
        fs::read_to_string(folder.join("ch01-echo.html")).unwrap()
    }

    /// Why the book is not built.
    #[track_caller]
    pub fn refused(&self) -> String {
        match build_in(&self.checkout(), &self.path("built")) {
            Ok(()) => panic!("this book was built, though a rule is broken"),
            Err(error) => format!("{error:#}"),
        }
    }
}
