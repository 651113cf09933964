//! Text that is laid: templates, and lines put into files that are there.

use anyhow::{Context, Result, bail, ensure};
use std::fs;
use std::path::Path;
use workbook::system::write_file::write_whole;

/// `text` with each `@NAME@` replaced by its value.
pub fn fill(text: &str, values: &[(&str, &str)]) -> String {
    values.iter().fold(text.to_owned(), |text, (name, value)| text.replace(name, value))
}

/// Writes a file that must not be there yet.
pub fn lay(root: &Path, name: &str, text: &str) -> Result<()> {
    let path = root.join(name);
    ensure!(!path.exists(), "{name} is there already");
    let folder = path.parent().context("a file has a folder")?;
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    write_whole(&path, text)
}

/// Puts `line` behind the last line that begins with `before`, not counting its indentation.
pub fn insert(root: &Path, name: &str, before: &str, line: &str) -> Result<()> {
    let path = root.join(name);
    let text = fs::read_to_string(&path).with_context(|| format!("cannot read {name}"))?;
    let mut lines: Vec<&str> = text.lines().collect();
    let Some(place) = lines.iter().rposition(|one| one.trim_start().starts_with(before)) else {
        bail!("{name} has no line that begins with `{before}`, behind which `{line}` belongs");
    };
    lines.insert(place + 1, line);
    write_whole(&path, &(lines.join("\n") + "\n"))
}

/// Puts `line`, which begins with `kind`, among the others of its kind, which are in alphabetical
/// order, as rustfmt has them. What takes over a whole chapter (`::*`) is not among them.
pub fn insert_sorted(root: &Path, name: &str, kind: &str, line: &str) -> Result<()> {
    let path = root.join(name);
    let text = fs::read_to_string(&path).with_context(|| format!("cannot read {name}"))?;
    let mut lines: Vec<&str> = text.lines().collect();
    let is_one = |one: &&str| one.starts_with(kind) && !one.ends_with("::*;");
    let Some(last) = lines.iter().rposition(is_one) else {
        bail!("{name} has no line that begins with `{kind}`, among which `{line}` belongs");
    };
    let mut place = match lines.iter().position(|one| is_one(one) && *one > line) {
        Some(place) => place,
        // A list in braces may go on.
        None => last + 1 + lines[last..].iter().position(|one| one.ends_with(';')).unwrap_or(0),
    };
    // What stands above a line belongs to it.
    while place > 0 && lines[place - 1].starts_with("#[") {
        place -= 1;
    }
    lines.insert(place, line);
    write_whole(&path, &(lines.join("\n") + "\n"))
}

/// Puts a copy of the last entry that begins with `start` behind it, as `change` makes it of the
/// old one. To an entry belong the lines below it that are indented further, and those that close
/// it.
pub fn repeat(root: &Path, name: &str, start: &str, change: impl Fn(&str) -> String) -> Result<()> {
    let path = root.join(name);
    let text = fs::read_to_string(&path).with_context(|| format!("cannot read {name}"))?;
    let mut lines: Vec<&str> = text.lines().collect();
    let Some(first) = lines.iter().rposition(|line| line.trim_start().starts_with(start)) else {
        bail!("{name} has no entry that begins with `{start}`, after which a new one is made");
    };
    let indented = |line: &str| line.len() - line.trim_start().len();
    let depth = indented(lines[first]);
    let is_more = |line: &&&str| {
        let closes = line.trim_start().starts_with([')', ']', '}']);
        indented(line) > depth || indented(line) == depth && closes
    };
    let end = first + 1 + lines[first + 1..].iter().take_while(is_more).count();
    let entry = change(&lines[first..end].join("\n"));
    lines.insert(end, &entry);
    write_whole(&path, &(lines.join("\n") + "\n"))
}

/// Whether `name` can be the end of a folder's name, as `file-server` can.
pub fn is_name(name: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    name.starts_with(|first: char| first.is_ascii_lowercase()) && name.bytes().all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_comes_behind_the_last_one_of_its_kind() {
        let folder = tempfile::tempdir().unwrap();
        lay(folder.path(), "a/b.rs", "mod one;\n    mod two;\nfn main() {}\n").unwrap();
        insert(folder.path(), "a/b.rs", "mod ", "mod three;").unwrap();
        let text = fs::read_to_string(folder.path().join("a/b.rs")).unwrap();
        assert_eq!(text, "mod one;\n    mod two;\nmod three;\nfn main() {}\n");
        let error = insert(folder.path(), "a/b.rs", "use ", "use x;").unwrap_err();
        assert!(error.to_string().contains("a/b.rs has no line"), "{error}");
        assert!(lay(folder.path(), "a/b.rs", "").is_err());
    }

    #[test]
    fn a_line_comes_to_its_place_among_the_sorted_ones() {
        let folder = tempfile::tempdir().unwrap();
        let text = "pub use ch02::*;\n\n#[path = \"b\"]\nmod bar;\nmod foo;\n\n\
                    pub use bar::bar;\npub use foo::{\n    one, two,\n};\n";
        for (name, before_module, before_export) in [
            ("all", "#[path = \"b\"]\n", "pub use bar"),
            ("car", "mod foo;", "pub use foo"),
            ("zoo", "\npub use bar", ""),
        ] {
            let file = format!("{name}.rs");
            lay(folder.path(), &file, text).unwrap();
            let (module, export) = (format!("mod {name};"), format!("pub use {name}::{name};"));
            insert_sorted(folder.path(), &file, "mod ", &module).unwrap();
            insert_sorted(folder.path(), &file, "pub use ", &export).unwrap();
            let expected = text.replacen(before_module, &format!("{module}\n{before_module}"), 1);
            let expected = match before_export {
                "" => format!("{expected}{export}\n"),
                _ => expected.replacen(before_export, &format!("{export}\n{before_export}"), 1),
            };
            assert_eq!(fs::read_to_string(folder.path().join(&file)).unwrap(), expected);
        }
        assert!(insert_sorted(folder.path(), "all.rs", "use ", "use x;").is_err());
    }

    #[test]
    fn an_entry_is_repeated_with_all_that_belongs_to_it() {
        let folder = tempfile::tempdir().unwrap();
        let text = "match name {\n    \"a\" => one(\n        2,\n    ),\n    \"b\" => 3,\n}\n";
        lay(folder.path(), "a.rs", text).unwrap();
        let renamed = |from, to| move |entry: &str| entry.replace(from, to);
        repeat(folder.path(), "a.rs", "\"a\" =>", renamed("\"a\"", "\"c\"")).unwrap();
        repeat(folder.path(), "a.rs", "\"b\" =>", renamed("\"b\"", "\"d\"")).unwrap();
        let text = fs::read_to_string(folder.path().join("a.rs")).unwrap();
        let [a, c] = ["a", "c"].map(|name| format!("    \"{name}\" => one(\n        2,\n    ),\n"));
        assert_eq!(text, format!("match name {{\n{a}{c}    \"b\" => 3,\n    \"d\" => 3,\n}}\n"));
        assert!(repeat(folder.path(), "a.rs", "use ", str::to_owned).is_err());
    }

    #[test]
    fn names_are_those_of_folders() {
        assert!(is_name("file-server") && is_name("http2"));
        for name in ["", "File", "2fast", "file_server", "../x", "a b"] {
            assert!(!is_name(name), "{name}");
        }
    }
}
