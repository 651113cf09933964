//! Which file a path leads to.

use super::requests::get;
use ch17::{Environ, HttpError, Script, find_script, plain_path};
use mock::{assert_bytes, symlink};
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A folder with scripts, by the path that it has when links are followed; one lies outside.
fn folder() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().canonicalize().unwrap().join("root");
    fs::create_dir_all(root.join("shop/empty")).unwrap();
    for script in ["menu", "shop/order.cgi", "shop/order", "a b", "café", "../outside"] {
        fs::write(root.join(script), "").unwrap();
    }
    (folder, root)
}

fn found(root: &Path, target: &str) -> Result<Script, HttpError> {
    find_script(root, &get(target)).map_err(|error| error.downcast().expect("a status"))
}

#[test]
fn the_first_file_on_the_way_is_the_script() {
    let (_folder, root) = folder();
    for (target, name, rest) in [
        ("/menu", "/menu", ""),
        ("/menu/", "/menu", "/"),
        ("/menu/7/edit", "/menu", "/7/edit"),
        ("/menu//7", "/menu", "//7"),
        ("/menu?a=/shop", "/menu", ""),
        ("/shop/order.cgi", "/shop/order.cgi", ""),
        ("/shop/order/menu", "/shop/order", "/menu"),
        ("/a%20b/c%20d", "/a b", "/c d"),
        ("/caf%C3%A9", "/café", ""),
        // What it is asked for need not be the name of a file.
        ("/menu/a:b/%0a", "/menu", "/a:b/\n"),
    ] {
        let script = found(&root, target).unwrap();
        assert_eq!(script.file, root.join(&name[1..]), "{target}");
        assert_eq!((&*script.name, &*script.rest), (name, rest), "{target}");
    }
}

#[test]
fn where_no_script_is_is_404() {
    let (_folder, root) = folder();
    for target in [
        "/",
        "//",
        "/nothing",
        "/nothing/menu",
        "/shop",
        "/shop/",
        "/shop/empty",
        "/shop/nothing",
        "//menu",
        "/shop//order",
        "/Menu",
        "/menu%20",
        "/shop:menu",
        "/%2e/menu",
        "/a%5cb",
    ] {
        if cfg!(target_os = "linux") || target != "/Menu" {
            assert_eq!(found(&root, target), Err(HttpError(404)), "{target}");
        }
    }
    assert_eq!(found(&root, "http://localhost"), Err(HttpError(404)));
    let mut environ = get("/");
    for path in ["", "*", "menu"] {
        environ.set("PATH_INFO", path);
        let error = find_script(&root, &environ).unwrap_err();
        assert_eq!(error.downcast::<HttpError>().unwrap(), HttpError(404), "{path}");
    }
}

#[test]
fn nothing_outside_of_the_folder_is_a_script() {
    let (_folder, root) = folder();
    for target in [
        "/../outside",
        "/shop/../../outside",
        "/shop/..",
        "/%2e%2e/outside",
        "/.%2E/outside",
        "/..%2foutside",
        "/shop/..%2f..%2foutside",
        "/..%5coutside",
        "/shop/../menu",
        "/./menu",
    ] {
        assert_eq!(found(&root, target), Err(HttpError(404)), "{target}");
    }
}

#[test]
fn a_link_may_lead_to_a_script_inside_and_to_none_outside() {
    let (_folder, root) = folder();
    if symlink(root.join("menu"), root.join("inside")).is_err() {
        return; // Windows may not let us
    }
    symlink(root.join("../outside"), root.join("out")).unwrap();
    symlink(root.join(".."), root.join("up")).unwrap();
    symlink(root.join("nowhere"), root.join("broken")).unwrap();
    let script = found(&root, "/inside/7").unwrap();
    assert_eq!(script.file, root.join("menu"), "by the path that it really has");
    assert_eq!((&*script.name, &*script.rest), ("/inside", "/7"));
    for target in ["/out", "/up/outside", "/broken"] {
        assert_eq!(found(&root, target), Err(HttpError(404)), "{target}");
    }
    // The root may be called by a link.
    symlink(&root, root.join("../alias")).unwrap();
    assert_eq!(found(&root.join("../alias"), "/menu").unwrap().file, root.join("menu"));
}

/// On another system they would be other files.
#[cfg(unix)]
#[test]
fn a_file_whose_name_means_something_else_elsewhere_is_no_script() {
    let (_folder, root) = folder();
    for name in ["odd.", "a:b", "blank "] {
        fs::write(root.join(name), "").unwrap();
        assert_eq!(found(&root, &format!("/{}", name.replace(' ', "%20"))), Err(HttpError(404)));
    }
}

#[test]
fn a_root_that_is_not_there_is_404_or_an_error() {
    let (_folder, root) = folder();
    assert!(find_script(&root.join("nothing"), &get("/menu")).is_err());
}

// Paths that mean the same to everybody

#[test]
fn a_path_that_another_program_would_misunderstand_is_404() {
    for target in [
        "/a%2fb",
        "/a%2Fb",
        "/a%5cb",
        "/a%5Cb",
        "/a%00",
        "/..",
        "/../a",
        "/a/..",
        "/a/../b",
        "/a/..\\b",
        "/a/.",
        "/./a",
        "/%2e%2e/a",
        "/a/%2e",
        "/.%2e",
        "/%ff",
    ] {
        assert_eq!(plain_path(&get(target)), Err(HttpError(404)), "{target}");
    }
    for (target, path) in [
        ("/", "/"),
        ("/a%20b/...", "/a b/..."),
        ("/..a/b..", "/..a/b.."),
        ("/.hidden", "/.hidden"),
        ("/a//b", "/a//b"),
        ("/%25%32%66", "/%2f"),
        ("/a?b=%2f..%00/../", "/a"),
    ] {
        assert_eq!(plain_path(&get(target)), Ok(path), "{target}");
    }
    // Whoever made it up by hand.
    let mut environ = Environ::default();
    assert_eq!(plain_path(&environ), Ok(""));
    environ.set("PATH_INFO", "/a\0b");
    assert_eq!(plain_path(&environ), Err(HttpError(404)));
}

// What the program is told

#[test]
fn a_program_is_told_which_file_is_meant() {
    let script = Script {
        file: "/srv/shop/order.cgi".into(),
        name: "/shop/order.cgi".into(),
        rest: "/7/edit".into(),
    };
    let mut environ = get("/cgi-bin/shop/order.cgi/7/edit").below("/cgi-bin").unwrap();
    script.tell(Path::new("/srv"), &mut environ);
    assert_eq!(environ.text("SCRIPT_NAME"), "/cgi-bin/shop/order.cgi");
    assert_eq!(environ.text("SCRIPT_FILENAME"), "/srv/shop/order.cgi");
    assert_eq!(environ.text("PATH_INFO"), "/7/edit");
    assert_eq!(environ.text("PATH_TRANSLATED"), "/srv/7/edit");
    assert_eq!(environ.text("REQUEST_URI"), "/cgi-bin/shop/order.cgi/7/edit");

    let script = Script { rest: String::new(), ..script };
    let mut environ = get("/shop/order.cgi");
    script.tell(Path::new("/srv"), &mut environ);
    assert_eq!(environ.text("SCRIPT_NAME"), "/shop/order.cgi");
    assert_eq!(environ.get("PATH_INFO"), Some(b"".as_slice()));
    assert_eq!(environ.get("PATH_TRANSLATED"), None, "it is asked for nothing");
}

/// A file's name is bytes.
#[cfg(target_os = "linux")]
#[test]
fn the_name_of_a_file_is_told_as_it_is() {
    use std::os::unix::ffi::OsStrExt;
    let file = Path::new(std::ffi::OsStr::from_bytes(b"/srv/\xff"));
    let script = Script { file: file.to_owned(), name: "/a".into(), rest: "/b".into() };
    let mut environ = Environ::default();
    script.tell(file, &mut environ);
    assert_bytes!(environ.get("SCRIPT_FILENAME").unwrap(), b"/srv/\xff");
    assert_bytes!(environ.get("PATH_TRANSLATED").unwrap(), b"/srv/\xff/b");
}
