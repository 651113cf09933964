//! The rooms of this package, of `book/practice`, `book/trace` and `book/admin` use each other in
//! one direction, and no two modules use each other in a circle.

use proc_macro2::{TokenStream, TokenTree};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use workbook::course::checkout::Checkout;

/// Each room with those that it may use.
const ROOMS: [(&str, &[&str]); 11] = [
    ("course", &[]),
    ("system", &["course"]),
    ("pages", &["course", "system"]),
    ("judge", &["course", "system"]),
    ("practice", &["course", "system", "pages", "judge"]),
    ("serve", &["course", "system", "pages"]),
    ("record", &["pages"]),
    ("bench", &["course", "system", "pages"]),
    ("grade", &["course", "system", "judge"]),
    ("verify", &["course", "system", "pages", "judge", "grade"]),
    ("new", &["course", "system"]),
];

/// A path in the source: who names it, in which line, and what.
struct Named {
    line: usize,
    names: Vec<String>,
}

/// The text of each module by its path below the crate, as `judge::run`.
fn modules(folder: &Path, above: &str, found: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let stem = path.file_stem().unwrap().to_str().unwrap();
        let name = match above {
            "" => stem.to_owned(),
            above => format!("{above}::{stem}"),
        };
        if path.is_dir() {
            modules(&path, &name, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let name = if stem == "mod" { above.to_owned() } else { name };
            found.insert(name, fs::read_to_string(path).unwrap());
        }
    }
}

/// All paths that begin at the crate, at the module above or, in the file of a room, at a module
/// of it; those of a group in braces one by one.
fn paths(module: &str, tokens: TokenStream, children: &BTreeSet<&str>, found: &mut Vec<Named>) {
    let tokens: Vec<_> = tokens.into_iter().collect();
    let mut at = 0;
    while at < tokens.len() {
        let mut start = match &tokens[at] {
            TokenTree::Ident(first) if is_colons(&tokens[at + 1..]) => match &*first.to_string() {
                "crate" | "workbook" | "course_practice" | "course_trace" => Vec::new(),
                first if children.contains(first) => vec![module.to_owned(), first.to_owned()],
                _ => {
                    at += 3;
                    continue;
                }
            },
            TokenTree::Group(group) => {
                paths(module, group.stream(), children, found);
                at += 1;
                continue;
            }
            _ => {
                at += 1;
                continue;
            }
        };
        let line = tokens[at].span().start().line;
        at += 3;
        follow(&tokens, &mut at, line, &mut start, found);
    }
}

/// Reads the rest of a path, which begins with `names`.
fn follow(
    tokens: &[TokenTree],
    at: &mut usize,
    line: usize,
    names: &mut Vec<String>,
    found: &mut Vec<Named>,
) {
    match tokens.get(*at) {
        Some(TokenTree::Ident(name)) => {
            names.push(name.to_string());
            *at += 1;
            if is_colons(&tokens[*at..]) {
                *at += 2;
                return follow(tokens, at, line, names, found);
            }
        }
        Some(TokenTree::Group(group)) => {
            *at += 1;
            let inside: Vec<_> = group.stream().into_iter().collect();
            let mut at = 0;
            while at < inside.len() {
                let before = at;
                follow(&inside, &mut at, line, &mut names.clone(), found);
                at = at.max(before + 1);
            }
            return;
        }
        _ => {}
    }
    found.push(Named { line, names: names.clone() });
}

fn is_colons(tokens: &[TokenTree]) -> bool {
    let is_colon = |token: Option<&TokenTree>| matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == ':');
    is_colon(tokens.first()) && is_colon(tokens.get(1))
}

/// Everything that is wrong with `modules`, a sentence each.
fn faults(modules: &BTreeMap<String, String>, rooms: &[(&str, &[&str])]) -> Vec<String> {
    let mut faults = Vec::new();
    let mut uses: BTreeMap<&str, BTreeMap<&str, usize>> = BTreeMap::new();
    for (module, text) in modules {
        let room = module.split("::").next().unwrap();
        let Some((_, allowed)) = rooms.iter().find(|(name, _)| *name == room) else {
            if !["lib", "main", "commands"].contains(&room) {
                faults.push(format!("{module} is in no room: ROOMS does not list {room}"));
            }
            continue;
        };
        let own = format!("{module}::");
        let children: BTreeSet<_> =
            modules.keys().filter_map(|name| name.strip_prefix(&own)).collect();
        let mut found = Vec::new();
        paths(module, text.parse().unwrap(), &children, &mut found);
        for Named { line, names } in found {
            let name = names.join("::");
            let target = modules.keys().filter(|known| {
                name == **known
                    || name.strip_prefix(known.as_str()).is_some_and(|rest| rest.starts_with("::"))
            });
            let Some(target) = target.max_by_key(|known| known.len()).filter(|one| *one != module)
            else {
                continue;
            };
            uses.entry(module).or_default().entry(target).or_insert(line);
            let other = target.split("::").next().unwrap();
            if other != room && !allowed.contains(&other) {
                faults.push(format!(
                    "{module}, line {line}: {room} may not use {other}: crate::{name}"
                ));
            }
        }
    }
    // Who uses nothing that is left, or is used by nobody, is on no circle.
    loop {
        let before = uses.len();
        let users: BTreeSet<_> = uses.keys().copied().collect();
        let used: BTreeSet<_> = uses.values().flat_map(BTreeMap::keys).copied().collect();
        uses.retain(|module, targets| {
            targets.retain(|target, _| users.contains(target));
            used.contains(module) && !targets.is_empty()
        });
        if uses.len() == before {
            break;
        }
    }
    for (module, targets) in uses {
        for (target, line) in targets {
            faults.push(format!("{module}, line {line}: it uses {target}, which leads back to it"));
        }
    }
    faults
}

#[test]
fn rooms_use_each_other_in_one_direction_and_modules_in_no_circle() {
    let mut found = BTreeMap::new();
    for package in ["../workbook/src", "../practice/src", "../trace/src", "../admin/src"] {
        modules(&Path::new(env!("CARGO_MANIFEST_DIR")).join(package), "", &mut found);
    }
    assert!(found.len() > ROOMS.len(), "{:?}", found.keys());
    let faults = faults(&found, &ROOMS);
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn a_use_that_breaks_the_rule_is_named() {
    let of = |files: &[(&str, &str)]| {
        let files = files.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
        faults(&files.collect(), &[("low", &[]), ("high", &["low"])])
    };
    let low = ("low::a", "pub fn f() {}");
    assert_eq!(of(&[low, ("high::b", "use crate::low::a::f;")]), Vec::<String>::new());
    assert_eq!(
        of(&[("low::a", "\nuse crate::{high::{b::g}};"), ("high::b", "")]),
        ["low::a, line 2: low may not use high: crate::high::b::g"]
    );
    // A path in the middle of an expression, and one in a macro.
    assert_eq!(of(&[("low::a", "fn f() { crate::high::b::g() }"), ("high::b", "")]).len(), 1);
    assert_eq!(of(&[("low::a", "fn f() { x!(crate::high::b) }"), ("high::b", "")]).len(), 1);
    assert_eq!(
        of(&[("low::a", "use crate::low::c::g;"), ("low::c", "use crate::low::a::f;")]),
        [
            "low::a, line 1: it uses low::c, which leads back to it",
            "low::c, line 1: it uses low::a, which leads back to it"
        ]
    );
    assert_eq!(
        of(&[("low", "mod a; fn f() { a::g() }"), ("low::a", "use crate::low::f;")]).len(),
        2
    );
    assert_eq!(of(&[("attic::x", "")]), ["attic::x is in no room: ROOMS does not list attic"]);
}

/// The crates that cargo compiles, with their features, for these `arguments`.
fn crates(arguments: &[&str]) -> BTreeSet<String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["tree", "--offline", "--prefix=none", "--format={p}|{f}"]).args(arguments);
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    let output = command.current_dir(root).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    // `(*)` stands behind a crate that was named before.
    let lines = text.lines().map(|line| line.replace(" (*)", "").replace(" (proc-macro)", ""));
    lines.filter(|line| line.contains('|')).collect()
}

/// `cargo run`, `cargo workbook check` and `cargo workbook grade` compile one after the other, and
/// so do `cargo test` and the tests that `.ci/run` names. A crate that has more features in a later
/// one would be compiled again, with all that stand on it.
#[test]
fn what_showing_the_book_compiles_is_not_compiled_again_for_others() {
    let program = |name| crates(&["--edges=normal,build", "--package", name]);
    let packages = ["workbook", "course-practice", "course-admin"].map(program);
    let tests = crates(&["--edges=normal,build,dev"]);
    let admin_tests = crates(&["--edges=normal,build,dev", "--package", "course-admin"]);
    let [workbook, practice, admin] = &packages;
    for (fewer, more) in [(workbook, practice), (practice, admin), (practice, &tests)] {
        let again: Vec<_> = fewer.difference(more).collect();
        assert!(fewer.len() > 50 && again.is_empty(), "with other features: {again:#?}");
    }
    let trace = program("course-trace");
    let again: Vec<_> = workbook.difference(&trace).chain(trace.difference(&tests)).collect();
    assert!(again.is_empty(), "with other features: {again:#?}");
    // Both have crates that the other one does without.
    let name = |line: &str| line.split('|').next().unwrap_or_default().to_owned();
    let names: BTreeSet<_> = tests.iter().map(|line| name(line)).collect();
    let only = admin_tests.difference(&tests);
    let again: Vec<_> = only.filter(|line| names.contains(&name(line))).collect();
    assert!(again.is_empty(), "with other features than in `cargo test`: {again:#?}");
    for name in ["course-tests ", "crossterm ", "csv ", "tempfile ", "zip "] {
        let needless = packages[0].iter().find(|one| one.starts_with(name));
        assert_eq!(needless, None, "`cargo run` compiles what only others need");
    }
}

/// The tests of a chapter stand in `tests`. A library and programs without any would each be
/// compiled a second time for them, which for all chapters takes longer than the tests of half of
/// them.
#[test]
fn chapters_have_their_tests_in_the_folder_of_tests_and_nothing_else_is_compiled_for_them() {
    let checkout = Checkout::find().unwrap();
    let chapters = checkout.course().unwrap().chapters;
    for folder in chapters.iter().map(|one| &*one.folder).chain(["program"]) {
        let folder = checkout.root.join("chapters").join(folder);
        let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap();
        let manifest: toml::Table = toml::from_str(&manifest).unwrap();
        let mut files = Vec::new();
        rust_files(&folder.join("src"), &mut files);
        for file in &files {
            let text = fs::read_to_string(file).unwrap();
            let is_test = text.contains("#[test]");
            assert!(
                !is_test,
                "{}: nobody runs this test, since it is not in tests",
                file.display()
            );
        }
        let bins =
            manifest.get("bin").and_then(|bins| bins.as_array()).cloned().unwrap_or_default();
        let untested = bins
            .iter()
            .chain(manifest.get("lib"))
            .filter(|target| target.get("test").and_then(toml::Value::as_bool) == Some(false));
        let program = |file: &&PathBuf| {
            file.ends_with("main.rs") || file.parent().is_some_and(|folder| folder.ends_with("bin"))
        };
        let (targets, is_lib) =
            (files.iter().filter(program).count(), folder.join("src/lib.rs").is_file());
        let name = folder.display();
        assert_eq!(
            untested.count(),
            targets + usize::from(is_lib),
            "{name}/Cargo.toml: each of [lib] and [[bin]] has `test = false`"
        );
    }
}

/// Looking for examples takes as long as compiling the library, in each run of `cargo test`. What
/// has none is not looked at.
#[test]
fn the_examples_of_all_who_have_any_are_tested_and_nobody_else_is_searched_for_them() {
    let checkout = Checkout::find().unwrap();
    let chapters = checkout.course().unwrap().chapters;
    let chapters = chapters.iter().map(|one| format!("chapters/{}", one.folder));
    let others = ["chapters/program", "chapters/starter", "tests/launch", "book/practice"];
    let others = others.into_iter().chain(["book/trace", "book/workbook"]).map(str::to_owned);
    for name in chapters.chain(others) {
        let folder = checkout.root.join(&name);
        let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap();
        let manifest: toml::Table = toml::from_str(&manifest).unwrap();
        let asked = manifest.get("lib").and_then(|lib| lib.get("doctest"));
        let is_searched = asked.and_then(toml::Value::as_bool) != Some(false);
        let mut files = Vec::new();
        rust_files(&folder.join("src"), &mut files);
        let begins_block = |line: &str| {
            let line = line.trim_start();
            let text = line.strip_prefix("///").or(line.strip_prefix("//!"));
            text.is_some_and(|text| text.trim_start().starts_with("```"))
        };
        let has_any =
            files.iter().any(|file| fs::read_to_string(file).unwrap().lines().any(begins_block));
        assert_eq!(
            is_searched, has_any,
            "{name}/Cargo.toml: [lib] has `doctest = false` if no documentation has an example"
        );
    }
}

/// All files of Rust in `folder` and below.
fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => rust_files(&path, found),
            false if path.extension().is_some_and(|extension| extension == "rs") => {
                found.push(path)
            }
            false => {}
        }
    }
}

/// Chapter 16's page ends with its server on tokio, which who asks for it compiles and nobody else.
#[test]
fn what_a_learner_builds_and_tests_has_no_tokio() {
    let found = crates(&["--edges=normal,build,dev"]);
    assert!(found.iter().any(|one| one.starts_with("ch16 ")), "{found:?}");
    assert_eq!(found.iter().find(|one| one.starts_with("tokio")), None);
    let asked_for = crates(&["--package", "tokio-server"]);
    assert!(asked_for.iter().any(|one| one.starts_with("tokio ")));
}
