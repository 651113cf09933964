//! The documents that clients send.

use ch22::{
    HttpError, LockInfo, MAX_NAMES, MAX_OWNER, MAX_PROPERTIES, PropFind, PropertyName,
    PropertyUpdate, Scope,
};
use mock::Seed;
use roxmltree::{Document, Node, NodeType};

fn name(namespace: &str, name: &str) -> PropertyName {
    PropertyName { namespace: namespace.to_owned(), name: name.to_owned() }
}

type Update = Vec<(PropertyName, Option<String>)>;

fn update(text: &str) -> Result<Update, u16> {
    PropertyUpdate::parse(text).map(|update| update.0).map_err(|HttpError(status)| status)
}

fn find(text: &str) -> Result<PropFind, u16> {
    PropFind::parse(text).map_err(|HttpError(status)| status)
}

fn lock(text: &str) -> Result<LockInfo, u16> {
    LockInfo::parse(text).map_err(|HttpError(status)| status)
}

/// A PROPFIND with this in its root.
fn propfind(inner: &str) -> String {
    format!("<D:propfind xmlns:D=\"DAV:\">{inner}</D:propfind>")
}

/// A PROPPATCH that sets this.
fn setting(properties: &str) -> String {
    format!(
        "<D:propertyupdate xmlns:D=\"DAV:\"><D:set><D:prop>{properties}</D:prop></D:set>\
         </D:propertyupdate>"
    )
}

/// The value that a PROPPATCH gives to its only property, and its name.
#[track_caller]
fn only(text: &str) -> (PropertyName, String) {
    let mut update = update(text).unwrap_or_else(|status| panic!("{status}: {text}"));
    assert_eq!(update.len(), 1, "{text}");
    let (name, value) = update.remove(0);
    (name, value.expect("a value"))
}

fn lockinfo(inner: &str) -> String {
    format!("<D:lockinfo xmlns:D=\"DAV:\">{inner}</D:lockinfo>")
}

const EXCLUSIVE: &str =
    "<D:lockscope><D:exclusive/></D:lockscope><D:locktype><D:write/></D:locktype>";

/// The status of a document that is refused.
type Judge = fn(&str) -> Option<u16>;

/// The root of each kind of document, one that is right, and what reads it.
fn each_kind() -> [(&'static str, String, Judge); 3] {
    [
        ("propfind", propfind("<D:prop><D:getetag/></D:prop>"), |text| find(text).err()),
        ("propertyupdate", setting("<a/>"), |text| update(text).err()),
        ("lockinfo", lockinfo(EXCLUSIVE), |text| lock(text).err()),
    ]
}

// What all have in common

#[test]
fn a_document_is_what_its_root_says_and_nothing_else() {
    for (root, text, status) in each_kind() {
        assert_eq!(status(&text), None, "{text}");
        for (other, ..) in each_kind() {
            let text = text.replace(root, other);
            let expected = if other == root { None } else { Some(400) };
            assert_eq!(status(&text), expected, "{text}");
        }
        for wrong in [
            text.replace("DAV:", "dav:"),
            text.replace("DAV:", "DAV"),
            text.replace("DAV:", "http://our.site/"),
            text.replace(root, &root.to_uppercase()),
            text.replace("xmlns:D=\"DAV:\"", ""),
            text.replace("D:", "").replace("xmlns:D=\"DAV:\"", ""),
            format!("<D:multistatus xmlns:D=\"DAV:\">{text}</D:multistatus>"),
        ] {
            assert_eq!(status(&wrong), Some(400), "{wrong}");
        }
    }
}

#[test]
fn namespaces_may_be_declared_in_any_way() {
    for (_, text, status) in each_kind() {
        let by_default =
            text.replace("<D:", "<").replace("</D:", "</").replace("xmlns:D=", "xmlns=");
        assert_eq!(status(&by_default), None, "{by_default}");
        let other_prefix = text.replace("D:", "x-1.\u{e4}:").replace("DAVx-1.\u{e4}:", "DAV:");
        let other_prefix = other_prefix.replace("xmlns:D=", "xmlns:x-1.\u{e4}=");
        assert_eq!(status(&other_prefix), None, "{other_prefix}");
        let in_apostrophes = text.replace('"', "'").replace("='", " = '");
        assert_eq!(status(&in_apostrophes), None, "{in_apostrophes}");
        let by_entities = text.replace("DAV:", "&#x44;A&#86;:");
        assert_eq!(status(&by_entities), None, "{by_entities}");
    }
}

#[test]
fn a_document_may_begin_with_a_mark_a_declaration_and_comments() {
    for (_, text, status) in each_kind() {
        for before in [
            "\u{feff}",
            "<?xml version=\"1.0\"?>",
            "<?xml version=\"1.0\" encoding=\"utf-8\" standalone='yes'?>\r\n",
            "\u{feff}<?xml version='1.0' encoding='UTF-8'?>\n<!-- <a> -->\n<?a b?>\n",
            "\n\t ",
        ] {
            assert_eq!(status(&format!("{before}{text}\n<!-- end -->\n")), None, "{before}{text}");
        }
        for before in ["\u{feff}\u{feff}", "x", " <?xml version=\"1.0\"?>", "\0", "&amp;"] {
            assert_eq!(status(&format!("{before}{text}")), Some(400), "{before}{text}");
        }
        for behind in ["x", "<a/>", "\u{feff}", "\0", &text] {
            assert_eq!(status(&format!("{text}{behind}")), Some(400), "{text}{behind}");
        }
    }
}

#[test]
fn a_document_type_is_400_whatever_it_says() {
    for (root, text, status) in each_kind() {
        for kind in [
            format!("<!DOCTYPE D:{root}>"),
            format!("<!DOCTYPE D:{root} SYSTEM \"file:///etc/hostname\">"),
            format!("<!DOCTYPE D:{root} [<!ENTITY a \"b\">]>"),
            "<!DOCTYPE a>".to_owned(),
        ] {
            assert_eq!(status(&format!("{kind}{text}")), Some(400), "{kind}{text}");
            let text = format!("<?xml version=\"1.0\"?>\n{kind}\n{text}");
            assert_eq!(status(&text), Some(400), "{text}");
        }
    }
    assert_eq!(update(&setting("<a>&unknown;</a>")), Err(400));
}

/// What is let in here is kept, and then sent to others in a document with more: one such value
/// would make all of it unreadable.
#[test]
fn what_is_no_xml_with_namespaces_is_400() {
    for (_, text, status) in each_kind() {
        for wrong in [
            "<a xmlns:x=\"\"/>",
            "<a xmlns:x=''/>",
            "<b><a xmlns:x=\"\" x:y='1'/></b>",
            "<a xmlns:xmlns=\"ns:\"/>",
            "<a xmlns:xml=\"ns:\"/>",
            "<a xmlns:x=\"http://www.w3.org/XML/1998/namespace\"/>",
            "<a xmlns:x=\"http://www.w3.org/2000/xmlns/\"/>",
            "<a xmlns=\"http://www.w3.org/2000/xmlns/\"/>",
            "<a xmlns=\"one\" xmlns=\"two\"/>",
            "<a xmlns=\"a b\"/>",
            "<a xmlns=\" \"/>",
            "<a xmlns:x=\"&#10;\"/>",
            "<a xmlns:x=\"&#x7f;\"/>",
            "<a xmlns:x=\"&lt;\"/>",
            "<a xmlns:x='\"'/>",
            "<a xmlns:x='\\'/>",
            "<a xmlns:x='a|b'/>",
            "<a xmlns:x='[]'/>",
            "<a xmlns:x='http://\u{e4}/'/>",
            "<a :b='1'/>",
            "<a b='1' :c='2'/>",
            "<a xmlns:='u'/>",
            "<a:/>",
            "<a></:a>",
            "<b><a>text</:a></b>",
            "<?:a b?>",
            "<b><?a:b?></b>",
            "<?a\"b?>",
            "<?a=b?>",
            "<?a&b?>",
            "<??>",
            "<?xml a?>",
            "<b><c xmlns='a'/><a xmlns='' xmlns=''/></b>",
            "<a xmlns:x=\"one\" xmlns:x=\"two\"/>",
            "<x:a/>",
            "<a x:b='1'/>",
            "<a b='1' b='2'/>",
            "<a xmlns:x='u' xmlns:y='u' x:b='1' y:b='2'/>",
            "<a b=1/>",
            "<a b='<'/>",
            "<a b='&'/>",
            "<a b/>",
            "<a",
            "<a>",
            "</a>",
            "<a></b>",
            "<a/ >",
            "< a/>",
            "<a:b:c/>",
            "<:a/>",
            "<1/>",
            "<a>&</a>",
            "<a>&#0;</a>",
            "<a>&#xFFFF;</a>",
            "<a>\u{1}</a>",
            "<a>]]></a>",
            "<a><!-- -- --></a>",
            "<a><![CDATA[</a>",
            "<xmlns:a/>",
        ] {
            let with = text.replace("></D:", &format!(">{wrong}</D:"));
            assert_ne!(with, text);
            assert_eq!(status(&with), Some(400), "{with}");
        }
        // A default that is none is fine, and so is what they all know.
        for right in [
            "<a xmlns=\"\"/>",
            "<a xmlns:xml=\"http://www.w3.org/XML/1998/namespace\"/>",
            "<a xmlns='u'><a xmlns=''/><a xmlns='u'/></a>",
            "<a xmlns:x='u'><a xmlns:x='v'/></a>",
            "<a xml:space='preserve' xml:base='u'/>",
            "<a xmlns='urn:a:b?c=d&amp;e&#39;#%20()@!$*+,;~_-.'/>",
            "<a b=':' c='/:a>'/>",
            "<a>:<b/>:</a>",
            "<?a?><?b c:d?><b><?a\t\"?></b>",
        ] {
            let with = text.replace("></D:", &format!(">{right}</D:"));
            assert_eq!(status(&with), None, "{with}");
        }
    }
}

#[test]
fn cut_anywhere_it_is_400() {
    for (_, text, status) in each_kind() {
        for end in 1..text.len() {
            assert_eq!(status(&text[..end]), Some(400), "{}", &text[..end]);
        }
    }
    // Unless nothing of it comes: whoever says nothing asks for all.
    assert_eq!(find(""), Ok(PropFind::All(vec![])));
    assert_eq!((update(""), lock("")), (Err(400), Err(400)));
    for blank in [" ", "\n", "\u{feff}", "<?xml version=\"1.0\"?>", "<!-- -->"] {
        assert_eq!((find(blank), update(blank), lock(blank)), (Err(400), Err(400), Err(400)));
    }
}

#[test]
fn what_costs_too_much_is_400() {
    for (_, text, status) in each_kind() {
        let with = |inner: &str| status(&text.replace("></D:", &format!(">{inner}</D:")));
        let declared = |count: usize| {
            let open: String = (0..count).map(|n| format!("<a xmlns:p{n}='u{n}'>")).collect();
            with(&(open + &"</a>".repeat(count)))
        };
        // Each kind has places where one more element has no meaning; the first takes it.
        assert_eq!(declared(400), Some(400));
        assert_eq!(with(&format!("<a b='{}'/>", "x".repeat(9000))), Some(400));
        assert_eq!(with(&"<a>".repeat(50_000)), Some(400));
    }
}

// PROPFIND

#[test]
fn a_client_asks_for_all_for_names_or_for_these() {
    let names = || vec![PropertyName::dav("getetag"), name("ns:", "x"), name("", "y")];
    let elements = "<D:getetag/> <x xmlns=\"ns:\">ignored<z/></x><!-- no --><y xmlns=''/>";
    for (inner, expected) in [
        ("<D:allprop/>".to_owned(), PropFind::All(vec![])),
        ("\n <D:allprop>\n</D:allprop>\n".to_owned(), PropFind::All(vec![])),
        (format!("<D:allprop/><D:include>{elements}</D:include>"), PropFind::All(names())),
        (format!("<D:include>{elements}</D:include><D:allprop/>"), PropFind::All(names())),
        ("<D:allprop/><D:include/>".to_owned(), PropFind::All(vec![])),
        ("<D:propname/>".to_owned(), PropFind::Names),
        (format!("<D:prop>{elements}</D:prop>"), PropFind::These(names())),
        ("<D:prop/>".to_owned(), PropFind::These(vec![])),
        ("<D:prop>text</D:prop>".to_owned(), PropFind::These(vec![])),
        // The same twice is asked twice: in an answer nothing is lost.
        (
            "<D:prop><D:a/><D:a/></D:prop>".to_owned(),
            PropFind::These(vec![PropertyName::dav("a"), PropertyName::dav("a")]),
        ),
        // What nobody knows is passed over.
        (
            "<x xmlns='ns:'><D:propname/></x><D:new/>text<prop/><D:allprop><D:prop/></D:allprop>"
                .to_owned(),
            PropFind::All(vec![]),
        ),
    ] {
        assert_eq!(find(&propfind(&inner)), Ok(expected), "{inner}");
    }
}

#[test]
fn a_client_that_asks_for_nothing_or_for_two_things_is_told_400() {
    for inner in [
        "",
        "text",
        "<allprop/>",
        "<D:AllProp/>",
        "<D:include/>",
        "<D:include><D:a/></D:include>",
        "<x><D:allprop/></x>",
        "<D:allprop/><D:propname/>",
        "<D:allprop/><D:prop/>",
        "<D:propname/><D:prop/>",
        "<D:propname/><D:allprop/><D:prop/>",
    ] {
        assert_eq!(find(&propfind(inner)), Err(400), "{inner}");
    }
}

#[test]
fn so_many_names_are_asked_for_and_no_more() {
    assert_eq!(MAX_NAMES, 500);
    for (before, behind) in [("<D:prop>", "</D:prop>"), ("<D:allprop/><D:include>", "</D:include>")]
    {
        let asked = |count: usize| {
            let names: String = (0..count).map(|n| format!("<p{n}/>")).collect();
            find(&propfind(&format!("{before}{names}{behind}")))
        };
        match asked(MAX_NAMES) {
            Ok(PropFind::All(names) | PropFind::These(names)) => {
                assert_eq!((names.len(), &names[499]), (500, &name("", "p499")));
            }
            other => panic!("{other:?}"),
        }
        assert_eq!(asked(MAX_NAMES + 1), Err(400));
    }
    // Nor so many when they are long: a namespace is written once, and told with each.
    let long = |count: usize, length: usize| {
        let namespace = "n".repeat(length);
        find(&propfind(&format!(
            "<D:prop xmlns:x='{namespace}'>{}</D:prop>",
            "<x:a/>".repeat(count)
        )))
    };
    assert!(long(16, 4095).is_ok());
    assert_eq!(long(16, 4096), Err(400));
    assert_eq!(long(17, 4095), Err(400));
    // Other elements are no names.
    let many = "<a/>".repeat(MAX_NAMES + 1);
    assert_eq!(find(&propfind(&format!("<D:propname>{many}</D:propname>"))), Ok(PropFind::Names));
}

// PROPPATCH

#[test]
fn an_update_is_read_in_the_order_in_which_it_is_written() {
    let text = "<D:propertyupdate xmlns:D=\"DAV:\" xmlns:x=\"ns:\">\
                <D:set><D:prop><x:a>1</x:a><D:b/></D:prop></D:set> \
                <D:remove>\n<D:prop><x:a>ignored</x:a><c/></D:prop>\n</D:remove>\
                <D:set><D:prop/></D:set><!-- --><D:set><D:prop><x:a>2</x:a></D:prop></D:set>\
                </D:propertyupdate>";
    let declared = "xmlns:D=\"DAV:\" xmlns:x=\"ns:\"";
    assert_eq!(
        update(text),
        Ok(vec![
            (name("ns:", "a"), Some(format!("<x:a {declared}>1</x:a>"))),
            (name("DAV:", "b"), Some(format!("<D:b {declared}/>"))),
            (name("ns:", "a"), None),
            (name("", "c"), None),
            (name("ns:", "a"), Some(format!("<x:a {declared}>2</x:a>"))),
        ])
    );
}

#[test]
fn an_update_that_does_nothing_or_not_all_that_it_says_is_400() {
    let root = |inner: &str| {
        update(&format!("<D:propertyupdate xmlns:D=\"DAV:\">{inner}</D:propertyupdate>"))
    };
    for inner in [
        "",
        "text",
        "<D:set/>",
        "<D:remove/>",
        "<D:set><D:prop/></D:set>",
        "<D:set><D:prop>text</D:prop></D:set>",
        "<D:set><prop><a/></prop></D:set>",
        "<D:set><a/></D:set>",
        "<set><D:prop><a/></D:prop></set>",
        "<D:prop><a/></D:prop>",
        "<x><D:set><D:prop><a/></D:prop></D:set></x>",
        "<D:set><D:prop><a/></D:prop></D:set><D:remove/>",
        "<D:set/><D:set><D:prop><a/></D:prop></D:set>",
    ] {
        assert_eq!(root(inner), Err(400), "{inner}");
    }
    // What nobody knows is passed over.
    let known = "<D:set><x/><D:prop><a/></D:prop>text</D:set>";
    assert_eq!(root(&format!("<new/>text<D:new/>{known}<x>{known}</x>")).unwrap().len(), 1);
}

#[test]
fn values_are_so_long_together_and_no_longer() {
    let fixed = only(&setting("<a>x</a>")).1.len() - 1;
    let long = |length: usize| format!("<a>{}</a>", "x".repeat(length - fixed));
    assert_eq!(only(&setting(&long(MAX_PROPERTIES))).1.len(), MAX_PROPERTIES);
    assert_eq!(update(&setting(&long(MAX_PROPERTIES + 1))), Err(413));
    let half = MAX_PROPERTIES / 2;
    assert_eq!(update(&setting(&(long(half) + &long(half)))).unwrap().len(), 2);
    assert_eq!(update(&setting(&(long(half) + &long(half + 1)))), Err(413));
    // In two steps, too.
    let two = setting(&long(half)).replace(
        "</D:propertyupdate>",
        &format!("<D:set><D:prop>{}</D:prop></D:set></D:propertyupdate>", long(half + 1)),
    );
    assert_eq!(update(&two), Err(413));
    // What was written once, and is to stand in each.
    let long = format!("xmlns:x=\"{}\"", "n".repeat(8000));
    let many = |count: usize| format!("<x {long}>{}</x>", "<a/>".repeat(count));
    assert_eq!(update(&setting(&many(10_000))).unwrap().len(), 1);
    let around = |count: usize| {
        setting(&"<a/>".repeat(count)).replace("<D:set>", &format!("<D:set {long}>"))
    };
    assert_eq!(update(&around(8)).unwrap().len(), 8);
    assert_eq!(update(&around(9)), Err(413));
}

/// A name is as long as its namespace, which is written once and stands in each.
#[test]
fn names_that_are_removed_are_so_long_together_and_no_longer() {
    let removing = |count: usize, length: usize| {
        let (namespace, names) = ("n".repeat(length), "<x:a/>".repeat(count));
        let text = setting(&names).replace("set>", "remove>");
        update(&text.replace("<D:remove>", &format!("<D:remove xmlns:x=\"{namespace}\">")))
    };
    assert_eq!(removing(16, 4095).unwrap().len(), 16);
    assert_eq!(removing(16, 4096), Err(413));
    assert_eq!(removing(17, 4095), Err(413));
    assert_eq!(removing(40_000, 8000), Err(413));
    assert_eq!(removing(30_000, 1).unwrap().len(), 30_000);
}

// LOCK

#[test]
fn a_lock_is_exclusive_or_shared_and_against_writing() {
    let owner = "<D:owner xmlns:D=\"DAV:\">Ada</D:owner>";
    let write = "<D:locktype><D:write/></D:locktype>";
    for (inner, scope, said) in [
        (EXCLUSIVE.to_owned(), Scope::Exclusive, None),
        (EXCLUSIVE.replace("exclusive", "shared"), Scope::Shared, None),
        (format!("{EXCLUSIVE}<D:owner>Ada</D:owner>"), Scope::Exclusive, Some(owner)),
        (format!(" <D:owner>Ada</D:owner>\n{EXCLUSIVE}"), Scope::Exclusive, Some(owner)),
        (
            format!(
                "<x>{EXCLUSIVE}</x><D:lockscope><y/><D:shared>z</D:shared></D:lockscope>{write}"
            ),
            Scope::Shared,
            None,
        ),
        (format!("{EXCLUSIVE}<D:owner/>"), Scope::Exclusive, Some("<D:owner xmlns:D=\"DAV:\"/>")),
        (format!("{EXCLUSIVE}<owner>no</owner>"), Scope::Exclusive, None),
    ] {
        let owner = said.map(str::to_owned);
        assert_eq!(lock(&lockinfo(&inner)), Ok(LockInfo { scope, owner }), "{inner}");
    }
}

#[test]
fn another_kind_of_lock_is_400() {
    let scope = "<D:lockscope><D:exclusive/></D:lockscope>";
    let kind = "<D:locktype><D:write/></D:locktype>";
    for inner in [
        String::new(),
        scope.to_owned(),
        kind.to_owned(),
        format!("<D:lockscope/>{kind}"),
        format!("{scope}<D:locktype/>"),
        format!("{scope}<D:locktype><D:read/></D:locktype>"),
        format!("{scope}<D:locktype><write/></D:locktype>"),
        format!("{scope}<locktype><D:write/></locktype>"),
        format!("<D:lockscope><exclusive/></D:lockscope>{kind}"),
        format!("<D:lockscope><D:local/></D:lockscope>{kind}"),
        format!("<D:lockscope><D:exclusive/><D:shared/></D:lockscope>{kind}"),
        format!("<D:lockscope><D:shared/><D:exclusive/></D:lockscope>{kind}"),
        format!("<D:exclusive/>{kind}"),
        format!("{scope}<D:write/>"),
        format!("<x>{scope}{kind}</x>"),
    ] {
        assert_eq!(lock(&lockinfo(&inner)), Err(400), "{inner}");
    }
}

#[test]
fn an_owner_says_so_much_and_no_more() {
    assert_eq!(MAX_OWNER, 2048);
    let told = |said: &str| {
        lock(&lockinfo(&format!("{EXCLUSIVE}<D:owner>{said}</D:owner>"))).map(|info| info.owner)
    };
    let fixed = told("").unwrap().unwrap().len();
    assert_eq!(told(&"x".repeat(MAX_OWNER - fixed)).unwrap().unwrap().len(), MAX_OWNER);
    assert_eq!(told(&"x".repeat(MAX_OWNER - fixed + 1)), Err(413));
    // In bytes.
    assert_eq!(told(&"\u{e4}".repeat(MAX_OWNER / 2)), Err(413));
    // What it has from those around it counts.
    let long = format!("<D:lockinfo xmlns:D=\"DAV:\" xmlns:x=\"{}\">", "n".repeat(MAX_OWNER));
    let text = lockinfo(&format!("{EXCLUSIVE}<D:owner/>"));
    assert_eq!(lock(&text.replace("<D:lockinfo xmlns:D=\"DAV:\">", &long)), Err(413));
}

// Values, which stand alone

#[test]
fn a_value_is_kept_as_it_was_written() {
    for (element, value) in [
        ("<a/>", "<a xmlns:D=\"DAV:\"/>"),
        ("<a />", "<a xmlns:D=\"DAV:\"/>"),
        ("<a></a>", "<a xmlns:D=\"DAV:\"></a>"),
        ("<a\n>1</a\n>", "<a xmlns:D=\"DAV:\">1</a\n>"),
        ("<a\tb = '1'\r\nc=\"2\"/>", "<a xmlns:D=\"DAV:\" b = '1' c=\"2\"/>"),
        ("<a b='/>'>1</a>", "<a xmlns:D=\"DAV:\" b='/>'>1</a>"),
        ("<a b='x>y\"'><c d='>'/></a>", "<a xmlns:D=\"DAV:\" b='x>y\"'><c d='>'/></a>"),
        ("<a b=\"x>y'/>\"/>", "<a xmlns:D=\"DAV:\" b=\"x>y'/>\"/>"),
        ("<a b='&lt;&#10;&apos;'/>", "<a xmlns:D=\"DAV:\" b='&lt;&#10;&apos;'/>"),
        (
            "<a>&lt;&#x41;<![CDATA[<b>]]]]><!-- > --><?x y?>\r\n</a>",
            "<a xmlns:D=\"DAV:\">&lt;&#x41;<![CDATA[<b>]]]]><!-- > --><?x y?>\r\n</a>",
        ),
        ("<a xmlns=\"ns:\"/>", "<a xmlns=\"ns:\" xmlns:D=\"DAV:\"/>"),
        ("<x:a xmlns:x='n&amp;s'/>", "<x:a xmlns:x=\"n&amp;s\" xmlns:D=\"DAV:\"/>"),
        ("<a xmlns:xml=\"http://www.w3.org/XML/1998/namespace\"/>", "<a xmlns:D=\"DAV:\"/>"),
        ("<D:a xmlns:D='ns:'/>", "<D:a xmlns:D=\"ns:\"/>"),
        ("<a xml:lang='de'/>", "<a xmlns:D=\"DAV:\" xml:lang='de'/>"),
        ("<a b='1' xml:lang='d\"e'/>", "<a xmlns:D=\"DAV:\" xml:lang='d\"e' b='1'/>"),
        ("<a lang='x' D:lang='y'/>", "<a xmlns:D=\"DAV:\" lang='x' D:lang='y'/>"),
        ("<a><b xml:lang='de' xmlns='n'/></a>", {
            "<a xmlns:D=\"DAV:\"><b xml:lang='de' xmlns='n'/></a>"
        }),
        ("<\u{e4}-.1>\u{20ac}</\u{e4}-.1>", "<\u{e4}-.1 xmlns:D=\"DAV:\">\u{20ac}</\u{e4}-.1>"),
    ] {
        assert_eq!(only(&setting(element)).1, value, "{element}");
    }
}

#[test]
fn a_value_has_the_namespaces_and_the_language_of_those_around_it() {
    let text = |root: &str, set: &str, prop: &str, value: &str| {
        format!(
            "<D:propertyupdate xmlns:D=\"DAV:\"{root}><D:set{set}><D:prop{prop}>{value}</D:prop>\
             </D:set></D:propertyupdate>"
        )
    };
    for (text, value) in [
        (
            text(" xmlns:x=\"1\"", " xmlns:y=\"2\"", " xmlns:z=\"3\"", "<y:a/>"),
            "<y:a xmlns:z=\"3\" xmlns:y=\"2\" xmlns:D=\"DAV:\" xmlns:x=\"1\"/>",
        ),
        (text(" xmlns:x=\"1\"", " xmlns:x=\"2\"", "", "<x:a/>"), {
            "<x:a xmlns:x=\"2\" xmlns:D=\"DAV:\"/>"
        }),
        (text(" xmlns=\"1\"", "", "", "<a/>"), "<a xmlns:D=\"DAV:\" xmlns=\"1\"/>"),
        (text(" xmlns=\"1\"", " xmlns=''", "", "<a/>"), "<a xmlns=\"\" xmlns:D=\"DAV:\"/>"),
        (text(" xml:lang='de'", "", "", "<a/>"), "<a xmlns:D=\"DAV:\" xml:lang='de'/>"),
        (text(" xml:lang='de'", " xml:lang='en'", "", "<a/>"), {
            "<a xmlns:D=\"DAV:\" xml:lang='en'/>"
        }),
        (text("", "", " xml:lang='de'", "<a xml:lang='en'/>"), {
            "<a xmlns:D=\"DAV:\" xml:lang='en'/>"
        }),
        // None is a language, too.
        (text(" xml:lang='de'", "", "", "<a xml:lang=''/>"), "<a xmlns:D=\"DAV:\" xml:lang=''/>"),
        // Other fields of those around it are theirs.
        (text(" a='1' xml:space='preserve'", " b='2'", "", "<a/>"), "<a xmlns:D=\"DAV:\"/>"),
    ] {
        assert_eq!(only(&text).1, value, "{text}");
    }
}

/// The values of a PROPPATCH, as they stand in it.
fn values_in<'a, 'input>(document: &'a Document<'input>) -> Vec<Node<'a, 'input>> {
    let in_dav = |node: Node<'_, '_>, name| node.has_tag_name(("DAV:", name));
    let steps = document.root_element().children().filter(|step| in_dav(*step, "set"));
    let props = steps.filter_map(|step| step.children().find(|node| in_dav(*node, "prop")));
    props.flat_map(|prop| prop.children().filter(Node::is_element)).collect()
}

/// The attribute `xml:lang`.
const LANGUAGE: (&str, &str) = ("http://www.w3.org/XML/1998/namespace", "lang");

/// Names, namespaces, attributes and texts of a node and of all that is in it, as whoever parses it
/// has them; with the language `inherited` if it has none of its own.
fn meaning(node: Node<'_, '_>, inherited: Option<&str>) -> String {
    match node.node_type() {
        NodeType::Element => {
            let attribute = |space: Option<&str>, name: &str, value: &str| {
                format!(" {}:{name}={value:?}", space.unwrap_or_default())
            };
            let own = node.attributes();
            let mut attributes: Vec<_> =
                own.map(|own| attribute(own.namespace(), own.name(), own.value())).collect();
            if let Some(value) = inherited
                && !node.has_attribute(LANGUAGE)
            {
                attributes.push(attribute(Some(LANGUAGE.0), LANGUAGE.1, value));
            }
            attributes.sort();
            let tag = node.tag_name();
            let namespace = tag.namespace().unwrap_or_default();
            let inner: String = node.children().map(|child| meaning(child, None)).collect();
            format!("<{namespace:?}:{}{}>{inner}</>", tag.name(), attributes.concat())
        }
        NodeType::Text => format!("{:?}", node.text()),
        NodeType::Comment => format!("<!--{:?}-->", node.text()),
        NodeType::PI => format!("<?{:?}?>", node.pi()),
        NodeType::Root => unreachable!("it is in none"),
    }
}

/// Documents in which others may find a value, in the place of the `*`.
const OTHERS: [&str; 3] = [
    "<D:multistatus xmlns:D=\"DAV:\">*</D:multistatus>",
    "<x xmlns:D=\"other:\" xmlns:x=\"o\" xmlns:a=\"p\" xmlns:b=\"q\"><y xml:lang=\"xx\">*</y></x>",
    "*",
];

/// Checks that all values of a PROPPATCH mean alone what they mean in it. Returns how many there
/// are.
#[track_caller]
fn check_standing_alone(text: &str) -> usize {
    let Ok(update) = update(text) else { return 0 };
    let document = Document::parse(text.trim_start_matches('\u{feff}')).unwrap();
    let within = values_in(&document);
    let values: Vec<_> =
        update.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
    assert_eq!(values.len(), within.len(), "{text}");
    for (node, (name, value)) in within.into_iter().zip(&values) {
        assert_eq!(PropertyName::of(node), *name, "{text}");
        // A language it has from the nearest around it; whatever is around it later, it has it.
        let language = node.ancestors().find_map(|outer| outer.attribute(LANGUAGE));
        let expected = meaning(node, language);
        for other in OTHERS {
            let other = other.replace('*', value);
            let other = Document::parse(&other).unwrap_or_else(|why| panic!("{why}: {value}"));
            let is_value = |node: &Node<'_, '_>| {
                node.is_element() && &other.input_text()[node.range()] == value
            };
            let alone = other.descendants().find(is_value).expect("it ends where it ended");
            assert_eq!(meaning(alone, None), expected, "{text}\n{value}");
            // A text in it may speak of any prefix that it could speak of.
            for known in node.namespaces() {
                let found = alone.lookup_namespace_uri(known.name()).unwrap_or_default();
                assert_eq!(found, known.uri(), "{value}");
            }
        }
        // And whoever sends it back has the same again.
        let (again, back) = only(&setting(value));
        assert_eq!((&again, only(&setting(&back))), (name, (again.clone(), back.clone())));
    }
    values.len()
}

#[test]
fn a_value_alone_means_what_it_means_in_its_document() {
    let around = |value: &str| {
        format!(
            "\u{feff}<?xml version='1.0'?><e:propertyupdate xmlns:e='DAV:'\n \
             xmlns='d&#38;e&apos;f' xmlns:x='&amp;&#39;' xml:lang='d&#9;e\"'><e:set xmlns:x='1'><e:prop>{value}\
             </e:prop></e:set></e:propertyupdate>"
        )
    };
    for value in [
        "<a/>",
        "<x:a x:b='1' c='2'>text<x:d xmlns:x='2'><x:e/></x:d><a xmlns=''/></x:a>",
        "<a b='x > y' c=\"'/>'\">1<a b='>'/>2</a>",
        "<e:a xmlns:e='other'><e:b/></e:a>",
        "<a><![CDATA[<x:b>&amp;]]>&lt;x:c/&gt;&#13;\r\n<!-- x:d --><?x y ?></a>",
        "<a xmlns:D='not:dav' xml:lang='en'>D:b<D:b/><b xml:lang=''/></a>",
        "<a xmlns:n='n' n:b='&#9;'/>",
        "<a\n/>",
    ] {
        assert_eq!(check_standing_alone(&around(value)), 1, "{value}");
    }
}

/// Writes a random element that is well formed, and declares what it speaks of.
fn random_element(seed: &mut Seed, known: &[&'static str], depth: usize, out: &mut String) {
    const PREFIXES: [&str; 4] = ["a", "b", "D", "x"];
    const URIS: [&str; 6] = ["u:1", "u:2", "DAV:", "n&amp;&#x27;s", "&#x41;'", "D"];
    const NAMES: [&str; 4] = ["a", "prop", "\u{e4}b", "c-d.e"];
    const TEXTS: [&str; 9] = [
        "text",
        " ",
        "\r\n",
        "&lt;a:b/&gt;",
        "<![CDATA[<a>]]>",
        "<!-- <b> -->",
        "<?a >?>",
        "&#13;",
        "\u{20ac}\u{1f35e}",
    ];
    const VALUES: [&str; 6] = ["'>'", "\"/>\"", "'\"'", "\"'\"", "'&#9;&quot;'", "'\n\u{e4}'"];
    let mut known = known.to_vec();
    let mut head = String::new();
    for prefix in PREFIXES {
        if seed.number(0..=4) == 0 {
            head += &format!("{}xmlns:{prefix}=\"{}\"", seed.pick(&[" ", "\n"]), seed.pick(&URIS));
            known.push(prefix);
        }
    }
    if seed.number(0..=5) == 0 {
        head += &format!(" xmlns=\"{}\"", seed.pick(&["", "u:1", "DAV:", "u:3"]));
    }
    if seed.number(0..=5) == 0 {
        head += &format!(" xml:lang={}", seed.pick(&["'de'", "\"\"", "'a>b'", "'&#10;'"]));
    }
    let qualified = |seed: &mut Seed| {
        let prefix = if known.is_empty() || seed.number(0..=1) == 0 {
            None
        } else {
            Some(seed.pick(&known))
        };
        let name = seed.pick(&NAMES);
        prefix.map_or(name.to_owned(), |prefix| format!("{prefix}:{name}"))
    };
    for attribute in 0..seed.number(0..=2) {
        let name = qualified(seed);
        head += &format!(" {name}{attribute}{}{}", seed.pick(&["=", " = "]), seed.pick(&VALUES));
    }
    let name = qualified(seed);
    let mut inner = String::new();
    for _ in 0..seed.number(0..=3) {
        match seed.number(0..=1) {
            0 if depth > 0 => random_element(seed, &known, depth - 1, &mut inner),
            _ => inner += seed.pick(&TEXTS),
        }
    }
    match inner.is_empty() && seed.number(0..=1) == 0 {
        true => *out += &format!("<{name}{head}{}/>", seed.pick(&["", " "])),
        false => *out += &format!("<{name}{head}>{inner}</{name}{}>", seed.pick(&["", " "])),
    }
}

#[test]
fn random_values_alone_mean_what_they_mean_in_their_documents() {
    let mut seed = Seed::new();
    let mut count = 0;
    for _ in 0..600 {
        let (mut values, known) = (String::new(), ["a", "b", "x"]);
        for _ in 0..seed.number(1..=3) {
            random_element(&mut seed, &known, 3, &mut values);
        }
        let outer =
            seed.pick(&["", " xmlns='u:9'", " xml:lang='xx'", " xmlns='&#39;' xml:lang='&#9;\n'"]);
        let text = format!(
            "<Q:propertyupdate xmlns:Q='DAV:' xmlns:a='u:1' xmlns:x='u&amp;'{outer}>\
             <Q:set xmlns:b='u:2'><Q:prop xmlns:a=\"u:4\">{values}</Q:prop></Q:set>\
             </Q:propertyupdate>"
        );
        count += check_standing_alone(&text);
    }
    // Few are refused: two attributes of one name by two prefixes.
    assert!(count > 600, "only {count} were checked");
}
