//! What visitors do on LINE, and read there. LINE is the stand-in of crates/line-stand-in.

use line_stand_in::events::Webhook;

use crate::mailed::Mailed;
use crate::page::Page;
use crate::steps::{NAME, Registered};
use crate::world::BASE_URL;

impl Mailed {
    /// A visitor reads the printed code, presses the page's button, and sends what the chat is filled in with; what is
    /// answered, if anything.
    pub async fn sends(&mut self, at: &Registered, account: &str) -> Option<String> {
        let page = self.world.get(&at.path).await.is(200).says(NAME);
        let hook = self.world.line().text(account, &filled_in(&page));
        self.delivered(account, &hook).await
    }

    /// The visitor presses the button under the question that came last.
    pub async fn agrees(&mut self, account: &str) -> Option<String> {
        let data = self.world.line().chat(account).last().unwrap().button().unwrap().to_owned();
        let hook = self.world.line().press(account, &data);
        self.delivered(account, &hook).await
    }

    /// The visitor blocks the account.
    pub async fn blocks(&mut self, account: &str) {
        let hook = self.world.line().block(account);
        self.delivered(account, &hook).await;
    }

    /// LINE delivers a webhook; what the chat then holds more.
    async fn delivered(&mut self, account: &str, hook: &Webhook) -> Option<String> {
        let before = self.world.line().chat(account).len();
        self.world.hook(hook).await.is(200);
        self.world.settle().await;
        let chat = self.world.line().chat(account);
        chat[before..].last().map(|message| message.text().to_owned())
    }

    /// The notices in a chat.
    pub fn told(&self, account: &str) -> Vec<String> {
        let chat = self.world.line().chat(account);
        chat.iter().filter(|message| message.by != "reply").map(|message| message.text().to_owned()).collect()
    }
}

/// What the page's button fills the chat in with.
fn filled_in(page: &Page) -> String {
    let link = page.text().split_once("oaMessage").unwrap().1.split('"').next().unwrap();
    link.split_once('?').unwrap().1.replace("%20", " ")
}

/// Where a notice leads, if anywhere.
pub fn leads_to(told: &str) -> Option<String> {
    told.lines().find_map(|line| line.trim().strip_prefix(BASE_URL)).map(str::to_owned)
}
