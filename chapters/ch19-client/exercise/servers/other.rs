//! Right, and written differently: an exchange keeps all that came and looks at it anew each time,
//! redirects are written from the table, and a session calls itself something else.

pub use chapter::*;

pub use own_exchange::Exchange;
pub use own_session::Session;

pub fn redirect(
    request: &Request,
    status: u16,
    headers: &Headers,
) -> Result<Option<Request>, FetchError> {
    // It knows where that leads, and what is wrong with it.
    let Some(mut next) = chapter::redirect(request, status, headers)? else { return Ok(None) };
    let (method, keeps_body) = match (status, &*request.method) {
        (303, "HEAD") => ("HEAD", false),
        (303, _) | (301 | 302, "POST") => ("GET", false),
        (_, method) => (method, true),
    };
    next.method = method.to_owned();
    next.body.clear();
    next.headers = Headers::default();
    if keeps_body {
        next.body.extend_from_slice(&request.body);
    }
    let place = |request: &Request| {
        (request.url.host().map(|host| host.to_owned()), request.url.port_or_known_default())
    };
    let stays = place(request) == place(&next);
    for (name, value) in request.headers.iter() {
        let name_in_small = name.to_lowercase();
        let is_of_body = name_in_small.starts_with("content-");
        let is_for_all = is_of_body
            || name_in_small.starts_with("accept-")
            || ["accept", "user-agent", "range", "if-range"].contains(&&*name_in_small);
        if (stays || is_for_all) && (keeps_body || !is_of_body) {
            next.headers.add(name, value).expect("it was added to the first request");
        }
    }
    Ok(Some(next))
}

mod own_session {
    use chapter::{Connector, Limits};
    use std::ops::{Deref, DerefMut};

    pub struct Session(chapter::Session);

    impl Session {
        pub fn new(limits: Limits) -> Self {
            let mut session = chapter::Session::new(limits);
            for (name, value) in
                [("User-Agent", "OtherHands/2"), ("Accept", "text/html, */*;q=0.5")]
            {
                session.headers.add(name, value).expect("these are fields");
            }
            Self(session)
        }

        #[must_use]
        pub fn connecting_by(self, connector: impl Connector + 'static) -> Self {
            Self(self.0.connecting_by(connector))
        }
    }

    impl Default for Session {
        fn default() -> Self {
            Self::new(Limits::default())
        }
    }

    impl Deref for Session {
        type Target = chapter::Session;

        fn deref(&self) -> &chapter::Session {
            &self.0
        }
    }

    impl DerefMut for Session {
        fn deref_mut(&mut self) -> &mut chapter::Session {
            &mut self.0
        }
    }
}

mod own_exchange {
    use chapter::{
        ChunkedDecoder, FetchError, Framing, MAX_HEAD, ParseError, ResponseHead, StartLine,
        keeps_alive, parse_head,
    };

    #[derive(Debug)]
    pub struct Exchange {
        is_head: bool,
        all: Vec<u8>,
        has_ended: bool,
        head_was_told: bool,
        delivered: u64,
    }

    /// What is known of a body.
    struct Body {
        bytes: Vec<u8>,
        /// What follows it, if it is whole.
        rest: Option<usize>,
        fault: Option<ParseError>,
    }

    impl Exchange {
        pub fn new(method: &str) -> Self {
            Self {
                is_head: method == "HEAD",
                all: Vec::new(),
                has_ended: false,
                head_was_told: false,
                delivered: 0,
            }
        }

        pub fn receive(&mut self, bytes: &[u8]) {
            self.all.extend(bytes);
        }

        pub fn receive_end(&mut self) {
            self.has_ended = true;
        }

        /// The head of the answer, how the body is framed (`None`: until the end), and where it
        /// begins.
        fn find(&self) -> Result<Option<(ResponseHead, Option<Framing>, usize)>, FetchError> {
            let mut begin = 0;
            loop {
                let Some(head) = parse_head(&self.all[begin..]).map_err(FetchError::Malformed)?
                else {
                    return Ok(None);
                };
                let StartLine::Response { version, status, reason } = head.start.clone() else {
                    return Err(fault("a request"));
                };
                begin += head.length;
                match status {
                    101 => return Err(fault("a 101")),
                    100..200 if begin > MAX_HEAD => return Err(fault("no end of interim answers")),
                    100..200 => continue,
                    _ => {}
                }
                let is_framed = ["Content-Length", "Transfer-Encoding"]
                    .iter()
                    .any(|name| head.headers.contains(name));
                let framing = match (self.is_head || status == 204 || status == 304, is_framed) {
                    (true, _) => Some(Framing::Length(0)),
                    (_, false) => None,
                    (_, true) => {
                        let framing = Framing::of_request(version, &head.headers);
                        Some(framing.map_err(|fault| FetchError::Malformed(head.place(fault)))?)
                    }
                };
                let head = ResponseHead { version, status, reason, headers: head.headers };
                return Ok(Some((head, framing, begin)));
            }
        }

        pub fn head(&mut self) -> Result<Option<ResponseHead>, FetchError> {
            if self.head_was_told {
                return Ok(None);
            }
            match self.find()? {
                Some((head, ..)) => {
                    self.head_was_told = true;
                    Ok(Some(head))
                }
                None if !self.has_ended => Ok(None),
                None if self.all.is_empty() => Err(FetchError::NoAnswer),
                None => Err(FetchError::CutOff(0)),
            }
        }

        /// All that has come of the body.
        fn known(&self) -> Option<Body> {
            let (_, framing, begin) = self.find().ok().flatten()?;
            let all = &self.all[begin..];
            let mut body = Body { bytes: Vec::new(), rest: None, fault: None };
            match framing {
                None => {
                    body.bytes.extend(all);
                    body.rest = self.has_ended.then_some(0);
                }
                Some(Framing::Length(length)) => {
                    let length = usize::try_from(length).unwrap_or(usize::MAX);
                    let count = length.min(all.len());
                    body.bytes.extend(&all[..count]);
                    body.rest = (count == length).then(|| all.len() - count);
                }
                Some(Framing::Chunked) => {
                    let (mut decoder, mut taken, mut out) =
                        (ChunkedDecoder::default(), 0, [0; 512]);
                    loop {
                        match decoder.decode(&all[taken..], &mut out) {
                            Ok((0, _)) => break,
                            Ok((count, length)) => {
                                taken += count;
                                body.bytes.extend(&out[..length]);
                            }
                            Err(fault) => {
                                body.fault = Some(fault);
                                break;
                            }
                        }
                    }
                    body.rest = decoder.trailers().is_some().then(|| all.len() - taken);
                }
            }
            Some(body)
        }

        pub fn body(&mut self, out: &mut [u8]) -> Result<Option<usize>, FetchError> {
            let Some(body) = self.known().filter(|_| self.head_was_told) else { return Ok(None) };
            let left = &body.bytes[self.delivered as usize..];
            let count = left.len().min(out.len());
            out[..count].copy_from_slice(&left[..count]);
            self.delivered += count as u64;
            match body {
                _ if count > 0 => Ok(Some(count)),
                Body { fault: Some(fault), .. } => Err(FetchError::Malformed(fault)),
                Body { rest: Some(_), .. } => Ok(Some(0)),
                _ if self.has_ended => Err(FetchError::CutOff(self.delivered)),
                _ => Ok(None),
            }
        }

        pub fn has_begun(&self) -> bool {
            !self.all.is_empty()
        }

        pub fn is_over(&self) -> bool {
            let is_given = |body: &Body| body.bytes.len() as u64 == self.delivered;
            self.head_was_told
                && self.known().is_some_and(|body| body.rest.is_some() && is_given(&body))
        }

        pub fn delivered(&self) -> u64 {
            self.delivered
        }

        pub fn keeps_connection(&self) -> bool {
            let wants = |(head, ..): (ResponseHead, _, _)| keeps_alive(head.version, &head.headers);
            let ends_here = self.known().is_some_and(|body| body.rest == Some(0));
            self.is_over()
                && ends_here
                && !self.has_ended
                && self.find().ok().flatten().is_some_and(wants)
        }
    }

    fn fault(reason: &'static str) -> FetchError {
        FetchError::Malformed(ParseError { status: 400, offset: 0, reason })
    }
}
