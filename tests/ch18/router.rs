//! Which pattern a path belongs to.

use ch18::Router;

fn router(patterns: &[&'static str]) -> Router<&'static str> {
    let mut router = Router::default();
    patterns.iter().for_each(|pattern| router.add(pattern, *pattern).unwrap());
    router
}

/// The pattern of a path without escapes, and what is captured, in order.
fn found(router: &Router<&'static str>, path: &str) -> Option<(&'static str, Vec<String>)> {
    let segments: Vec<_> = path[1..].split('/').map(str::to_owned).collect();
    let found = router.find(&segments)?;
    Some((found.value, found.captures.into_iter().map(|(_, text)| text).collect()))
}

#[track_caller]
fn assert_found(router: &Router<&'static str>, path: &str, pattern: &str, captured: &[&str]) {
    let (value, captures) = found(router, path).unwrap_or_else(|| panic!("{path} is not found"));
    assert_eq!((value, &captures[..]), (pattern, &captured.map_to_owned()[..]), "{path}");
}

trait MapToOwned {
    fn map_to_owned(&self) -> Vec<String>;
}

impl MapToOwned for [&str] {
    fn map_to_owned(&self) -> Vec<String> {
        self.iter().map(|text| (*text).to_owned()).collect()
    }
}

#[track_caller]
fn refused(patterns: &[&'static str], last: &str) -> String {
    let mut router = router(patterns);
    router.add(last, "last").expect_err(last).to_string()
}

#[test]
fn a_pattern_without_captures_matches_its_path_alone() {
    let router = router(&["/menu", "/menu/soup", "/"]);
    assert_found(&router, "/menu", "/menu", &[]);
    assert_found(&router, "/menu/soup", "/menu/soup", &[]);
    assert_found(&router, "/", "/", &[]);
    for path in ["/menu/", "/Menu", "/menus", "/men", "/menu/soup/", "/menu//soup", "//", "//menu"]
    {
        assert_eq!(found(&router, path), None, "{path}");
    }
}

#[test]
fn a_slash_at_the_end_of_a_pattern_is_a_part_of_it() {
    let router = router(&["/menu/"]);
    assert_found(&router, "/menu/", "/menu/", &[]);
    assert_eq!(found(&router, "/menu"), None);
    assert_eq!(found(&router, "/menu//"), None);
}

#[test]
fn a_capture_takes_one_whole_segment_and_not_an_empty_one() {
    let router = router(&["/hello/{name}", "/{a}/x/{b}"]);
    assert_found(&router, "/hello/Ann", "/hello/{name}", &["Ann"]);
    assert_found(&router, "/hello/{name}", "/hello/{name}", &["{name}"]);
    assert_found(&router, "/1/x/2", "/{a}/x/{b}", &["1", "2"]);
    for path in ["/hello", "/hello/", "/hello/Ann/", "/hello/a/b", "//x/2", "/1/x/", "/1/x"] {
        assert_eq!(found(&router, path), None, "{path}");
    }
}

#[test]
fn a_slash_inside_of_a_segment_is_a_character_like_others() {
    let router = router(&["/hello/{name}", "/a/b"]);
    let segments = ["hello", "a/b"].map(str::to_owned);
    let found = router.find(&segments).unwrap();
    assert_eq!(found.captures, [("name", "a/b".to_owned())]);
    assert_eq!(router.find(&["a/b".to_owned()]), None);
}

#[test]
fn captures_have_the_names_of_their_own_pattern_in_its_order() {
    let router = router(&["/{z}/{a}/end", "/{x}/{y}"]);
    let segments = |path: &str| path.split('/').map(str::to_owned).collect::<Vec<_>>();
    let names = |path| {
        let path = segments(path);
        let found = router.find(&path).unwrap();
        found.captures.into_iter().map(|(name, text)| format!("{name}={text}")).collect::<Vec<_>>()
    };
    assert_eq!(names("1/2/end"), ["z=1", "a=2"]);
    assert_eq!(names("1/2"), ["x=1", "y=2"]);
}

#[test]
fn the_rest_is_whatever_follows_and_may_be_empty() {
    let router = router(&["/files/{*path}"]);
    for (path, rest) in [
        ("/files/a", "a"),
        ("/files/a/b", "a/b"),
        ("/files/", ""),
        ("/files//", "/"),
        ("/files/a/", "a/"),
        ("/files//a", "/a"),
    ] {
        assert_found(&router, path, "/files/{*path}", &[rest]);
    }
    assert_eq!(found(&router, "/files"), None);
    assert_eq!(found(&router, "/file/a"), None);
}

#[test]
fn what_is_written_out_wins_over_a_capture_and_that_over_the_rest() {
    // In whatever order they are added.
    let mut patterns = ["/a/b", "/a/{x}", "/a/{*rest}"];
    for _ in 0..patterns.len() {
        patterns.rotate_left(1);
        let router = router(&patterns);
        assert_found(&router, "/a/b", "/a/b", &[]);
        assert_found(&router, "/a/c", "/a/{x}", &["c"]);
        assert_found(&router, "/a/b/c", "/a/{*rest}", &["b/c"]);
        assert_found(&router, "/a/", "/a/{*rest}", &[""]);
    }
}

#[test]
fn the_segment_further_left_decides() {
    let patterns = ["/a/{x}/c", "/a/b/{y}"];
    for patterns in [patterns, [patterns[1], patterns[0]]] {
        let router = router(&patterns);
        assert_found(&router, "/a/b/c", "/a/b/{y}", &["c"]);
        assert_found(&router, "/a/d/c", "/a/{x}/c", &["d"]);
    }
}

#[test]
fn if_the_rest_does_not_fit_the_other_way_is_tried() {
    let router = router(&["/a/b/{y}/d", "/a/{x}/c", "/a/{x}/{y}/e", "/{*all}"]);
    assert_found(&router, "/a/b/c", "/a/{x}/c", &["b"]);
    assert_found(&router, "/a/b/c/d", "/a/b/{y}/d", &["c"]);
    // What was captured on a way that led nowhere is forgotten.
    assert_found(&router, "/a/b/c/e", "/a/{x}/{y}/e", &["b", "c"]);
    assert_found(&router, "/a/b/c/f", "/{*all}", &["a/b/c/f"]);
    assert_found(&router, "/a/b", "/{*all}", &["a/b"]);
}

#[test]
fn two_patterns_for_the_same_paths_are_an_error_that_names_both() {
    for (first, second) in [
        ("/a/{x}", "/a/{y}"),
        ("/a", "/a"),
        ("/", "/"),
        ("/{*a}", "/{*b}"),
        ("/{a}/b/{c}", "/{x}/b/{y}"),
    ] {
        let error = refused(&["/other", first], second);
        let both = format!("{second:?} and {first:?} match the same paths");
        assert_eq!(error, both);
    }
}

#[test]
fn patterns_that_differ_in_what_they_match_live_side_by_side() {
    router(&["/a", "/a/", "/a/{x}", "/a/{x}/", "/a/{*rest}", "/{a}", "/{*rest}", "/a/b", "/A"]);
}

#[test]
fn the_first_one_stays_when_the_second_is_refused() {
    let mut router = router(&["/a/{x}"]);
    router.add("/a/{y}", "second").unwrap_err();
    assert_found(&router, "/a/1", "/a/{x}", &["1"]);
}

#[test]
fn a_malformed_pattern_is_an_error_that_names_it() {
    for pattern in [
        "",
        "menu",
        "{name}",
        "/a{x}",
        "/{x}a",
        "/{x",
        "/x}",
        "/{}",
        "/{*}",
        "/{**x}",
        "/{x*}",
        "/{a b}",
        "/{a-b}",
        "/{{x}}",
        "/{x}/{x}",
        "/{x}/a/{*x}",
        "/{*x}/a",
        "/{*x}/",
        "//",
        "//a",
        "/a//b",
        "/{a}//",
        "//{x}",
    ] {
        let error = refused(&[], pattern);
        assert!(error.contains(&format!("{pattern:?}")), "{pattern}: {error}");
    }
    router(&["/{a_1}/{é}/{*x2}", "/a.b/ c/ü~"]);
}
