//! How long it takes to parse and to encode a message.
//!
//! ```text
//! cargo bench -p course-tests --bench codec
//! ```

use ch07::{Message, Parsed, encode, parse};
use course_tests::samples::BROWSER;
use divan::Bencher;
use divan::counter::BytesCount;

fn main() {
    // Many runs in each sample: one alone is too short for the clock.
    divan::Divan::default().sample_size(50).sample_count(200).config_with_args().main();
}

/// The message that `bytes` are.
fn parsed(bytes: &[u8]) -> Message {
    match parse(bytes) {
        Ok(Parsed::Complete(message, _)) => message,
        other => panic!("{other:?}"),
    }
}

/// A request of a browser: ours, and `httparse`, which borrows from its input.
mod parse_a_browsers_request {
    use super::*;

    #[divan::bench]
    fn ours(bencher: Bencher) {
        bencher.counter(BytesCount::of_slice(BROWSER)).bench(|| parse(divan::black_box(BROWSER)));
    }

    #[divan::bench]
    fn httparse_borrowed(bencher: Bencher) {
        bencher.counter(BytesCount::of_slice(BROWSER)).bench(|| {
            let mut fields = [httparse::EMPTY_HEADER; 100];
            let mut request = httparse::Request::new(&mut fields);
            let status = request.parse(divan::black_box(BROWSER));
            assert!(status.is_ok_and(|status| status.is_complete()));
            request.headers.len()
        });
    }

    /// With everything copied out of the input, as ours does.
    #[divan::bench]
    fn httparse_owned(bencher: Bencher) {
        bencher.counter(BytesCount::of_slice(BROWSER)).bench(|| {
            let mut fields = [httparse::EMPTY_HEADER; 100];
            let mut request = httparse::Request::new(&mut fields);
            let status = request.parse(divan::black_box(BROWSER));
            assert!(status.is_ok_and(|status| status.is_complete()));
            let headers: Vec<(String, Vec<u8>)> = request
                .headers
                .iter()
                .map(|field| (field.name.to_owned(), field.value.to_vec()))
                .collect();
            (request.method.map(str::to_owned), request.path.map(str::to_owned), headers)
        });
    }
}

/// The same request back into bytes, and what it takes to copy these bytes.
mod encode_a_browsers_request {
    use super::*;

    #[divan::bench]
    fn ours(bencher: Bencher) {
        let message = parsed(BROWSER);
        bencher.counter(BytesCount::of_slice(BROWSER)).bench(|| encode(divan::black_box(&message)));
    }

    #[divan::bench]
    fn copy(bencher: Bencher) {
        bencher.counter(BytesCount::of_slice(BROWSER)).bench(|| divan::black_box(BROWSER).to_vec());
    }
}

/// Twice the input takes twice the time, and no more.
mod parse_grows_with_its_input {
    use super::*;

    const TIMES: [usize; 4] = [1, 2, 4, 8];

    #[divan::bench(args = TIMES)]
    fn more_fields(bencher: Bencher, times: usize) {
        let mut input = b"GET / HTTP/1.0\r\n".to_vec();
        for number in 0..12 * times {
            input.extend(format!("X-Field-{number}: {}\r\n", "x".repeat(100)).as_bytes());
        }
        input.extend(b"\r\n");
        bench_parse(bencher, &input);
    }

    #[divan::bench(args = TIMES)]
    fn longer_values(bencher: Bencher, times: usize) {
        let value = "x".repeat(200 * times);
        let field = format!("X-Field: {value}\r\n");
        let input = format!("GET / HTTP/1.0\r\n{}\r\n", field.repeat(8));
        bench_parse(bencher, input.as_bytes());
    }

    #[divan::bench(args = TIMES)]
    fn longer_bodies(bencher: Bencher, times: usize) {
        let body = "x".repeat(16 * 1024 * times);
        let input = format!("PUT / HTTP/1.0\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        bench_parse(bencher, input.as_bytes());
    }

    fn bench_parse(bencher: Bencher, input: &[u8]) {
        parsed(input); // it can be parsed
        bencher.counter(BytesCount::of_slice(input)).bench(|| parse(divan::black_box(input)));
    }
}
