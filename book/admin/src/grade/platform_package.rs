//! The course as a platform's autograder: a zip to be uploaded.

use crate::grade::course_copy::{CourseFiles, about_strangers, is_program, strangers, without_cr};
use anyhow::{Context, Result, bail, ensure};
use std::fs;
use std::io::{Cursor, Write};
use std::path::Path;
use std::str::FromStr;
use workbook::course::chapters::Course;
use workbook::system::screen::wrapped;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

const SETUP: &str = include_str!("platform_package/setup.sh");
const RUN: &str = include_str!("platform_package/run_autograder");
const CLASSROOM50: &str = include_str!("platform_package/autograder.py");

/// The largest bundle that Classroom 50's runner takes, in bytes.
const LARGEST_BUNDLE: usize = 10 << 20;

/// A platform for which the course can be packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Platform {
    /// Gradescope.
    Gradescope,
    /// Classroom 50, on GitHub.
    Classroom50,
}

impl FromStr for Platform {
    type Err = anyhow::Error;

    fn from_str(name: &str) -> Result<Self> {
        match name {
            "gradescope" => Ok(Self::Gradescope),
            "classroom50" => Ok(Self::Classroom50),
            _ => bail!("there is no package for {name}; there is gradescope, and classroom50"),
        }
    }
}

/// Writes the zip to `path`, and says what to do with it. With `until` the exercises up to
/// that chapter count.
pub fn write(
    root: &Path,
    course: &Course,
    platform: Platform,
    until: Option<&str>,
    path: &Path,
) -> Result<String> {
    let until = until.map(|name| course.chapter_called(name)).transpose()?;
    let until = until.map(|chapter| chapter.id.as_str());
    let zip = pack(root, platform, until)?;
    ensure!(
        platform != Platform::Classroom50 || zip.len() <= LARGEST_BUNDLE,
        "the package has {} MiB, and Classroom 50 takes {} at most",
        zip.len() >> 20,
        LARGEST_BUNDLE >> 20
    );
    fs::write(path, &zip)
        .with_context(|| format!("cannot write {}; is its folder there?", path.display()))?;
    let what = format!("{} ({} KiB)", path.display(), zip.len().div_ceil(1024));
    let toolchain = toolchain(root)?;
    let said = match platform {
        Platform::Gradescope => format!(
            "{what} is an autograder for Gradescope.\n\n\
             Upload it under “Configure Autograder”, with Ubuntu as the base image (22.04 or \
             later). Rust needs more than the least container: choose one with a whole CPU and \
             2 GB or more. The image takes some minutes to build. Grading ends after nine minutes \
             at most, which is within the limit that Gradescope begins with.\n\
             Then try it with “Test Autograder” and a solution, before you release it."
        ),
        Platform::Classroom50 => format!(
            "{what} is an autograder for Classroom 50.\n\n\
             Unpack it into CLASSROOM/autograders/ASSIGNMENT/ of your classroom50 repository, and \
             give the assignment the runtime that its runtime.json holds (rust {toolchain}). The \
             template for students is what `cargo workbook handout` writes.\n\
             What lies in that folder is published: whoever knows its address can read the broken \
             servers. Give the classroom a secret if that matters to you."
        ),
    };
    let left_out = about_strangers(&strangers(root)?);
    Ok(if left_out.is_empty() { said } else { format!("{said}\n\n{}", wrapped(&left_out, 0)) })
}

/// The bytes of the zip.
pub fn pack(root: &Path, platform: Platform, until: Option<&str>) -> Result<Vec<u8>> {
    let toolchain = toolchain(root)?;
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let plain = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    let (text, program) = (plain.unix_permissions(0o644), plain.unix_permissions(0o755));
    let mut add = |name: &str, bytes: &[u8], options: SimpleFileOptions| -> Result<()> {
        zip.start_file(name, options).with_context(|| format!("cannot pack {name}"))?;
        zip.write_all(bytes).with_context(|| format!("cannot pack {name}"))
    };
    match platform {
        Platform::Gradescope => {
            let until = until.map(|id| format!(" --until {id}")).unwrap_or_default();
            add("setup.sh", &script(SETUP, &toolchain, &until), program)?;
            add("run_autograder", &script(RUN, &toolchain, &until), program)?;
        }
        Platform::Classroom50 => {
            let until = until.map(|id| format!(", \"--until\", \"{id}\"")).unwrap_or_default();
            add("autograder.py", &script(CLASSROOM50, &toolchain, &until), program)?;
            let runtime =
                format!("{{ \"runs-on\": \"ubuntu-latest\", \"rust\": \"{toolchain}\" }}\n");
            add("runtime.json", runtime.as_bytes(), text)?;
        }
    }
    for (path, bytes) in CourseFiles::without_solutions(root)?.0 {
        let options = if is_program(&bytes) { program } else { text };
        add(&format!("course/{path}"), &bytes, options)?;
    }
    let zip = zip.finish().context("cannot finish the package")?;
    Ok(zip.into_inner())
}

/// A script with its blanks filled in, and lines as Unix has them: this program may have been
/// compiled in a checkout that has others.
fn script(text: &str, toolchain: &str, until: &str) -> Vec<u8> {
    let text = text.replace("@TOOLCHAIN@", toolchain).replace("@UNTIL@", until);
    without_cr(text.into_bytes())
}

/// The version of Rust that the course asks for.
fn toolchain(root: &Path) -> Result<String> {
    let manifest = fs::read_to_string(root.join("Cargo.toml")).context("cannot read Cargo.toml")?;
    let manifest: toml::Table = toml::from_str(&manifest).context("Cargo.toml of the course")?;
    let version = manifest
        .get("workspace")
        .and_then(|workspace| workspace.get("package")?.get("rust-version")?.as_str());
    version.map(str::to_owned).context("the course's Cargo.toml has no rust-version")
}

#[cfg(test)]
mod tests {
    use super::script;

    #[test]
    fn a_script_has_lf_whatever_the_checkout_has() {
        let text = "#!/usr/bin/env bash\r\nrust @TOOLCHAIN@@UNTIL@\r\n";
        let filled = script(text, "1.95", " --until ch03");
        assert_eq!(filled, b"#!/usr/bin/env bash\nrust 1.95 --until ch03\n");
    }
}
