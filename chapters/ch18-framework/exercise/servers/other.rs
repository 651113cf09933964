//! Right, and written differently: routes are a list that is sorted by what is asked first,
//! segments are cut off from the end, and characters are escaped by their numbers.

pub use chapter::*;

pub use own_router::{FoundRoute, Router};
pub use own_templates::Templates;

pub fn segments(environ: &Environ) -> Result<Vec<String>, HttpError> {
    let target = environ.text("REQUEST_URI");
    let path = target.split('?').next().unwrap_or_default();
    let has_slashes = path.starts_with('/') && environ.text("SCRIPT_NAME").is_empty();
    let decoded = percent_decode(path);
    if !has_slashes || decoded.as_deref() != environ.get("PATH_INFO") {
        return chapter::segments(environ);
    }
    let mut found = Vec::new();
    let mut rest = path;
    while let Some((before, segment)) = rest.rsplit_once('/') {
        let bytes = percent_decode(segment).ok_or(HttpError(400))?;
        found.insert(0, String::from_utf8(bytes).map_err(|_| HttpError(404))?);
        rest = before;
    }
    Ok(found)
}

mod own_router {
    use anyhow::Result;

    #[derive(Debug)]
    pub struct Router<T> {
        /// Asked for what is wrong with a pattern, and for nothing else.
        checks: chapter::Router<()>,
        /// Those that come first win.
        routes: Vec<(Vec<Segment>, T)>,
    }

    #[derive(Debug)]
    enum Segment {
        Literal(String),
        Capture(String),
        Rest(String),
    }

    #[derive(Debug, PartialEq)]
    pub struct FoundRoute<'r, T> {
        pub value: &'r T,
        pub captures: Vec<(&'r str, String)>,
    }

    impl<T> Default for Router<T> {
        fn default() -> Self {
            Self { checks: Default::default(), routes: Vec::new() }
        }
    }

    impl<T> Router<T> {
        pub fn add(&mut self, pattern: &str, value: T) -> Result<()> {
            self.checks.add(pattern, ())?;
            let segments = pattern[1..].split('/').map(|segment| {
                let name = segment.strip_prefix('{').and_then(|name| name.strip_suffix('}'));
                match name {
                    None => Segment::Literal(segment.to_owned()),
                    Some(name) => match name.strip_prefix('*') {
                        None => Segment::Capture(name.to_owned()),
                        Some(name) => Segment::Rest(name.to_owned()),
                    },
                }
            });
            let segments = segments.collect::<Vec<_>>();
            // What kind each segment has counts, from the left, and not what it is called.
            let rank = |segments: &[Segment]| {
                let of = |segment: &Segment| match segment {
                    Segment::Literal(_) => 0,
                    Segment::Capture(_) => 1,
                    Segment::Rest(_) => 2,
                };
                segments.iter().map(of).collect::<Vec<_>>()
            };
            let wanted = rank(&segments);
            let place = self.routes.partition_point(|(known, _)| rank(known) <= wanted);
            self.routes.insert(place, (segments, value));
            Ok(())
        }

        pub fn find(&self, segments: &[String]) -> Option<FoundRoute<'_, T>> {
            self.routes.iter().find_map(|(pattern, value)| {
                let mut captures = Vec::new();
                let mut left = segments;
                for segment in pattern {
                    if let Segment::Rest(name) = segment {
                        if left.is_empty() {
                            return None;
                        }
                        captures.push((name.as_str(), left.join("/")));
                        left = &[];
                        continue;
                    }
                    let (first, others) = left.split_first()?;
                    match segment {
                        Segment::Literal(literal) if literal == first => {}
                        Segment::Capture(name) if !first.is_empty() => {
                            captures.push((name.as_str(), first.clone()));
                        }
                        _ => return None,
                    }
                    left = others;
                }
                left.is_empty().then_some(FoundRoute { value, captures })
            })
        }
    }
}

mod own_templates {
    use anyhow::{Context, Result};
    use chapter::Response;
    use minijinja::syntax::SyntaxConfig;
    use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value, escape_formatter};
    use std::fs;
    use std::path::Path;

    #[derive(Debug)]
    pub struct Templates(Environment<'static>);

    impl Templates {
        pub fn load(folder: &Path) -> Result<Self> {
            // It knows what is wrong with a folder, and says it.
            chapter::Templates::load(folder)?;
            let mut environment = Environment::new();
            environment.set_syntax(SyntaxConfig::builder().keep_trailing_newline(true).build()?);
            environment.set_undefined_behavior(UndefinedBehavior::Strict);
            environment.set_auto_escape_callback(|name| match name.ends_with(".txt") {
                true => AutoEscape::None,
                false => AutoEscape::Html,
            });
            environment.set_formatter(|out, state, value| {
                let is_ours = value.is_safe() || *state.auto_escape() == AutoEscape::None;
                if is_ours || value.is_undefined() {
                    return escape_formatter(out, state, value);
                }
                let text = value.to_string();
                let numbered = text.chars().map(|char| match char {
                    '<' | '>' | '&' | '"' | '\'' => format!("&#{};", u32::from(char)),
                    _ => char.to_string(),
                });
                let value = Value::from_safe_string(numbered.collect());
                escape_formatter(out, state, &value)
            });
            for entry in fs::read_dir(folder)? {
                let path = entry?.path();
                let name = path.file_name().context("a file has a name")?;
                let text = fs::read_to_string(&path)?;
                environment.add_template_owned(name.to_string_lossy().into_owned(), text)?;
            }
            Ok(Self(environment))
        }

        pub fn page(&self, name: &str, values: Value) -> Result<Response> {
            let page = self.0.get_template(name)?.render(values)?;
            let response = Response::new(200).body(page);
            Ok(match name.ends_with(".txt") {
                true => response,
                false => response.content_type("text/html; charset=utf-8"),
            })
        }
    }
}
