//! `exercise.toml`: what a chapter asks of a learner.

use crate::course::chapters::Chapter;
use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::path::Path;

/// The servers that the tests of a `catch` task are run on. The first two are right.
pub const SERVERS: [&str; 5] = ["real", "other", "mutant_1", "mutant_2", "mutant_3"];

/// What one of them is made of, below the folder of an exercise; `None` for the chapter's own.
pub fn server_file(server: &str) -> Option<String> {
    match server {
        "real" => None,
        "other" => Some("servers/other.rs".to_owned()),
        broken => Some(format!("servers/{broken}.edit")),
    }
}

/// The exercise of one chapter.
#[derive(Clone, Debug)]
pub struct Exercise {
    /// `ex03`: the name of its package and of its program.
    pub id: String,
    /// The id of its chapter.
    pub chapter: String,
    /// The folder of its chapter below `chapters/`.
    pub folder: String,
    /// What its programs may read when they are judged, by paths from the top of the course:
    /// what the chapter serves, or shows. A whole path is one of the system; where that is not,
    /// nothing is read.
    pub reads: Vec<String>,
    /// Whether its tests change permissions of files.
    pub changes_permissions: bool,
    /// Its tasks, in order.
    pub tasks: Vec<Task>,
}

/// The file as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ExerciseFile {
    #[serde(default)]
    reads: Vec<String>,
    #[serde(default)]
    changes_permissions: bool,
    task: Vec<Task>,
}

/// One thing to do.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Task {
    /// A short name, unique within the exercise: `build`, `at_most`.
    pub id: String,
    /// What kind of thing.
    pub kind: Kind,
    /// A heading.
    pub title: String,
    /// The learner's files that it is written in.
    pub files: Vec<String>,
    /// How long it takes.
    pub minutes: u32,
    /// What it is worth.
    pub points: u32,
    /// What is asked, as Markdown.
    pub text: String,
    /// The tests that it is judged by, with what helps when they fail.
    #[serde(rename = "hint")]
    pub hints: Vec<Hint>,
    /// Of a `catch` task: what is wrong with the broken servers, by name.
    #[serde(default)]
    pub server: BTreeMap<String, Broken>,
}

/// What kind of task it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Write the chapter's own functions; the chapter's tests check them.
    Build,
    /// Write something that the chapter does not do.
    Extend,
    /// Write a test that broken servers fail.
    Catch,
}

/// What helps with some tests that fail for the same reason.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hint {
    /// The names of the tests.
    pub tests: Vec<String>,
    /// First: what to look at.
    pub look: String,
    /// Second: the page and section that say it.
    pub page: String,
    /// Third: nearly the code.
    pub code: String,
}

/// A broken server.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Broken {
    /// What it does wrong, behind "a server that".
    pub does: String,
    /// What somebody believes who writes it.
    pub belief: String,
    /// A test of the chapter that notices.
    pub test: String,
    /// Whether it is broken on Unix alone, and run there alone.
    #[serde(default)]
    pub unix: bool,
}

impl Exercise {
    /// The exercise of `chapter` in the course at `root`; `None` if it has none.
    pub fn read(root: &Path, chapter: &Chapter) -> Result<Option<Self>> {
        let name = format!("chapters/{}/exercise/exercise.toml", chapter.folder);
        let path = root.join(&name);
        if !path.is_file() {
            return Ok(None);
        }
        let text = fs::read_to_string(&path).with_context(|| format!("cannot read {name}"))?;
        let exercise = Self::parse(&text, chapter).context(name)?;
        Ok(Some(exercise))
    }

    /// The exercise in `text`; one that contradicts itself is refused.
    pub fn parse(text: &str, chapter: &Chapter) -> Result<Self> {
        let ExerciseFile { reads, changes_permissions, task: tasks } = toml::from_str(text)?;
        let id = chapter.id.replacen("ch", "ex", 1);
        let mut names = HashSet::new();
        for task in &tasks {
            let task_id = &task.id;
            ensure!(names.insert(task_id.clone()), "the task {task_id} is there twice");
            ensure!(!task.files.is_empty(), "the task {task_id} names no file");
            let plain = |file: &String| {
                file.ends_with(".rs") && !file.contains(['/', '\\']) && !file.starts_with('.')
            };
            ensure!(task.files.iter().all(plain), "{task_id}: a file is named as `echo.rs`");
            let mut tests = HashSet::new();
            for test in task.tests() {
                ensure!(tests.insert(test), "{task_id}: {test} has two hints");
            }
            ensure!(!tests.is_empty(), "the task {task_id} has no test");
            match task.kind {
                Kind::Catch => {
                    let all: HashSet<_> = SERVERS.into_iter().collect();
                    ensure!(tests == all, "{task_id}: its tests are {}", SERVERS.join(", "));
                    let broken: Vec<_> = task.server.keys().map(String::as_str).collect();
                    ensure!(
                        broken == SERVERS[2..],
                        "{task_id}: say what is wrong with each mutant"
                    );
                    ensure!(task.points == 3, "{task_id}: a point for each broken server");
                    ensure!(task.files == ["catch.rs"], "{task_id}: its file is catch.rs");
                }
                Kind::Build | Kind::Extend => {
                    ensure!(task.server.is_empty(), "{task_id}: only `catch` has servers");
                    ensure!(
                        [2, 3, 4, 5].contains(&task.points),
                        "{task_id}: a task is worth 2 to 5 points"
                    );
                }
            }
        }
        let count = |kind| tasks.iter().filter(|task| task.kind == kind).count();
        ensure!(count(Kind::Build) == 1, "there is one `build` task");
        ensure!(count(Kind::Extend) >= 2, "there are two `extend` tasks or more");
        ensure!(count(Kind::Catch) == 1, "there is one `catch` task");
        let (chapter, folder) = (chapter.id.clone(), chapter.folder.clone());
        Ok(Self { id, chapter, folder, reads, changes_permissions, tasks })
    }

    /// The task with this id.
    pub fn task(&self, id: &str) -> Option<&Task> {
        self.tasks.iter().find(|task| task.id == id)
    }

    /// What all of it is worth.
    pub fn points(&self) -> u32 {
        self.tasks.iter().map(|task| task.points).sum()
    }

    /// How long all of it takes.
    pub fn minutes(&self) -> u32 {
        self.tasks.iter().map(|task| task.minutes).sum()
    }

    /// `03` for `ex03`.
    pub fn number(&self) -> &str {
        &self.id[2..]
    }

    /// The package of the learner's own tests.
    pub fn catch_package(&self) -> String {
        format!("catch{}", self.number())
    }
}

impl Task {
    /// The names of its tests, in order.
    pub fn tests(&self) -> impl Iterator<Item = &str> {
        self.hints.iter().flat_map(|hint| hint.tests.iter().map(String::as_str))
    }

    /// What helps with the test called `name`.
    pub fn hint(&self, name: &str) -> Option<&Hint> {
        self.hints.iter().find(|hint| hint.tests.iter().any(|test| test == name))
    }
}

impl Kind {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Build => "build",
            Self::Extend => "extend",
            Self::Catch => "catch",
        }
    }
}

/// The name of a test as a sentence: `at_most::who_leaves_makes_room` becomes `who leaves
/// makes room`.
pub fn sentence(test: &str) -> String {
    test.rsplit("::").next().unwrap_or(test).replace('_', " ")
}
