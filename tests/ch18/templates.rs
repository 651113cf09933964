//! Pages with places for values.

use super::requests::text;
use ch18::{Response, Templates};
use minijinja::{Value, context};
use std::fs;
use tempfile::TempDir;

/// A folder of templates.
fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

fn templates(files: &[(&str, &str)]) -> Templates {
    Templates::load(folder(files).path()).unwrap()
}

/// Everything that means something in HTML.
const STRANGE: &str = "<script>alert('1')</script> & \"quotes\"";

#[test]
fn what_a_stranger_typed_is_text_whatever_the_file_is_called() {
    let names = [
        "a.html",
        "a.htm",
        "a.HTML",
        "a.svg",
        "a.xml",
        "a.js",
        "a.css",
        "a",
        "a.html.j2",
        "a.TXT",
        "a.txt.html",
        "txt",
        "a.json",
        "a.md",
    ];
    for name in names {
        let page = templates(&[(name, "<p title=\"{{ text }}\">{{ text }}")]);
        let page = text(page.page(name, context! { text => STRANGE }).unwrap());
        let inside = page.strip_prefix("<p title=\"").expect(&page);
        let (first, second) = inside.split_once("\">").expect(&page);
        assert_eq!(first, second);
        assert!(!first.contains(['<', '>', '"', '\'']), "{name}: {page}");
        assert!(!first.replace("&lt;", "").replace("&amp;", "").contains("& "), "{name}: {page}");
        assert!(first.starts_with("&lt;script&gt;alert("), "{name}: {page}");
    }
}

fn content_type(response: &Response) -> &str {
    response.headers.get_text("Content-Type").unwrap_or(response.content_type)
}

/// Else whoever opens it would have the stranger's script run.
#[test]
fn what_is_not_escaped_is_sent_as_plain_text() {
    let templates = templates(&[("a.txt", "{{ text }}"), ("a.html", "{{ text }}")]);
    let plain = templates.page("a.txt", context! { text => STRANGE }).unwrap();
    assert_eq!((plain.status, content_type(&plain)), (200, "text/plain; charset=utf-8"));
    assert_eq!(text(plain), STRANGE);
    let html = templates.page("a.html", context! { text => STRANGE }).unwrap();
    assert_eq!((html.status, content_type(&html)), (200, "text/html; charset=utf-8"));
}

#[test]
fn a_page_is_the_file_to_its_last_byte() {
    for file in ["one\n", "one\n\n", "one", "", " ä \r\n"] {
        let templates = templates(&[("a.html", file)]);
        assert_eq!(text(templates.page("a.html", context! {}).unwrap()), file);
    }
}

#[test]
fn one_template_may_extend_another() {
    let base = "<main>{% block main %}{% endblock %}</main>{{ name }}";
    let page = "{% extends \"base.html\" %}{% block main %}{{ name }}{% endblock %}";
    let templates = templates(&[("page.html", page), ("base.html", base)]);
    let page = templates.page("page.html", context! { name => "<Ann>" }).unwrap();
    assert_eq!(text(page), "<main>&lt;Ann&gt;</main>&lt;Ann&gt;");
}

#[test]
fn a_template_that_does_not_parse_is_an_error_at_start_that_names_file_and_line() {
    for (file, line) in [
        ("{% if %}", 1),
        ("one\ntwo\n{{ name", 3),
        ("one\n{% for a in %}\n{% endfor %}", 2),
        ("\n\n\n\n{% endblock %}", 5),
        ("{{ a | }}", 1),
        ("\n{% nonsense %}", 2),
    ] {
        let folder = folder(&[("good.html", "{{ name }}"), ("broken.html", file)]);
        let error = format!("{:#}", Templates::load(folder.path()).expect_err(file));
        assert!(error.contains(&format!("broken.html:{line}")), "{error}");
        assert!(error.contains(&*folder.path().to_string_lossy()), "{error}");
    }
}

#[test]
fn a_folder_that_is_not_there_and_a_file_that_is_no_text_are_errors_that_name_them() {
    let folder = folder(&[]);
    let none = folder.path().join("none");
    let error = format!("{:#}", Templates::load(&none).unwrap_err());
    assert!(error.contains(&*none.to_string_lossy()), "{error}");
    let file = folder.path().join("image.html");
    fs::write(&file, b"\xff\xd8").unwrap();
    let error = format!("{:#}", Templates::load(folder.path()).unwrap_err());
    assert!(error.contains(&*file.to_string_lossy()), "{error}");
}

#[test]
fn they_are_read_at_start_and_not_later() {
    let folder = folder(&[("a.html", "old")]);
    let templates = Templates::load(folder.path()).unwrap();
    fs::write(folder.path().join("a.html"), "new").unwrap();
    fs::write(folder.path().join("b.html"), "new").unwrap();
    assert_eq!(text(templates.page("a.html", context! {}).unwrap()), "old");
    assert!(templates.page("b.html", context! {}).is_err());
}

#[test]
fn a_name_that_the_values_lack_is_an_error() {
    for file in [
        "{{ name }}",
        "{{ entry.name }}",
        "{% if name %}{% endif %}",
        "{% for one in name %}{% endfor %}",
        "{{ name | upper }}",
        "{{ [1][name] }}",
    ] {
        let templates = templates(&[("a.html", file)]);
        let values = context! { entry => context! { text => "soup" } };
        assert!(templates.page("a.html", values).is_err(), "{file}");
        let values = context! { name => 0, entry => context! { name => "Ann" } };
        // Of these, a number is no list.
        let outcome = templates.page("a.html", values);
        assert_eq!(outcome.is_ok(), !file.contains("for"), "{file}");
    }
    // None is a value.
    let templates = templates(&[("a.html", "{% if name %}yes{% else %}no{% endif %}")]);
    let page = templates.page("a.html", context! { name => None::<String> }).unwrap();
    assert_eq!(text(page), "no");
}

#[test]
fn a_template_that_is_not_there_is_an_error() {
    let templates = templates(&[("a.html", ""), ("b.html", "{% extends \"none.html\" %}")]);
    for name in ["c.html", "A.html", "../a.html", "", "b.html"] {
        assert!(templates.page(name, Value::default()).is_err(), "{name}");
    }
}
