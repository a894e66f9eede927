//! The account on LINE, from the settings: what the public door needs of it, and what the worker does.

use std::path::Path;

use anyhow::Context as _;
use deliver::line::{AccessToken, LineCourier, LineSettings};
use domain::policy::Way;
use domain::policy::pack::Pack;
use seal::line::ChannelSecret;
use web::{LINE_ME, LineDoor};
use worker::Line;
use worker::line::Price;

use crate::config::{self, Config};

/// What the public door knows of the account; nothing where the pack has no such channel.
///
/// # Errors
/// A setting that is missing, in words that name it.
pub fn door(config: &Config, pack: &Pack) -> anyhow::Result<Option<LineDoor>> {
    if !pack.policy.channels.has(Way::Line) {
        return Ok(None);
    }
    let account = config.line.account.clone();
    let named = account.strip_prefix('@').is_some_and(|rest| {
        !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
    });
    anyhow::ensure!(named, "line.account: the account's name with its @, for the pack enables \"line\"");
    Ok(Some(LineDoor { secret: secret(&config.line)?, account, chats: LINE_ME.to_owned() }))
}

/// What the worker needs to call LINE; nothing where the pack has no such channel.
///
/// # Errors
/// A setting that is missing or wrong, in words that name it.
pub fn worker(config: &Config, pack: &Pack) -> anyhow::Result<Option<Line>> {
    if !pack.policy.channels.has(Way::Line) {
        return Ok(None);
    }
    let settings = &config.line;
    let token = AccessToken::parse(&read(&settings.token_file, "line.token_file")?);
    let token = token.context("line.token_file: holds no access token")?;
    let mut line = LineSettings::new(settings.base_url.clone(), token);
    line.ca_file = Some(settings.ca_file.clone()).filter(|path| !path.as_os_str().is_empty());
    Ok(Some(Line {
        courier: LineCourier::new(line).context("line")?,
        secret: secret(settings)?,
        public_url: config.public.base_url.clone(),
        push_late_replies: settings.push_late_replies,
        price: Price { included: settings.included_messages, yen_per_thousand: settings.yen_per_thousand },
    }))
}

fn secret(settings: &config::Line) -> anyhow::Result<ChannelSecret> {
    let text = read(&settings.secret_file, "line.secret_file")?;
    ChannelSecret::parse(&text).context("line.secret_file: holds no channel secret")
}

fn read(path: &Path, setting: &str) -> anyhow::Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("{setting} {}", path.display()))
}
