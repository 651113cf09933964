//! The records of FastCGI.

use ch17::{Kind, MAX_CONTENT, Record, append_params, append_records, parse_params};
use mock::{Seed, assert_bytes};

fn records(kind: Kind, request: u16, content: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    append_records(&mut out, kind, request, content);
    out
}

fn params(variables: &[(&str, &[u8])]) -> Vec<u8> {
    let mut out = Vec::new();
    append_params(&mut out, 1, variables.iter().copied()).unwrap();
    out
}

/// All records in `bytes`, which end with one.
#[track_caller]
fn all(mut bytes: &[u8]) -> Vec<Record> {
    let mut records = Vec::new();
    while let Some((record, length)) = Record::parse(bytes).unwrap() {
        records.push(record);
        bytes = &bytes[length..];
    }
    assert_bytes!(bytes, "");
    records
}

#[test]
fn the_types_have_the_numbers_of_the_specification() {
    use Kind::*;
    let kinds = [BeginRequest, AbortRequest, EndRequest, Params, Stdin, Stdout, Stderr];
    assert_eq!(kinds.map(|kind| kind as u8), [1, 2, 3, 4, 5, 6, 7]);
}

#[test]
fn a_record_is_a_head_of_eight_bytes_and_its_content() {
    assert_bytes!(records(Kind::Stdin, 1, b"abc"), b"\x01\x05\x00\x01\x00\x03\x00\x00abc");
    assert_bytes!(records(Kind::Params, 0x1234, b"\0"), b"\x01\x04\x12\x34\x00\x01\x00\x00\0");
    let mut out = b"before".to_vec();
    append_records(&mut out, Kind::Stdin, 1, b"");
    assert_bytes!(out, b"before\x01\x05\x00\x01\x00\x00\x00\x00");
}

#[test]
fn what_does_not_fit_into_a_record_goes_in_several() {
    let content = Seed::new().bytes(2 * MAX_CONTENT + 300);
    let out = records(Kind::Stdin, 7, &content);
    let [full, rest] = [b"\x01\x05\x00\x07\xff\xff\x00\x00", b"\x01\x05\x00\x07\x01\x2c\x00\x00"];
    let (first, others) = content.split_at(MAX_CONTENT);
    let (second, third) = others.split_at(MAX_CONTENT);
    assert!(out == [full, first, full, second, rest, third].concat());
    // One that just fits is one.
    assert!(records(Kind::Stdin, 7, first) == [full, first].concat());
}

#[test]
fn a_record_is_read_when_all_of_it_is_there() {
    let all: [(&[u8], u8, u16, &[u8]); 4] = [
        (b"\x01\x06\x00\x01\x00\x03\x00\x00abc", 6, 1, b"abc"),
        // With padding, whatever it holds, and whatever the reserved byte is.
        (b"\x01\x06\x01\x02\x00\x02\x05\xffabPPPPP", 6, 0x0102, b"ab"),
        (b"\x01\x03\xff\xff\x00\x00\x00\x00", 3, 0xffff, b""),
        // A type that is not known here.
        (b"\x01\xc8\x00\x00\x00\x01\x01\x00x\x01", 200, 0, b"x"),
    ];
    for (bytes, kind, request, content) in all {
        let record = Record { kind, request, content: content.to_vec() };
        for cut in 0..bytes.len() {
            assert_eq!(Record::parse(&bytes[..cut]).unwrap(), None, "of the first {cut} bytes");
        }
        assert_eq!(Record::parse(bytes).unwrap(), Some((record.clone(), bytes.len())));
        // The next one is no business of the first.
        let two = [bytes, b"\x02garbage"].concat();
        for cut in bytes.len()..two.len() {
            assert_eq!(Record::parse(&two[..cut]).unwrap(), Some((record.clone(), bytes.len())));
        }
    }
}

#[test]
fn the_longest_record_is_read() {
    let content = Seed::new().bytes(MAX_CONTENT);
    let bytes = [b"\x01\x06\x00\x01\xff\xff\xff\x00".as_slice(), &content, &[0; 255]].concat();
    assert_eq!(Record::parse(&bytes[..bytes.len() - 1]).unwrap(), None);
    let (record, length) = Record::parse(&bytes).unwrap().unwrap();
    assert!(record.content == content && length == bytes.len());
}

#[test]
fn another_version_is_no_fastcgi() {
    for version in [0, 2, b'H', 255] {
        let bytes = [version, 6, 0, 1, 0, 0, 0, 0];
        assert!(Record::parse(&bytes).is_err(), "{version}");
    }
}

// Variables

#[test]
fn a_pair_is_two_lengths_the_name_and_the_value() {
    // FastCGI 1.0 section 3.4; the last record is an empty one.
    assert_bytes!(
        params(&[("A", b"xyz"), ("EMPTY", b"")]),
        b"\x01\x04\x00\x01\x00\x0d\x00\x00\x01\x03Axyz\x05\x00EMPTY\x01\x04\x00\x01\x00\x00\x00\x00"
    );
    assert_bytes!(params(&[]), b"\x01\x04\x00\x01\x00\x00\x00\x00");
}

#[test]
fn a_length_from_128_on_has_four_bytes() {
    for (length, expected) in [
        (127, b"\x01\x7f".to_vec()),
        (128, b"\x01\x80\x00\x00\x80".to_vec()),
        (300, b"\x01\x80\x00\x01\x2c".to_vec()),
        (65_000, b"\x01\x80\x00\xfd\xe8".to_vec()),
    ] {
        let value = vec![b'v'; length];
        let content = all(&params(&[("N", &value)])).remove(0).content;
        assert!(content == [expected, b"N".to_vec(), value.clone()].concat(), "{length}");
        let name = "N".repeat(length);
        let content = all(&params(&[(&name, b"")])).remove(0).content;
        assert_eq!(content.len(), if length < 128 { 2 } else { 5 } + length);
        assert_eq!(parse_params(&content).unwrap(), [(name, Vec::new())]);
    }
}

#[test]
fn variables_are_read_as_they_were_written_and_no_pair_is_cut() {
    let mut seed = Seed::new();
    let names = seed.words(40);
    let values: Vec<_> = (0..40)
        .map(|_| {
            let count = seed.number(0..=9000);
            seed.bytes(count)
        })
        .collect();
    let variables: Vec<_> =
        names.iter().map(String::as_str).zip(values.iter().map(Vec::as_slice)).collect();
    let mut records = all(&params(&variables));
    assert_eq!(records.pop().unwrap(), Record { kind: 4, request: 1, content: Vec::new() });
    assert!(records.len() > 1, "they do not fit into one");
    let mut read = Vec::new();
    for record in records {
        assert_eq!((record.kind, record.request), (4, 1));
        assert!(!record.content.is_empty(), "an empty one would be the end");
        // Each by itself.
        read.extend(parse_params(&record.content).unwrap());
    }
    let expected: Vec<_> = names.into_iter().zip(values).collect();
    assert!(read == expected);
}

#[test]
fn a_pair_that_fills_a_record_is_sent_and_a_longer_one_is_an_error() {
    let longest = vec![b'v'; MAX_CONTENT - 6];
    let out = params(&[("A", b"1"), ("B", &longest), ("C", b"2")]);
    let lengths: Vec<_> = all(&out).iter().map(|record| record.content.len()).collect();
    assert_eq!(lengths, [4, MAX_CONTENT, 4, 0]);

    let too_long = vec![b'v'; MAX_CONTENT - 5];
    let outcome = append_params(&mut Vec::new(), 1, [("LONG", too_long.as_slice())]);
    assert!(outcome.unwrap_err().to_string().contains("LONG"));
}

#[test]
fn pairs_that_are_cut_are_an_error() {
    let bytes = [b"\x01\x03Axyz".as_slice(), b"\x01\x80\x00\x00\x80B", &[b'v'; 128]].concat();
    let whole = parse_params(&bytes).unwrap();
    assert_eq!(whole, [("A".into(), b"xyz".to_vec()), ("B".into(), vec![b'v'; 128])]);
    for cut in 0..bytes.len() {
        let outcome = parse_params(&bytes[..cut]);
        match cut {
            0 => assert_eq!(outcome.unwrap(), []),
            6 => assert_eq!(outcome.unwrap(), whole[..1]),
            _ => assert!(outcome.is_err(), "the first {cut} bytes"),
        }
    }
    // As long as no memory is.
    assert!(parse_params(b"\xff\xff\xff\xff\xff\xff\xff\xffx").is_err());
    assert!(parse_params(b"\x01\x00\xff").is_err(), "a name is text");
}
