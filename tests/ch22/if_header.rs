//! The field `If`.

use ch22::{Condition, HttpError, IfHeader};

fn token(token: &str) -> Condition {
    Condition::Token(false, token.to_owned())
}

fn no_token(token: &str) -> Condition {
    Condition::Token(true, token.to_owned())
}

fn tag(tag: &str) -> Condition {
    Condition::Tag(false, tag.to_owned())
}

fn no_tag(tag: &str) -> Condition {
    Condition::Tag(true, tag.to_owned())
}

type List = (Option<String>, Vec<Condition>);

fn list(conditions: impl Into<Vec<Condition>>) -> List {
    (None, conditions.into())
}

fn list_of(address: &str, conditions: impl Into<Vec<Condition>>) -> List {
    (Some(address.to_owned()), conditions.into())
}

#[track_caller]
fn reads(value: &str, lists: impl Into<Vec<List>>) {
    assert_eq!(IfHeader::parse(value), Ok(IfHeader { lists: lists.into() }), "{value}");
}

#[track_caller]
fn refuses(value: &str) {
    assert_eq!(IfHeader::parse(value), Err(HttpError(400)), "{value}");
}

#[test]
fn lists_without_an_address_are_about_what_is_asked_for() {
    reads("(<urn:uuid:1>)", [list([token("urn:uuid:1")])]);
    reads("([\"a\"])", [list([tag("\"a\"")])]);
    reads("(<urn:uuid:1> [\"a\"])", [list([token("urn:uuid:1"), tag("\"a\"")])]);
    reads(
        "(<urn:uuid:1>) ([\"a\"] <urn:uuid:2>) (<urn:uuid:3>)",
        [
            list([token("urn:uuid:1")]),
            list([tag("\"a\""), token("urn:uuid:2")]),
            list([token("urn:uuid:3")]),
        ],
    );
}

#[test]
fn lists_with_an_address_are_about_that_until_the_next_one() {
    reads("</a> (<urn:x>)", [list_of("/a", [token("urn:x")])]);
    reads(
        "<http://our.site/a%20b> (<urn:x>) ([\"b\"]) </c>(<urn:y>)",
        [
            list_of("http://our.site/a%20b", [token("urn:x")]),
            list_of("http://our.site/a%20b", [tag("\"b\"")]),
            list_of("/c", [token("urn:y")]),
        ],
    );
    // The same again is the same again.
    reads(
        "</a>(<urn:x>)</a>(<urn:y>)",
        [list_of("/a", [token("urn:x")]), list_of("/a", [token("urn:y")])],
    );
}

#[test]
fn lists_with_and_without_an_address_are_not_mixed() {
    refuses("(<urn:x>) </a> (<urn:x>)");
    refuses("(<urn:x>) (<urn:y>) </a> (<urn:x>)");
    refuses("(<urn:x>) </a>");
}

#[test]
fn not_may_be_written_in_any_case_and_is_for_one_condition() {
    for not in ["Not", "not", "NOT", "nOt"] {
        reads(
            &format!("({not} <DAV:no-lock> [\"a\"])"),
            [list([no_token("DAV:no-lock"), tag("\"a\"")])],
        );
        reads(&format!("({not}[W/\"a\"] <urn:x>)"), [list([no_tag("W/\"a\""), token("urn:x")])]);
        reads(&format!("(<urn:x>{not}<urn:y>)"), [list([token("urn:x"), no_token("urn:y")])]);
        refuses(&format!("{not} (<urn:x>)"));
        refuses(&format!("({not} {not} <urn:x>)"));
        refuses(&format!("({not})"));
        refuses(&format!("(<urn:x> {not})"));
    }
    for word in ["No", "Note", "N", "!", "N\u{f3}t"] {
        refuses(&format!("({word} <urn:x>)"));
    }
}

#[test]
fn a_tag_may_have_anything_but_a_quote_in_it() {
    for inner in ["", "]", "[", ")", "(", "a]b", "])", ">", "<urn:x>", "W/", "ä€", "\\", ","] {
        reads(&format!("([\"{inner}\"])"), [list([tag(&format!("\"{inner}\""))])]);
        reads(
            &format!("([W/\"{inner}\"] <urn:x>)"),
            [list([tag(&format!("W/\"{inner}\"")), token("urn:x")])],
        );
    }
    reads("([\"a\"][\"b\"])", [list([tag("\"a\""), tag("\"b\"")])]);
}

#[test]
fn spaces_may_be_between_all_and_need_not() {
    let lists = || {
        [
            list_of("/a", [no_token("urn:x"), tag("\"a b\"")]),
            list_of("/a", [token("urn:y")]),
            list_of("/b", [no_tag("W/\"\"")]),
        ]
    };
    reads("</a>(Not<urn:x>[\"a b\"])(<urn:y>)</b>(Not[W/\"\"])", lists());
    reads(
        " \t</a> \t( \tNot \t<urn:x> \t[\"a b\"] \t) \t( <urn:y> )  </b> ( Not [W/\"\"] ) \t",
        lists(),
    );
}

#[test]
fn what_is_no_such_value_is_400() {
    for value in [
        "",
        " ",
        "\t",
        "*",
        "a",
        "<",
        ">",
        "(",
        ")",
        "()",
        "( )",
        "<>",
        "</a>",
        "</a> ",
        "</a",
        "</a> </b> (<urn:x>)",
        "</a> ()",
        "</a> (",
        "</a> x (<urn:x>)",
        "(<urn:x>) </a> ()",
        "<urn:x>",
        "[\"a\"]",
        "\"a\"",
        "(<urn:x>",
        "(<urn:x",
        "<urn:x>)",
        "(urn:x)",
        "(<urn:x>))",
        "((<urn:x>))",
        "(<urn:x>) x",
        "x (<urn:x>)",
        "(<urn:x>),(<urn:y>)",
        "(<urn:x>, <urn:y>)",
        "(<urn:x> x)",
        "(x <urn:x>)",
        "(<urn:x>) ()",
        "() (<urn:x>)",
        "(<urn:x>) (",
        "(\"a\")",
        "([])",
        "([a])",
        "([\"a])",
        "([a\"])",
        "([\"a\")",
        "([\"a\" ])",
        "([ \"a\"])",
        "([\"a\"x])",
        "([w/\"a\"])",
        "([W\"a\"])",
        "([W/ \"a\"])",
        "([WW/\"a\"])",
        "([x\"a\"])",
        "([W/])",
        "([\"a\"\"b\"])",
        "([\"a\",\"b\"])",
        "([*])",
        "(*)",
        "([\"a\"",
        "([\"",
        "([",
        "(<urn:x>]",
        "[<urn:x>]",
        "{<urn:x>}",
    ] {
        refuses(value);
    }
}

/// Nothing is a token, and so nothing is `Not` a token either: that would hold always.
#[test]
fn an_address_or_a_token_that_is_none_is_400() {
    for wrong in ["", " ", " urn:x", "urn:x ", "urn:\tx", "urn:\u{a0}x", "<urn:x"] {
        refuses(&format!("(<{wrong}>)"));
        refuses(&format!("(Not <{wrong}>)"));
    }
    for wrong in ["", " ", "\t", "/a b", "<urn:x", "</a"] {
        refuses(&format!("<{wrong}> (<urn:x>)"));
    }
}

/// What a browser's or an editor's space may be is none here.
#[test]
fn only_spaces_and_tabs_are_whitespace() {
    for space in ["\u{a0}", "\u{3000}", "\u{2028}", "\u{b}", "\u{85}"] {
        refuses(&format!("{space}(<urn:x>)"));
        refuses(&format!("(<urn:x>){space}"));
        refuses(&format!("({space}<urn:x>)"));
        refuses(&format!("(Not{space}<urn:x>)"));
        refuses(&format!("(<urn:x>{space})"));
        refuses(&format!("</a>{space}(<urn:x>)"));
    }
}

/// How it is written when all is said that can be.
fn written(field: &IfHeader) -> String {
    let conditions = |list: &[Condition]| {
        let one = |condition: &Condition| match condition {
            Condition::Token(negated, token) => {
                format!("{}<{token}>", if *negated { "Not " } else { "" })
            }
            Condition::Tag(negated, tag) => {
                format!("{}[{tag}]", if *negated { "Not " } else { "" })
            }
        };
        list.iter().map(one).collect::<Vec<_>>().join(" ")
    };
    let lists = field.lists.iter().map(|(address, list)| {
        let address = address.as_ref().map(|address| format!("<{address}> ")).unwrap_or_default();
        format!("{address}({})", conditions(list))
    });
    lists.collect::<Vec<_>>().join(" ")
}

#[test]
fn every_cut_of_a_right_value_is_right_or_400_and_stands_for_its_beginning() {
    for value in [
        "</ä> (<urn:uuid:é> [W/\"ö€\"]) (Not [\"😀]\"]) <http://our.site/b>(not<DAV:no-lock>)",
        "(<urn:uuid:é> [W/\"ö€\"]) (Not [\"😀]\"])(not<DAV:no-lock>)",
        "(€",
        "(N\u{f3}t <urn:x>)",
        "(NÄ",
        "(No€",
        "([€\"a\"])",
    ] {
        let whole = IfHeader::parse(value);
        let mut right = 0;
        for (end, _) in value.char_indices() {
            match (IfHeader::parse(&value[..end]), &whole) {
                (Ok(cut), Ok(whole)) => {
                    assert!(whole.lists.starts_with(&cut.lists), "{}", &value[..end]);
                    assert_eq!(IfHeader::parse(&written(&cut)), Ok(cut));
                    right += 1;
                }
                (Ok(cut), Err(_)) => panic!("{} is {cut:?}", &value[..end]),
                (Err(error), _) => assert_eq!(error, HttpError(400)),
            }
        }
        if let Ok(whole) = whole {
            assert!(right >= whole.lists.len() - 1, "{value}");
            assert_eq!(IfHeader::parse(&written(&whole)), Ok(whole));
        }
        // Nor does it matter where it begins.
        for (start, _) in value.char_indices().skip(1) {
            if let Ok(field) = IfHeader::parse(&value[start..]) {
                assert_eq!(IfHeader::parse(&written(&field)), Ok(field));
            }
        }
    }
}

#[test]
fn all_tokens_are_shown_whatever_else_is_said_of_them() {
    let value = "</a> (<urn:1> [\"<urn:no>\"]) (Not <urn:2>) </b> ([\"a\"] <urn:3> <urn:1>)";
    let field = IfHeader::parse(value).unwrap();
    assert_eq!(field.tokens().collect::<Vec<_>>(), ["urn:1", "urn:2", "urn:3", "urn:1"]);
    assert_eq!(IfHeader::parse("([\"a\"])").unwrap().tokens().count(), 0);
    assert_eq!(IfHeader::default().tokens().count(), 0);
}
