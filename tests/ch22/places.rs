//! Places: keys and paths.

use ch22::{Place, Resource, Unplaced};
use std::fs;
use std::path::PathBuf;

/// A folder with this in it, by the path that is left when all links are followed:
///
/// ```text
/// secret.txt
/// outside/x
/// root/a.txt
/// root/folder/b.txt
/// root/folder/deep/c.txt
/// ```
struct Site {
    _folder: tempfile::TempDir,
    root: PathBuf,
}

fn site() -> Site {
    let folder = tempfile::tempdir().unwrap();
    let outer = folder.path().canonicalize().unwrap();
    let root = outer.join("root");
    fs::create_dir_all(root.join("folder/deep")).unwrap();
    fs::create_dir(outer.join("outside")).unwrap();
    for file in ["secret.txt", "outside/x", "root/a.txt"] {
        fs::write(outer.join(file), file).unwrap();
    }
    fs::write(root.join("folder/b.txt"), "b").unwrap();
    fs::write(root.join("folder/deep/c.txt"), "c").unwrap();
    Site { _folder: folder, root }
}

impl Site {
    fn place(&self, rest: &str) -> Result<Place, Unplaced> {
        Place::of(&self.root, rest)
    }

    /// The place of `rest` has this key and this path below the root, and is found again by its
    /// key.
    #[track_caller]
    fn is_at(&self, rest: &str, key: &str, path: &str) {
        let path = if path.is_empty() { self.root.clone() } else { self.root.join(path) };
        let expected = Place { key: key.to_owned(), path };
        assert_eq!(self.place(rest), Ok(expected.clone()), "{rest}");
        let again = Place::with_key(&self.root, key).expect("it has a key");
        // To the letter: a slash behind it would count when a file is renamed to it.
        assert_eq!(again.path.as_os_str(), expected.path.as_os_str(), "{key}");
        assert_eq!(again, expected, "{key}");
    }

    fn look(&self, rest: &str) -> &'static str {
        match self.place(rest).unwrap().look(&self.root) {
            Resource::Missing => "missing",
            Resource::File(metadata) => {
                assert!(metadata.is_file());
                "file"
            }
            Resource::Folder(metadata) => {
                assert!(metadata.is_dir());
                "folder"
            }
            Resource::Hidden => "hidden",
        }
    }
}

#[test]
fn the_root_has_an_empty_key_however_it_is_asked_for() {
    let site = site();
    for rest in ["", "/", ".", "/.", "/./", "/./.", "./"] {
        site.is_at(rest, "", "");
        assert_eq!(site.look(rest), "folder");
    }
}

#[test]
fn a_place_has_a_key_whether_something_is_there_or_not() {
    let site = site();
    for (rest, key, path, there) in [
        ("/a.txt", "a.txt", "a.txt", "file"),
        ("a.txt", "a.txt", "a.txt", "file"),
        ("/a.txt/", "a.txt", "a.txt", "file"),
        ("/new", "new", "new", "missing"),
        ("/new/", "new", "new", "missing"),
        ("/folder", "folder", "folder", "folder"),
        ("/folder/", "folder", "folder", "folder"),
        ("/folder/b.txt", "folder/b.txt", "folder/b.txt", "file"),
        ("/folder/new", "folder/new", "folder/new", "missing"),
        ("/folder/deep/", "folder/deep", "folder/deep", "folder"),
        ("/folder/deep/c.txt", "folder/deep/c.txt", "folder/deep/c.txt", "file"),
        ("/.hidden", ".hidden", ".hidden", "missing"),
    ] {
        site.is_at(rest, key, path);
        assert_eq!(site.look(rest), there, "{rest}");
    }
}

#[test]
fn one_place_has_one_key_however_it_is_spelt() {
    let site = site();
    for rest in [
        "/folder/b.txt",
        "/./folder/./b.txt",
        "/folder/b.txt/.",
        "/%66older/b%2etxt",
        "/fold%65r/b.%74xt",
        "folder/b.txt",
    ] {
        site.is_at(rest, "folder/b.txt", "folder/b.txt");
    }
    for rest in ["/a%20b~c", "/a b~c", "/a b%7Ec", "/%61%20b%7ec"] {
        site.is_at(rest, "a%20b~c", "a b~c");
    }
    for rest in ["/\u{e4}", "/%C3%A4", "/%c3%a4"] {
        site.is_at(rest, "%C3%A4", "\u{e4}");
    }
    // Decoded once, and no more.
    site.is_at("/100%25", "100%25", "100%");
    site.is_at("/%2566", "%2566", "%66");
    site.is_at("/%252e%252e", "%252e%252e", "%2e%2e");
    site.is_at("/a+b?c#d", "a%2Bb%3Fc%23d", "a+b?c#d");
}

#[test]
fn what_is_no_name_on_every_system_has_no_place() {
    let site = site();
    for rest in [
        "/..",
        "/../secret.txt",
        "/folder/../a.txt",
        "/folder/..",
        "/%2e%2e/secret.txt",
        "/.%2E",
        "/..%2fsecret.txt",
        "/folder%2fb.txt",
        "/folder%2Fb.txt",
        "/folder%5cb.txt",
        "/folder\\b.txt",
        "//a.txt",
        "/folder//b.txt",
        "//",
        "/a.txt%00",
        "/%00",
        "/%",
        "/%4",
        "/%zz",
        "/a:b",
        "/a.",
        "/a%20",
        "/folder./b.txt",
        "/%2e",
        "/...",
        "/NUL",
        "/com1.txt",
        "/folder/con",
        "/new/..",
    ] {
        assert_eq!(site.place(rest), Err(Unplaced::Name), "{rest}");
    }
}

#[test]
fn where_there_is_no_folder_there_is_no_place() {
    let site = site();
    for rest in [
        "/new/x",
        "/new/x/y",
        "/a.txt/x",
        "/a.txt/x/y",
        "/folder/new/x",
        "/folder/b.txt/x",
        "/new/./x",
    ] {
        assert_eq!(site.place(rest), Err(Unplaced::Folder), "{rest}");
    }
}

#[test]
fn a_key_that_is_no_path_has_no_place() {
    let site = site();
    for key in ["%", "%zz", "a/%4", "%4/a"] {
        assert_eq!(Place::with_key(&site.root, key), None, "{key}");
    }
}

#[cfg(unix)]
mod on_unix {
    use super::*;
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::symlink;

    impl Site {
        /// Makes links, each from a path below the root.
        fn link(&self, links: &[(&str, &str)]) {
            for (link, target) in links {
                symlink(target, self.root.join(link)).unwrap();
            }
        }
    }

    #[test]
    fn by_whatever_links_it_is_reached_a_place_has_one_key() {
        let site = site();
        let absolute = site.root.join("folder");
        site.link(&[
            ("short", "folder"),
            ("long", "short"),
            ("absolute", absolute.to_str().unwrap()),
            ("around", "../root/folder/deep/.."),
            ("out-and-in", "../outside/back"),
            ("folder/up", ".."),
            ("folder/deep/self", "."),
            ("all", "."),
        ]);
        symlink("../root/folder", site.root.join("../outside/back")).unwrap();
        for start in ["short", "long", "absolute", "around", "out-and-in", "folder/up/folder"]
            .into_iter()
            .chain(["all/folder", "all/all/short", "folder/up/long"])
        {
            site.is_at(&format!("/{start}/b.txt"), "folder/b.txt", "folder/b.txt");
            site.is_at(&format!("/{start}/new"), "folder/new", "folder/new");
            site.is_at(&format!("/{start}/deep/"), "folder/deep", "folder/deep");
            site.is_at(&format!("/{start}/deep/c.txt"), "folder/deep/c.txt", "folder/deep/c.txt");
            assert_eq!(site.look(&format!("/{start}/b.txt")), "file");
            assert_eq!(site.look(&format!("/{start}/deep")), "folder");
        }
        site.is_at("/folder/deep/self/self/c.txt", "folder/deep/c.txt", "folder/deep/c.txt");
        site.is_at("/folder/up/a.txt", "a.txt", "a.txt");
        site.is_at("/all/new", "new", "new");
    }

    #[test]
    fn a_link_itself_has_its_own_key_and_shows_what_is_behind_it() {
        let site = site();
        site.link(&[
            ("file", "a.txt"),
            ("files", "folder"),
            ("folder/link", "../a.txt"),
            ("again", "folder/link"),
            ("home", "."),
        ]);
        site.is_at("/file", "file", "file");
        site.is_at("/files", "files", "files");
        site.is_at("/files/", "files", "files");
        site.is_at("/files/link", "folder/link", "folder/link");
        site.is_at("/home", "home", "home");
        for (rest, there) in [
            ("/file", "file"),
            ("/files", "folder"),
            ("/folder/link", "file"),
            ("/again", "file"),
            ("/home", "folder"),
        ] {
            assert_eq!(site.look(rest), there, "{rest}");
        }
    }

    #[test]
    fn a_link_that_leads_away_is_hidden_and_nothing_is_behind_it() {
        let site = site();
        // One whose name begins like that of the root, too.
        let beside = site.root.with_file_name("root2");
        fs::create_dir(&beside).unwrap();
        fs::write(beside.join("x"), "x").unwrap();
        symlink("../root/a.txt", site.root.join("../outside/in")).unwrap();
        site.link(&[
            ("secret", "../secret.txt"),
            ("away", "../outside"),
            ("up", ".."),
            ("system", "/"),
            ("beside", "../root2"),
            ("beside-x", "../root2/x"),
            ("folder/secret", "../../secret.txt"),
            ("second", "secret"),
        ]);
        for rest in ["/secret", "/away", "/away/", "/up", "/system", "/beside", "/beside-x"] {
            assert_eq!(site.look(rest), "hidden", "{rest}");
        }
        assert_eq!(site.look("/folder/secret"), "hidden");
        assert_eq!(site.look("/second"), "hidden");
        for rest in ["/away/x", "/away/new", "/up/secret.txt", "/up/root/a.txt/x", "/system/etc"]
            .into_iter()
            .chain(["/beside/x", "/secret/x", "/away/in"])
        {
            assert_eq!(site.place(rest), Err(Unplaced::Folder), "{rest}");
        }
        // What leads out and in again is inside.
        site.is_at("/up/root/a.txt", "a.txt", "a.txt");
        assert_eq!(site.look("/up/root/a.txt"), "file");
    }

    #[test]
    fn links_to_nothing_and_in_a_circle_are_hidden() {
        let site = site();
        site.link(&[
            ("broken", "not-there"),
            ("self", "self"),
            ("one", "two"),
            ("two", "one"),
            ("through", "a.txt/x"),
        ]);
        for name in ["broken", "self", "one", "two", "through"] {
            site.is_at(&format!("/{name}"), name, name);
            assert_eq!(site.look(&format!("/{name}")), "hidden", "{name}");
            assert_eq!(site.place(&format!("/{name}/x")), Err(Unplaced::Folder), "{name}");
        }
    }

    #[test]
    fn what_is_neither_file_nor_folder_is_hidden() {
        let site = site();
        mock::named_pipe(site.root.join("pipe")).unwrap();
        site.link(&[("to-pipe", "pipe"), ("null", "/dev/null")]);
        for rest in ["/pipe", "/to-pipe", "/null"] {
            assert_eq!(site.look(rest), "hidden", "{rest}");
        }
    }

    /// A name is bytes here, and each has a key of its own.
    #[cfg(not(target_vendor = "apple"))]
    #[test]
    fn names_that_are_no_text_have_places_too() {
        let site = site();
        let name = OsStr::from_bytes(b"\xff\xfe a");
        fs::write(site.root.join(name), "x").unwrap();
        let place = site.place("/%ff%FE%20a").unwrap();
        let expected = Place { key: "%FF%FE%20a".to_owned(), path: site.root.join(name) };
        assert_eq!(place, expected);
        assert_eq!(Place::with_key(&site.root, &place.key), Some(expected));
        assert_eq!(site.look("/%ff%FE%20a"), "file");
        // In UTF-8 what they are shown as is another name.
        let other = site.place("/\u{fffd}\u{fffd} a").unwrap();
        assert_eq!(other.key, "%EF%BF%BD%EF%BF%BD%20a");
        assert_eq!(site.look("/\u{fffd}\u{fffd} a"), "missing");
        // A folder of such a name, by a link.
        fs::create_dir(site.root.join(OsStr::from_bytes(b"\x80"))).unwrap();
        symlink(OsStr::from_bytes(b"\x80"), site.root.join("plain")).unwrap();
        let expected = site.root.join(OsStr::from_bytes(b"\x80/\xff"));
        assert_eq!(site.place("/plain/%FF").unwrap().path, expected);
        assert_eq!(site.place("/plain/%FF").unwrap().key, "%80/%FF");
        assert_eq!(Place::with_key(&site.root, "%80/%FF").unwrap().path, expected);
        // A dot that is spelt in two bytes is no dot.
        assert_eq!(site.place("/%C0%AE%C0%AE").unwrap().key, "%C0%AE%C0%AE");
    }

    /// Names that come from the file system itself need not be what a client could ask for.
    #[test]
    fn a_link_to_a_folder_that_nobody_can_ask_for_has_a_place_in_it() {
        let site = site();
        fs::create_dir_all(site.root.join("a\\b:c.")).unwrap();
        site.link(&[("link", "a\\b:c.")]);
        site.is_at("/link/x", "a%5Cb%3Ac./x", "a\\b:c./x");
    }
}
