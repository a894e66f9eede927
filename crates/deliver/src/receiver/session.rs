//! One conversation with a client: RFC 5321 from the other side.

use std::io;
use std::sync::{Arc, PoisonError};

use data_encoding::BASE64;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio_rustls::TlsAcceptor;

use crate::error::Stage;
use crate::receiver::{Answer, Received, Shared};
use crate::smtp::reply::Stream;

pub(super) struct Session {
    /// `None` only while it is being encrypted.
    stream: Option<BufReader<Box<dyn Stream>>>,
    unsent: Vec<u8>,
    shared: Arc<Shared>,
    number: usize,
    encrypted: bool,
    user: Option<String>,
    from: Option<String>,
    to: Vec<String>,
}

/// Longest line of a message, without its end (RFC 5321, section 4.5.3.1.6).
const LONGEST_LINE: usize = 998;

impl Session {
    pub fn new(stream: Box<dyn Stream>, shared: Arc<Shared>, number: usize) -> Self {
        let stream = Some(BufReader::new(stream));
        let (encrypted, user, from) = (false, None, None);
        Self { stream, unsent: Vec::new(), shared, number, encrypted, user, from, to: Vec::new() }
    }

    pub async fn run(mut self) -> io::Result<()> {
        if self.shared.options.implicit_tls {
            self.encrypt().await?;
        }
        self.say(Stage::Greeting, "", "220 receiver.example ESMTP").await?;
        loop {
            let Some(line) = self.command().await? else { return Ok(()) };
            let line = String::from_utf8_lossy(&line).into_owned();
            let (verb, rest) = line.split_once(' ').unwrap_or((&line, ""));
            match (verb.to_ascii_uppercase().as_str(), rest) {
                ("EHLO", name) => self.hello(name).await?,
                ("STARTTLS", "") => self.start_tls().await?,
                ("AUTH", way) => self.sign_in(way).await?,
                ("MAIL", path) => self.sender(path).await?,
                ("RCPT", path) => self.recipient(path).await?,
                ("DATA", "") => self.data().await?,
                ("RSET", "") => {
                    self.forget();
                    self.answer("250 2.0.0 forgotten").await?;
                }
                ("QUIT", "") => {
                    self.answer("221 2.0.0 goodbye").await?;
                    return self.flush().await;
                }
                _ => self.answer("500 5.5.2 unknown").await?,
            }
        }
    }

    async fn hello(&mut self, name: &str) -> io::Result<()> {
        self.forget();
        let options = &self.shared.options;
        let mut offers = vec!["receiver.example".to_owned()];
        offers.extend(options.pipelining.then(|| "PIPELINING".to_owned()));
        offers.extend((options.tls.is_some() && !self.encrypted).then(|| "STARTTLS".to_owned()));
        offers.extend(options.login.is_some().then(|| format!("AUTH {}", options.sign_in_ways)));
        let last = offers.len() - 1;
        let lines: Vec<String> = offers
            .iter()
            .enumerate()
            .map(|(at, words)| format!("250{}{words}", if at == last { ' ' } else { '-' }))
            .collect();
        self.say(Stage::Hello, name, &lines.join("\r\n")).await.map(drop)
    }

    async fn start_tls(&mut self) -> io::Result<()> {
        if self.encrypted || self.shared.options.tls.is_none() {
            return self.answer("503 5.5.1 not now").await;
        }
        if self.say(Stage::StartTls, "", "220 2.0.0 go ahead").await? {
            self.flush().await?;
            self.encrypt().await?;
        }
        Ok(())
    }

    async fn encrypt(&mut self) -> io::Result<()> {
        let (Some(config), Some(stream)) = (self.shared.options.tls.clone(), self.stream.take()) else {
            return Err(io::Error::other("no certificate"));
        };
        let encrypted = TlsAcceptor::from(config).accept(stream.into_inner()).await?;
        self.stream = Some(BufReader::new(Box::new(encrypted)));
        self.encrypted = true;
        Ok(())
    }

    async fn sign_in(&mut self, way: &str) -> io::Result<()> {
        let (name, password) = match way.split_once(' ') {
            Some(("PLAIN", coded)) => {
                let both = decoded(coded.as_bytes());
                let mut parts = both.split('\0').skip(1).map(str::to_owned);
                (parts.next().unwrap_or_default(), parts.next().unwrap_or_default())
            }
            None if way == "LOGIN" => {
                (self.ask("334 VXNlcm5hbWU6").await?, self.ask("334 UGFzc3dvcmQ6").await?)
            }
            _ => return self.answer("504 5.5.4 unknown way").await,
        };
        if self.shared.options.login != Some((name.clone(), password)) {
            return self.say(Stage::SignIn, way, "535 5.7.8 wrong name or password").await.map(drop);
        }
        if self.say(Stage::SignIn, way, "235 2.7.0 signed in").await? {
            self.user = Some(name);
        }
        Ok(())
    }

    async fn ask(&mut self, question: &str) -> io::Result<String> {
        self.answer(question).await?;
        Ok(self.command().await?.map(|line| decoded(&line)).unwrap_or_default())
    }

    async fn sender(&mut self, path: &str) -> io::Result<()> {
        if self.shared.options.login.is_some() && self.user.is_none() {
            return self.answer("530 5.7.0 sign in first").await;
        }
        let Some(from) = in_brackets(path, "FROM:") else { return self.answer("501 5.5.4 syntax").await };
        if self.from.is_some() {
            return self.answer("503 5.5.1 one at a time").await;
        }
        if self.say(Stage::Sender, &from, "250 2.1.0 ok").await? {
            self.from = Some(from);
        }
        Ok(())
    }

    async fn recipient(&mut self, path: &str) -> io::Result<()> {
        let Some(to) = in_brackets(path, "TO:") else { return self.answer("501 5.5.4 syntax").await };
        if self.from.is_none() {
            return self.answer("503 5.5.1 MAIL first").await;
        }
        if self.say(Stage::Recipient, &to, "250 2.1.5 ok").await? {
            self.to.push(to);
        }
        Ok(())
    }

    async fn data(&mut self) -> io::Result<()> {
        let nobody = self.to.is_empty().then_some("554 5.5.1 no recipients");
        if !self.say(Stage::Data, "", nobody.unwrap_or("354 go ahead")).await? {
            return Ok(());
        }
        let (eml, fault) = self.content().await?;
        let fault = fault.or(nobody);
        if let Some(fault) = fault {
            self.forget();
            return self.answer(fault).await;
        }
        let from = self.from.take().unwrap_or_default();
        let to = std::mem::take(&mut self.to);
        let (connection, encrypted, user) = (self.number, self.encrypted, self.user.clone());
        let message = Received { from, to, eml, connection, encrypted, user };
        let special = (self.shared.options.answer)(Stage::Content, "");
        let refused = matches!(&special, Some(Answer::Say(words)) if !words.starts_with('2'));
        if !refused {
            self.shared.messages.lock().unwrap_or_else(PoisonError::into_inner).push(message);
        }
        self.give(special, "250 2.0.0 taken").await.map(drop)
    }

    /// The message up to its dot, and what is wrong with it.
    async fn content(&mut self) -> io::Result<(Vec<u8>, Option<&'static str>)> {
        let (mut eml, mut fault) = (Vec::new(), None);
        loop {
            let Some(line) = self.line().await? else { return Err(io::ErrorKind::UnexpectedEof.into()) };
            let Some(words) = line.strip_suffix(b"\r\n") else {
                return Err(io::Error::other("a line of the message ends without CR"));
            };
            if words == b"." {
                return Ok((eml, fault));
            }
            if words.contains(&b'\r') || !words.is_ascii() || words.contains(&0) {
                fault = Some("554 5.6.0 bare CR, NUL or eighth bit");
            } else if words.len() > LONGEST_LINE {
                fault = Some("500 5.6.0 line too long");
            }
            eml.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
        }
    }

    /// Asks for an answer out of the ordinary, else gives the usual one. True if it was a yes.
    async fn say(&mut self, stage: Stage, sent: &str, usual: &str) -> io::Result<bool> {
        let special = (self.shared.options.answer)(stage, sent);
        self.give(special, usual).await
    }

    async fn give(&mut self, special: Option<Answer>, usual: &str) -> io::Result<bool> {
        let words = special.unwrap_or_else(|| Answer::Say(usual.to_owned()));
        match words {
            Answer::Say(words) => self.answer(&words).await.map(|()| words.starts_with(['2', '3'])),
            Answer::Close => {
                self.flush().await?;
                Err(io::ErrorKind::ConnectionAborted.into())
            }
            Answer::Silence => {
                self.flush().await?;
                std::future::pending().await
            }
        }
    }

    /// Answers to commands that came in one write leave in one write.
    async fn answer(&mut self, words: &str) -> io::Result<()> {
        self.unsent.extend_from_slice(words.as_bytes());
        self.unsent.extend_from_slice(b"\r\n");
        let more_to_read = self.stream.as_ref().is_some_and(|stream| !stream.buffer().is_empty());
        if more_to_read { Ok(()) } else { self.flush().await }
    }

    async fn flush(&mut self) -> io::Result<()> {
        if !self.shared.options.delay.is_zero() && !self.unsent.is_empty() {
            tokio::time::sleep(self.shared.options.delay).await;
        }
        let unsent = std::mem::take(&mut self.unsent);
        let stream = self.stream()?;
        stream.get_mut().write_all(&unsent).await?;
        stream.get_mut().flush().await
    }

    /// The next command without its line end; `None` when the client is gone or was sent away.
    async fn command(&mut self) -> io::Result<Option<Vec<u8>>> {
        let shared = self.shared.clone();
        let line = tokio::select! {
            line = self.line() => line?,
            () = shared.hang_up.notified() => {
                self.answer("421 4.4.2 waited too long").await?;
                self.flush().await?;
                return Ok(None);
            }
        };
        match line {
            None => Ok(None),
            Some(line) => match line.strip_suffix(b"\r\n") {
                Some(words) => Ok(Some(words.to_vec())),
                None => Err(io::Error::other("a command ends without CR LF")),
            },
        }
    }

    async fn line(&mut self) -> io::Result<Option<Vec<u8>>> {
        let mut line = Vec::new();
        let read = self.stream()?.read_until(b'\n', &mut line).await?;
        Ok((read > 0).then_some(line))
    }

    fn stream(&mut self) -> io::Result<&mut BufReader<Box<dyn Stream>>> {
        self.stream.as_mut().ok_or_else(|| io::ErrorKind::NotConnected.into())
    }

    fn forget(&mut self) {
        self.from = None;
        self.to.clear();
    }
}

fn decoded(base64: &[u8]) -> String {
    BASE64.decode(base64).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
}

/// What stands between `<` and `>` behind `FROM:` or `TO:`.
fn in_brackets(path: &str, before: &str) -> Option<String> {
    let (keyword, rest) = path.split_at_checked(before.len())?;
    let inner = rest.strip_prefix('<')?.strip_suffix('>')?;
    keyword.eq_ignore_ascii_case(before).then(|| inner.to_owned())
}
