//! What a server answers, and how it is read (RFC 5321, section 4.2).
//!
//! A reply is one or more lines of a three-digit code, `-` or blank, and text. A server that never ends a
//! line or a reply is cut off: nothing that comes over the network decides how much memory it takes.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;

/// One reply, its lines joined by a line feed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reply {
    /// 200 to 599.
    pub code: u16,
    /// The text behind the codes. May hold an address: it doesn't leave the crate as it is.
    pub text: String,
}

impl Reply {
    /// 2xx: done.
    pub fn positive(&self) -> bool {
        self.code / 100 == 2
    }

    /// Code and text, as they are shown after the address was taken out.
    pub fn words(&self) -> String {
        format!("{} {}", self.code, self.text)
    }
}

/// Why there is no reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Fault {
    #[error("no answer in time")]
    TimedOut,
    #[error("the server closed the connection")]
    Closed,
    #[error("the connection broke: {0}")]
    Io(io::ErrorKind),
    #[error("what the server answers is not SMTP")]
    NotSmtp,
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => Self::Closed,
            kind => Self::Io(kind),
        }
    }
}

/// A stream that is read and written, plain or encrypted.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Unpin + Send + Sync {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send + Sync> Stream for T {}

/// The most that a reply may hold; the standard says 512 bytes a line.
const LONGEST_REPLY: usize = 16 * 1024;

/// A stream with what was read ahead, and the time that each step may take.
pub(crate) struct Wire {
    stream: Box<dyn Stream>,
    ahead: Vec<u8>,
    limit: Duration,
}

impl Wire {
    pub fn new(stream: Box<dyn Stream>, limit: Duration) -> Self {
        Self { stream, ahead: Vec::with_capacity(1024), limit }
    }

    /// The stream, to be encrypted. `None` if something was read ahead: it was sent before the handshake,
    /// by whoever sits in between, to be taken for an encrypted answer (CVE-2011-0411).
    pub fn into_stream(self) -> Option<Box<dyn Stream>> {
        self.ahead.is_empty().then_some(self.stream)
    }

    /// Writes all of it in one go: two small writes would wait for each other's acknowledgement.
    pub async fn write(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        let write = async {
            self.stream.write_all(bytes).await?;
            self.stream.flush().await
        };
        timeout(self.limit, write).await.map_err(|_| Fault::TimedOut)?.map_err(Fault::from)
    }

    /// The next reply.
    pub async fn reply(&mut self) -> Result<Reply, Fault> {
        let limit = self.limit;
        timeout(limit, self.read_reply()).await.map_err(|_| Fault::TimedOut)?
    }

    /// Writes one command and reads its reply.
    pub async fn command(&mut self, line: &[u8]) -> Result<Reply, Fault> {
        self.write(line).await?;
        self.reply().await
    }

    async fn read_reply(&mut self) -> Result<Reply, Fault> {
        loop {
            if let Some((reply, used)) = parse(&self.ahead)? {
                self.ahead.drain(..used);
                return Ok(reply);
            }
            if self.ahead.len() > LONGEST_REPLY {
                return Err(Fault::NotSmtp);
            }
            if self.stream.read_buf(&mut self.ahead).await? == 0 {
                return Err(Fault::Closed);
            }
        }
    }
}

/// Reads one reply off the front of `bytes`: it and its length, or `None` if more must come.
fn parse(bytes: &[u8]) -> Result<Option<(Reply, usize)>, Fault> {
    let (mut code, mut text, mut used) = (None, String::new(), 0);
    loop {
        let Some(end) = bytes[used..].iter().position(|byte| *byte == b'\n') else { return Ok(None) };
        let line = &bytes[used..used + end];
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        used += end + 1;
        let (number, more, words) = parse_line(line).ok_or(Fault::NotSmtp)?;
        if *code.get_or_insert(number) != number {
            return Err(Fault::NotSmtp);
        }
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(&String::from_utf8_lossy(words));
        if !more {
            return Ok(Some((Reply { code: number, text }, used)));
        }
    }
}

/// Code, whether another line follows, and the text.
fn parse_line(line: &[u8]) -> Option<(u16, bool, &[u8])> {
    let (digits, rest) = line.split_at_checked(3)?;
    let code: u16 = std::str::from_utf8(digits).ok()?.parse().ok()?;
    let more = match rest.first() {
        None | Some(b' ') => false,
        Some(b'-') => true,
        Some(_) => return None,
    };
    let code_is_one = (200..600).contains(&code) && digits.iter().all(u8::is_ascii_digit);
    code_is_one.then_some((code, more, rest.get(1..).unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn reply(code: u16, text: &str) -> Reply {
        Reply { code, text: text.to_owned() }
    }

    #[test]
    fn one_line_and_several_are_read() {
        assert_eq!(parse(b"250 ok\r\n250 next").unwrap(), Some((reply(250, "ok"), 8)));
        assert_eq!(parse(b"250-a\r\n250-b c\r\n250 d\r\n").unwrap(), Some((reply(250, "a\nb c\nd"), 23)));
        assert_eq!(parse(b"354\n").unwrap(), Some((reply(354, ""), 4)));
        assert_eq!(parse(b"250-a\r\n25").unwrap(), None);
    }

    #[test]
    fn what_is_not_smtp_is_said() {
        for wrong in
            [&b"HTTP/1.1 400\r\n"[..], b"25\r\n", b"250_x\r\n", b"999 x\r\n", b"250-a\r\n550 b\r\n", b"\r\n"]
        {
            assert_eq!(parse(wrong), Err(Fault::NotSmtp));
        }
    }

    #[tokio::test]
    async fn an_endless_reply_is_cut_off() {
        let endless = tokio::io::join(tokio::io::repeat(b'2'), tokio::io::sink());
        let mut wire = Wire::new(Box::new(endless), Duration::from_secs(60));
        assert_eq!(wire.reply().await, Err(Fault::NotSmtp));
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes: Vec<u8>) {
            let _ = parse(&bytes);
        }

        #[test]
        fn a_reply_is_read_wherever_it_is_cut(cut in 0usize..23) {
            let whole = b"250-a\r\n250-b c\r\n250 d\r\n";
            prop_assert_eq!(parse(&whole[..cut]).unwrap(), None);
        }
    }
}
