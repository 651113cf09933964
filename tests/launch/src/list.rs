use anyhow::{Context, Result};
use serde::Deserialize;
use std::fs;
use std::path::Path;

/// A chapter, as far as its program is concerned.
#[derive(Clone, Debug, Deserialize, PartialEq)]
pub struct Chapter {
    /// The name of its package and program: `ch03`.
    pub id: String,
    /// Its folder in `chapters`: `ch03-threads`.
    pub folder: String,
}

impl Chapter {
    /// Its number, which is 0 if the name has none.
    pub fn number(&self) -> u16 {
        self.id.trim_start_matches("ch").parse().unwrap_or_default()
    }

    /// The port of its program: 8003 for chapter 3.
    pub fn port(&self) -> u16 {
        8000 + self.number()
    }
}

/// All chapters of the list `chapters/course.toml` in the folder `course`, in order.
///
/// # Errors
///
/// If the list cannot be read or has no chapters.
pub fn chapters(course: &Path) -> Result<Vec<Chapter>> {
    #[derive(Deserialize)]
    struct Course {
        chapter: Vec<Chapter>,
    }
    let file = course.join("chapters/course.toml");
    let text =
        fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
    let course: Course = toml::from_str(&text).with_context(|| format!("in {}", file.display()))?;
    Ok(course.chapter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_has_the_chapters_in_their_order() {
        let course = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let chapters = chapters(&course).unwrap();
        assert_eq!(chapters[0].id, "ch01");
        assert_eq!(chapters[2].port(), 8003);
        assert!(chapters.is_sorted_by_key(Chapter::number));
        assert!(chapters.iter().all(|one| course.join("chapters").join(&one.folder).is_dir()));
    }
}
