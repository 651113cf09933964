use roxmltree::{Document, ParsingOptions};

/// How many elements and texts a document may have.
const MAX_NODES: u32 = 200_000;

/// How many prefixes, or defaults, of namespaces a document may declare. Those that are nested cost
/// the parser more and more: 250 take it 10 ms, 2,000 take 4 s (roxmltree 0.21.2).
const MAX_DECLARATIONS: usize = 250;

/// How long a tag may be, in bytes. Each of its attributes is compared with all others.
const MAX_TAG: usize = 8 * 1024;

/// Takes a document of a stranger apart, which is no longer than its caller allows. The error says
/// what is wrong with it.
///
/// A document type (`DOCTYPE`) is refused: with it come entities, a few bytes that stand for
/// gigabytes or for a file of ours. And so is what would take memory or time out of all proportion
/// to its length: more nodes, longer tags, or more declarations of namespaces than any honest
/// program writes.
pub fn parse_xml(text: &str) -> Result<Document<'_>, String> {
    check_tags(text)?;
    let options = ParsingOptions { allow_dtd: false, nodes_limit: MAX_NODES, ..Default::default() };
    Document::parse_with_options(text, options).map_err(|error| error.to_string())
}

fn check_tags(text: &str) -> Result<(), String> {
    let (mut rest, mut declarations) = (text, 0);
    while let Some(start) = rest.find('<') {
        rest = &rest[start..];
        // What may have a `>` in it that ends nothing.
        let end = match rest.as_bytes() {
            [b'<', b'!', b'-', b'-', ..] => rest.find("-->"),
            [b'<', b'!', b'[', ..] => rest.find("]]>"),
            [b'<', b'?', ..] => rest.find("?>"),
            _ => {
                let length = length_of_tag(rest);
                let tag = rest.get(..length).unwrap_or(rest);
                if length > MAX_TAG {
                    return Err("a tag is too long".to_owned());
                }
                declarations += tag.matches("xmlns").count();
                Some(length)
            }
        };
        // One that does not end is found by the parser.
        rest = end.and_then(|end| rest.get(end..)).unwrap_or_default();
    }
    match declarations > MAX_DECLARATIONS {
        true => Err("too many namespaces are declared".to_owned()),
        false => Ok(()),
    }
}

/// How many bytes a tag has, before its `>` or the end of the text. There may be a `>` in the value
/// of an attribute.
fn length_of_tag(text: &str) -> usize {
    let mut quote = None;
    let end = text.bytes().position(|byte| {
        match quote {
            Some(open) if byte == open => quote = None,
            Some(_) => {}
            None if byte == b'"' || byte == b'\'' => quote = Some(byte),
            None => return byte == b'>',
        }
        false
    });
    end.unwrap_or(text.len())
}
