use crate::Response;
use anyhow::{Context, Result};
use minijinja::syntax::SyntaxConfig;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value};
use std::fs;
use std::path::Path;

/// Pages with places for values, in the files of a folder. They are all read when the program
/// starts.
///
/// A value is escaped for HTML, unless the name of the file ends in `.txt`: what a stranger typed
/// is text, whatever it looks like.
#[derive(Debug)]
pub struct Templates(Environment<'static>);

impl Templates {
    /// Reads all files of `folder`. One that is no template is an error that names file and line.
    pub fn load(folder: &Path) -> Result<Self> {
        let mut environment = Environment::new();
        let whitespace = SyntaxConfig::builder().keep_trailing_newline(true).build()?;
        environment.set_syntax(whitespace);
        environment.set_auto_escape_callback(|name| match is_plain(name) {
            true => AutoEscape::None,
            false => AutoEscape::Html,
        });
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        let entries = fs::read_dir(folder)
            .with_context(|| format!("no folder of templates: {}", folder.display()))?;
        for entry in entries {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
            environment
                .add_template_owned(name, text)
                .with_context(|| format!("in {}", folder.display()))?;
        }
        Ok(Self(environment))
    }

    /// A page made of a template and values. A name that the values lack is an error, and no gap.
    ///
    /// What is not escaped is no HTML: one of a `.txt` is plain text.
    pub fn page(&self, name: &str, values: Value) -> Result<Response> {
        let page = self.0.get_template(name)?.render(values)?;
        Ok(if is_plain(name) { Response::text(page) } else { Response::html(page) })
    }
}

fn is_plain(name: &str) -> bool {
    name.ends_with(".txt")
}
