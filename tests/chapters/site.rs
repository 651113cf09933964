use std::fs::{OpenOptions, create_dir_all, write};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};
use tempfile::TempDir;

/// What stands in every file that nobody may get.
const CANARY: &str = "the canary sings\n";

/// Files to be served, in a temporary folder, and beside them some that must not.
///
/// ```text
/// canary.txt                 must not be given out, and so all of this name
/// www/
///   canary.txt
///   root/                    served under /
///     index.html  note.txt  "my house.txt"  café.txt  bytes.bin  empty.txt
///     %41.txt  large.bin  style.css  photo.png  come.html  folder/index.html
///     dated.txt              ten bytes, last changed on Sun, 06 Nov 1994 08:49:37 GMT
///     three/index.htm
///     bare/                  without an index: b.txt  "#1 100% café.txt"  sub/c.txt
///     inside.txt             a link to note.txt (links on Unix alone)
///     circle.txt             a link to itself
///     outside.txt            a link to ../canary.txt
///     private.txt            a link to ../root-private/canary.txt
///     up                     a link to the folder above
///     one:two.txt, one\two.txt   secret too, and on Unix alone
///     bare/<b>.txt, bare/outside.txt   the second one leads out; on Unix alone
///   root-private/canary.txt
///   assets/                  served under /static
///     index.html  style.css  sub/
///   assetsfoo                what /staticfoo is for a server that forgets a slash
/// ```
pub struct Site(TempDir);

impl Site {
    /// Makes it; it is removed when dropped.
    ///
    /// # Errors
    ///
    /// Those of the file system.
    pub fn new() -> io::Result<Self> {
        let site = Self(tempfile::Builder::new().prefix("site").tempdir()?);
        let (root, assets, www) = (site.root(), site.assets(), site.www());
        for folder in [
            &root.join("folder"),
            &root.join("three"),
            &root.join("bare/sub"),
            &assets.join("sub"),
            &www.join("root-private"),
        ] {
            create_dir_all(folder)?;
        }
        for secret in ["../canary.txt", "canary.txt", "root-private/canary.txt", "assetsfoo"] {
            write(www.join(secret), CANARY)?;
        }
        let files: [(&str, &[u8]); 17] = [
            ("index.html", b"<h1>The index</h1>\n"),
            ("note.txt", b"Hello from a file.\n"),
            ("my house.txt", b"My house.\n"),
            ("caf\u{e9}.txt", b"Caf\xc3\xa9.\n"),
            ("%41.txt", b"Percent, four, one.\n"),
            ("bytes.bin", b"\0\r\n\n\r\x1a\xff\r\n\r\n\0"),
            ("empty.txt", b""),
            ("large.bin", &[b'x'; 300_000]),
            ("style.css", b"h1 { color: green }\n"),
            ("photo.png", ch08::PICTURE),
            ("come.html", b"<h1>Come in</h1>\n"),
            ("folder/index.html", b"<h1>The folder</h1>\n"),
            ("dated.txt", b"0123456789"),
            ("three/index.htm", b"<h1>Three letters</h1>\n"),
            ("bare/b.txt", b"0123456789"),
            ("bare/#1 100% caf\u{e9}.txt", b"odd\n"),
            ("bare/sub/c.txt", b"c\n"),
        ];
        for (name, bytes) in files {
            write(root.join(name), bytes)?;
        }
        for name in ["dated.txt", "bare/b.txt"] {
            let file = OpenOptions::new().write(true).open(root.join(name))?;
            file.set_modified(UNIX_EPOCH + Duration::from_secs(784_111_777))?;
        }
        write(assets.join("index.html"), "<h1>The assets</h1>\n")?;
        write(assets.join("style.css"), "h1 { color: blue }\n")?;
        add_what_unix_allows(&root)?;
        Ok(site)
    }

    /// The folder that is served under `/`.
    pub fn root(&self) -> PathBuf {
        self.www().join("root")
    }

    /// The folder that is served under `/static`.
    pub fn assets(&self) -> PathBuf {
        self.www().join("assets")
    }

    /// The folder of all of it: also of what must not be served.
    pub fn whole(&self) -> &Path {
        self.0.path()
    }

    fn www(&self) -> PathBuf {
        self.0.path().join("www")
    }
}

#[cfg(unix)]
fn add_what_unix_allows(root: &Path) -> io::Result<()> {
    use std::os::unix::fs::symlink;
    symlink("note.txt", root.join("inside.txt"))?;
    symlink("circle.txt", root.join("circle.txt"))?;
    symlink("../canary.txt", root.join("outside.txt"))?;
    symlink("../root-private/canary.txt", root.join("private.txt"))?;
    symlink("..", root.join("up"))?;
    write(root.join("one:two.txt"), CANARY)?;
    write(root.join("one\\two.txt"), CANARY)?;
    write(root.join("bare/<b>.txt"), "A tag.\n")?;
    symlink("../../canary.txt", root.join("bare/outside.txt"))
}

/// On Windows such names do not exist, and only an administrator may make links;
/// the cases that need them are marked.
#[cfg(not(unix))]
fn add_what_unix_allows(_root: &Path) -> io::Result<()> {
    Ok(())
}
