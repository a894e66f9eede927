//! Signing in to the mail server (RFC 4954): PLAIN where it is offered, else LOGIN.
//!
//! Both send the password as it is, so they are used on an encrypted connection, or one that doesn't leave
//! this machine, and on no other ([`crate::smtp::Tls`]).

use std::fmt;

use data_encoding::BASE64;
use zeroize::Zeroizing;

use crate::error::{Stage, Unreachable, without_address};
use crate::smtp::reply::{Fault, Reply, Wire};

/// Name and password for the mail server.
#[derive(Clone, Debug)]
pub struct Login {
    /// The account at the mail server.
    pub username: String,
    /// Its password.
    pub password: Password,
}

/// A password: can't be printed, and its memory is wiped.
#[derive(Clone)]
pub struct Password(Zeroizing<String>);

impl Password {
    /// Takes it over.
    pub fn new(password: impl Into<String>) -> Self {
        Self(Zeroizing::new(password.into()))
    }

    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

/// Signs in with one of the ways that `offered` names (the words behind EHLO's `AUTH`).
pub(crate) async fn sign_in(wire: &mut Wire, login: &Login, offered: &[String]) -> Result<(), Unreachable> {
    let offers = |way: &str| offered.iter().any(|known| known == way);
    let answer = if offers("PLAIN") {
        plain(wire, login).await
    } else if offers("LOGIN") {
        by_steps(wire, login).await
    } else {
        return Err(Unreachable::SignIn("it offers neither PLAIN nor LOGIN".to_owned()));
    };
    match answer {
        Ok(reply) if reply.positive() => Ok(()),
        Ok(reply) => Err(Unreachable::SignIn(without_address(&reply.words(), None))),
        Err(fault) => Err(Unreachable::Broken { at: Stage::SignIn, reason: fault.to_string() }),
    }
}

/// RFC 4616: nobody, NUL, name, NUL, password, in one line.
async fn plain(wire: &mut Wire, login: &Login) -> Result<Reply, Fault> {
    let both = Zeroizing::new(format!("\0{}\0{}", login.username, login.password.expose()));
    let coded = Zeroizing::new(BASE64.encode(both.as_bytes()));
    wire.command(Zeroizing::new(format!("AUTH PLAIN {}\r\n", *coded)).as_bytes()).await
}

/// LOGIN asks for the name, then for the password.
async fn by_steps(wire: &mut Wire, login: &Login) -> Result<Reply, Fault> {
    let mut reply = wire.command(b"AUTH LOGIN\r\n").await?;
    for answer in [login.username.as_str(), login.password.expose()] {
        if reply.code != 334 {
            return Ok(reply);
        }
        let coded = Zeroizing::new(BASE64.encode(answer.as_bytes()));
        reply = wire.command(Zeroizing::new(format!("{}\r\n", *coded)).as_bytes()).await?;
    }
    Ok(reply)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_shows_nothing() {
        let login = Login { username: "tadori".to_owned(), password: Password::new("hidden") };
        assert!(!format!("{login:?}").contains("hidden"));
    }
}
